"""What the backend gets of an upload, and when it gets it again."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from crossway.runtime.uploading.storage import FullError, Held
from crossway.sdk.http import Request, Response
from runtime.uploading.conftest import BYTES, Make, checksum, cut_off, offset

BODY = os.urandom(3_000_000)
HALF = len(BODY) // 2


async def test_what_the_backend_does_not_take_is_kept_and_handed_over_again(route: Make) -> None:
    files = route(answer_headers=["x-seen"])
    address = await files.created(3)
    files.backend.is_away = True
    lost = await files.patch(address, 0, b"abc")
    assert (lost.status, lost.json()["code"]) == (502, "upload.not_delivered")
    files.backend.is_away, files.backend.status = False, 503
    assert (await files.patch(address, 3)).headers["x-upload-status"] == "503"
    assert (await files.tus("HEAD", address)).status == 502
    files.backend.status = 422
    refused = await files.tus("HEAD", address)
    assert (refused.status, refused.body) == (422, b"thanks")
    files.backend.status = 201
    taken = await files.tus("HEAD", address)
    assert (taken.status, taken.headers["upload-offset"], taken.headers["x-seen"]) == (200, "3", "3")
    assert files.backend.bodies == [b"abc"] * 4
    keys = {request.headers["idempotency-key"] for request in files.backend.requests}
    assert len(keys) == 1
    assert (await files.patch(address, 3)).status == 204
    assert (await files.patch(address, 3, b"d")).status == 413
    assert (await files.tus("HEAD", address)).headers["x-seen"] == "3"
    assert len(files.backend.bodies) == 4


async def test_it_is_handed_over_even_if_the_client_leaves_meanwhile(route: Make) -> None:
    files = route()
    address = await files.created(3)
    asked, answering = asyncio.Event(), asyncio.Event()
    backend = files.backend

    async def slow(request: Request):  # type: ignore[no-untyped-def]
        asked.set()
        await answering.wait()
        return await backend(request)

    request = Request("PATCH", address, {"tus-resumable": "1.0.0", "content-type": BYTES, "upload-offset": "0"}, b"abc")
    task = asyncio.ensure_future(files.handler(request, slow))
    await asked.wait()
    task.cancel()
    await asyncio.wait((task,))
    head = asyncio.ensure_future(files.tus("HEAD", address))
    answering.set()
    assert ((await head).status, backend.bodies) == (200, [b"abc"])


async def test_the_backend_may_get_it_while_it_arrives(route: Make) -> None:
    files = route(hand_over="arriving")
    address = await files.created(len(BODY))
    await files.patch(address, 0, BODY[:HALF])
    backend, begun, more = files.backend, asyncio.Event(), asyncio.Event()

    async def reading(request: Request):  # type: ignore[no-untyped-def]
        begun.set()
        return await backend(request)

    async def slowly() -> AsyncIterator[bytes]:
        await begun.wait()
        yield BODY[HALF:-10]
        await more.wait()
        yield BODY[-10:]

    fields = {"content-type": BYTES, "upload-offset": str(HALF), "content-length": str(len(BODY) - HALF)}
    request = Request("PATCH", address, {"tus-resumable": "1.0.0", **fields})
    request.arriving(slowly())
    task = asyncio.ensure_future(files.handler(request, reading))
    await asyncio.wait_for(begun.wait(), 5)
    assert not task.done()
    more.set()
    assert (await task).status == 204
    assert backend.bodies == [BODY]
    assert (await files.tus("HEAD", address)).headers["x-upload-status"] == "200"


async def test_what_breaks_off_while_it_is_handed_over_is_handed_over_again(route: Make) -> None:
    files = route(hand_over="arriving")
    address = await files.created(len(BODY))
    with pytest.raises(ConnectionError):
        await files.patch(address, 0, cut_off(BODY[:HALF]), content_length=str(len(BODY)))
    assert files.backend.bodies == []
    assert await offset(files, address) == HALF
    files.backend.status = 503
    assert (await files.patch(address, HALF, BODY[HALF:])).status == 502
    files.backend.status = 200
    assert await offset(files, address) == len(BODY)
    assert files.backend.bodies == [BODY, BODY]


async def test_a_backend_does_not_wait_for_bytes_that_the_disk_has_no_room_for(
    route: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = route(hand_over="arriving")
    address = await files.created(len(BODY))
    over = asyncio.Event()

    async def waiting(request: Request) -> Response:
        try:
            return await files.backend(request)
        finally:
            over.set()

    def full(*_: object) -> None:
        raise FullError

    monkeypatch.setattr(Held, "append", full)
    fields = {"tus-resumable": "1.0.0", "content-type": BYTES, "upload-offset": "0"}
    answer = await files.handler(Request("PATCH", address, fields, BODY), waiting)
    assert answer.status == 507
    await asyncio.wait_for(over.wait(), 10)
    assert files.backend.bodies == []


async def test_what_has_a_checksum_is_checked_before_the_backend_gets_it(route: Make) -> None:
    files = route(hand_over="arriving")
    address = await files.created(3)
    wrong = await files.patch(address, 0, b"xyz", upload_checksum=checksum(b"abc"))
    assert (wrong.status, files.backend.bodies) == (460, [])


async def test_the_backend_may_get_it_in_pieces(route: Make) -> None:
    files = route(pieces={"size": 2**20}, method="put", path="/store/{id}", headers={"x-kind": "upload"})
    address = await files.created(len(BODY))
    assert (await files.patch(address, 0, BODY)).status == 204
    assert b"".join(files.backend.bodies) == BODY
    ranges = [request.headers["content-range"] for request in files.backend.requests]
    assert ranges == ["bytes 0-1048575/3000000", "bytes 1048576-2097151/3000000", "bytes 2097152-2999999/3000000"]
    for request, body in zip(files.backend.requests, files.backend.bodies, strict=True):
        assert request.method == "PUT"
        assert request.path == f"/store/{request.headers['x-upload-id']}"
        assert request.headers["x-kind"] == "upload"
        assert request.headers["content-digest"].startswith("sha-256=:")
        assert len(body) == int(request.headers["content-length"])


async def test_pieces_go_on_after_the_last_one_that_was_acknowledged(route: Make) -> None:
    files = route(pieces="1MiB")
    address = await files.created(len(BODY))
    backend = files.backend

    async def fails_at_the_second(request: Request):  # type: ignore[no-untyped-def]
        backend.status = 503 if request.headers["content-range"].startswith("bytes 1048576-") else 200
        return await backend(request)

    request = Request("PATCH", address, {"tus-resumable": "1.0.0", "content-type": BYTES, "upload-offset": "0"}, BODY)
    assert (await files.handler(request, fails_at_the_second)).status == 502
    again = route(pieces="1MiB")
    assert (await again.tus("HEAD", address)).status == 200
    assert b"".join(again.backend.bodies) == BODY[2**20 :]
    assert backend.bodies[0] == BODY[: 2**20]
