"""Uploads as the IETF's draft has them, one request after the other."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from crossway.sdk.http import Response
from runtime.uploading.conftest import Make, Route, cut_off, digest

BODY = os.urandom(3_000_000)
HALF = len(BODY) // 2
TYPES = "https://iana.org/assignments/http-problem-types#"


async def begun(route: Route, body: bytes = b"", method: str = "POST", **headers: str) -> str:
    answer = await route.send(method, "/files?in=box", body, upload_complete="?0", **headers)
    assert (answer.status, answer.headers["upload-complete"]) == (201, "?0")
    assert answer.headers["upload-limit"].startswith("max-size=")
    return answer.headers["location"]


async def state(route: Route, address: str) -> dict[str, str]:
    answer = await route.send("HEAD", address)
    assert (answer.status, answer.headers["cache-control"]) == (204, "no-store")
    return {name: value for name, value in answer.headers.items() if name.startswith("upload-")}


async def test_an_upload_in_parts_gets_the_answer_of_the_backend(route: Make) -> None:
    files = route(answer_headers=["location"])
    said = {"content_type": "image/png", "content_disposition": 'inline; filename="a"'}
    address = await begun(files, BODY[:HALF], "PUT", upload_length=str(len(BODY)), **said)
    assert address.startswith("/files?in=box&upload=")
    here = await state(files, address)
    assert (here["upload-offset"], here["upload-length"], here["upload-complete"]) == (str(HALF), str(len(BODY)), "?0")
    more = await files.append(address, HALF, BODY[HALF : HALF + 10])
    assert (more.status, more.headers["upload-complete"]) == (204, "?0")
    last = await files.append(address, HALF + 10, BODY[HALF + 10 :], last=True)
    assert (last.status, last.body, last.headers["upload-complete"]) == (200, b"thanks", "?1")
    assert files.backend.bodies == [BODY]
    (request,) = files.backend.requests
    assert (request.method, request.target) == ("PUT", "/files?in=box")
    assert request.headers["content-type"] == "image/png"
    assert request.headers["content-disposition"] == 'inline; filename="a"'
    done = await files.send("HEAD", address)
    assert (done.headers["upload-complete"], done.headers["upload-offset"]) == ("?1", str(len(BODY)))
    assert done.headers["location"] == "/made"


async def test_it_goes_on_after_an_interruption_and_a_restart(route: Make) -> None:
    files = route()
    address = await begun(files)
    with pytest.raises(ConnectionError):
        await files.append(address, 0, cut_off(BODY[:HALF]), last=True)
    again = route()
    here = await state(again, address)
    assert (here["upload-offset"], here["upload-complete"]) == (str(HALF), "?0")
    assert (await again.append(address, HALF, BODY[HALF:], last=True)).status == 200
    assert again.backend.bodies == [BODY]


@pytest.mark.parametrize("then", ["append", "head", "delete"])
async def test_the_newer_of_two_requests_ends_the_older(route: Make, then: str) -> None:
    files = route()
    address = await begun(files)
    arrived, never = asyncio.Event(), asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield BODY[:HALF]
        arrived.set()
        await never.wait()

    async def older() -> Response:
        return await files.append(address, 0, stuck())

    task = asyncio.ensure_future(older())
    await arrived.wait()
    if then == "append":
        newer = await files.append(address, 0, b"x")
        assert (newer.status, newer.headers["upload-offset"]) == (409, str(HALF))
    elif then == "head":
        assert (await state(files, address))["upload-offset"] == str(HALF)
    else:
        assert (await files.send("DELETE", address)).status == 204
    assert (await task).json()["code"] == "upload.superseded"


async def test_everything_at_once_passes_as_it_comes(route: Make) -> None:
    files = route()
    answer = await files.send("POST", "/files", b"abc", upload_complete="?1")
    assert (answer.status, answer.body) == (200, b"thanks")
    assert not list(files.directory.glob("*/*.json"))


async def test_everything_at_once_is_kept_for_a_backend_that_wants_pieces(route: Make) -> None:
    files = route(pieces="1MiB")
    answer = await files.send("POST", "/files", BODY, upload_complete="?1")
    assert (answer.status, answer.headers["upload-complete"]) == (200, "?1")
    assert b"".join(files.backend.bodies) == BODY
    assert len(files.backend.bodies) == 3


@pytest.mark.parametrize("at", [0, 2, 4])
async def test_pieces_that_overlap_or_leave_a_gap_are_refused(route: Make, at: int) -> None:
    files = route()
    address = await begun(files, b"abc")
    answer = await files.append(address, at, b"x")
    assert (answer.status, answer.headers["upload-offset"]) == (409, "3")
    assert answer.json()["type"] == f"{TYPES}mismatching-upload-offset"
    assert (answer.json()["expected-offset"], answer.json()["provided-offset"]) == (3, at)


async def test_lengths_that_do_not_fit_are_refused(route: Make) -> None:
    files = route(pieces="1KiB")
    both = await files.send("POST", "/files", b"abc", upload_complete="?1", upload_length="4")
    assert (both.status, both.json()["type"]) == (400, f"{TYPES}inconsistent-upload-length")
    address = await begun(files, b"abc", upload_length="5")
    for wrong in (
        await files.append(address, 3, b"d", upload_length="6"),
        await files.append(address, 3, b"d", last=True),
        await files.append(address, 3, b"def", last=True),
    ):
        assert (wrong.status, wrong.json()["type"]) == (400, f"{TYPES}inconsistent-upload-length")
    assert (await state(files, address))["upload-offset"] == "3"
    assert (await files.append(address, 3, b"de", last=True)).status == 200


async def test_an_upload_that_exceeds_its_length_is_gone(route: Make) -> None:
    files = route()
    address = await begun(files, upload_length="3")

    async def unsaid() -> AsyncIterator[bytes]:
        yield b"abcd"

    answer = await files.append(address, 0, unsaid())
    assert (answer.status, answer.json()["type"]) == (400, f"{TYPES}inconsistent-upload-length")
    assert (await files.send("HEAD", address)).status == 404


async def test_what_is_complete_stays_as_it_is(route: Make) -> None:
    files = route()
    address = await begun(files, b"abc")
    assert (await files.append(address, 3, last=True)).status == 200
    again = await files.append(address, 3, last=True)
    assert (again.status, again.json()["type"]) == (400, f"{TYPES}completed-upload")
    more = await files.append(address, 3, b"d", last=True)
    assert (more.status, more.json()["type"]) == (400, f"{TYPES}inconsistent-upload-length")
    assert files.backend.bodies == [b"abc"]


async def test_digests_are_checked(route: Make) -> None:
    files = route()
    address = await begun(files, b"abc", content_digest=digest(b"abc"), repr_digest=digest(b"abcdef"))
    wrong = await files.append(address, 3, b"xyz", content_digest=digest(b"def"))
    assert (wrong.status, wrong.json()["code"]) == (400, "upload.checksum_mismatch")
    assert (await state(files, address))["upload-offset"] == "3"
    assert (await files.append(address, 3, b"def", last=True, content_digest=digest(b"def"))).status == 200
    assert files.backend.requests[0].headers["repr-digest"] == digest(b"abcdef")
    address = await begun(files, b"abc", repr_digest=digest(b"abcdef"))
    whole = await files.append(address, 3, b"xyz", last=True)
    assert (whole.status, whole.json()["code"]) == (400, "upload.checksum_mismatch")
    assert (await files.send("HEAD", address)).status == 404
    assert (await files.send("POST", "/files", upload_complete="?0", content_digest="sha-256=abc")).status == 400
    assert len(files.backend.bodies) == 1


async def test_what_the_backend_does_not_take_is_kept_and_handed_over_again(route: Make) -> None:
    files = route()
    address = await begun(files, b"abc")
    files.backend.is_away = True
    assert (await files.append(address, 3, last=True)).status == 502
    files.backend.is_away, files.backend.status = False, 503
    busy = await files.append(address, 3, last=True)
    assert (busy.status, busy.headers["upload-complete"]) == (503, "?0")
    files.backend.status = 422
    refused = await files.append(address, 3, last=True)
    assert (refused.status, refused.headers["upload-complete"], refused.body) == (422, "?1", b"thanks")
    files.backend.status = 200
    assert (await files.append(address, 3, last=True)).status == 200


async def test_limits_are_told(route: Make) -> None:
    files = route(max_size=10, lifetime="1h")
    answer = await files.send("OPTIONS", "/files")
    assert answer.headers["accept-patch"] == "application/partial-upload"
    assert answer.headers["upload-limit"] == "max-size=10, max-age=3600"
    large = await files.send("POST", "/files", upload_complete="?0", upload_length="11")
    assert (large.status, large.headers["upload-limit"]) == (413, "max-size=10, max-age=3600")
    address = await begun(files)
    assert (await files.append(address, 0, b"x" * 11)).status == 413
    assert (await files.send("POST", "/files", b"x" * 11, upload_complete="?1")).status == 413


async def test_what_cannot_be_read_is_refused(route: Make) -> None:
    files = route()
    address = await begun(files)
    assert (await files.append(address, 0, content_type="text/plain")).status == 415
    assert (await files.append(address, 0, upload_complete="yes")).status == 400
    assert (await files.send("PATCH", address, content_type="application/partial-upload")).status == 400
    assert (await files.tus("HEAD", address)).status == 400
    tus = await files.created(3)
    assert (await files.send("HEAD", tus)).status == 400
    assert (await state(files, address))["upload-offset"] == "0"


async def test_a_client_of_tus_does_not_give_way_to_one_of_the_draft(route: Make) -> None:
    files = route()
    address = await files.created(len(BODY))
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield BODY[:HALF]
        arrived.set()
        await go_on.wait()
        yield BODY[HALF:]

    task = asyncio.ensure_future(files.patch(address, 0, slowly()))
    await arrived.wait()
    for method in ("HEAD", "DELETE"):
        assert (await files.send(method, address)).status == 400
    go_on.set()
    assert (await task).status == 204


async def test_drafts_that_mean_something_else_pass(route: Make) -> None:
    files = route()
    answer = await files.send("POST", "/files", b"abc", upload_complete="?0", upload_draft_interop_version="5")
    assert (answer.status, files.backend.bodies) == (200, [b"abc"])
    known = await files.send("POST", "/files", b"abc", upload_complete="?0", upload_draft_interop_version="8")
    assert (known.status, known.headers["upload-draft-interop-version"]) == (201, "8")


async def test_only_what_the_route_speaks_is_taken(route: Make) -> None:
    tus, draft = route(protocols=["tus"]), route(protocols=["ietf"])
    await tus.send("POST", "/files", b"abc", upload_complete="?0")
    await draft.tus("POST", "/files", b"abc", upload_length="3")
    assert (tus.backend.bodies, draft.backend.bodies) == ([b"abc"], [b"abc"])
    assert (await tus.send("HEAD", await tus.created(3))).status == 412
