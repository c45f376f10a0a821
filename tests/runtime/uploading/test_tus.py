"""Uploads in tus 1.0, one request after the other."""

import os
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from runtime.uploading.conftest import BYTES, Make, checksum, cut_off, offset

BODY = os.urandom(3_000_000)
HALF = len(BODY) // 2


async def test_an_upload_that_arrives_in_pieces_reaches_the_backend_as_one(route: Make) -> None:
    files = route()
    address = await files.created(len(BODY), upload_metadata="filename w7wuYmlu,filetype aW1hZ2UvcG5n,note")
    first = await files.patch(address, 0, BODY[:HALF])
    assert (first.status, first.headers["upload-offset"]) == (204, str(HALF))
    assert files.backend.requests == []
    assert await offset(files, address) == HALF
    last = await files.patch(address, HALF, BODY[HALF:])
    assert (last.status, last.headers["upload-offset"], last.headers["x-upload-status"]) == (204, str(len(BODY)), "200")
    assert files.backend.bodies == [BODY]
    (request,) = files.backend.requests
    assert (request.method, request.target, request.headers["content-length"]) == ("POST", "/files", str(len(BODY)))
    assert request.headers["content-type"] == "image/png"
    assert request.headers["content-disposition"] == "attachment; filename=\"_.bin\"; filename*=UTF-8''%C3%BC.bin"
    assert request.headers["x-upload-metadata-filename"] == quote("ü.bin")
    assert not [name for name in request.headers if name.startswith(("tus-", "upload-"))]
    assert address.endswith("?upload=" + address[-32:])
    assert address[-32:] not in str(request.headers.items())


async def test_what_was_acknowledged_is_there_after_a_restart(route: Make) -> None:
    files = route()
    address = await files.created(len(BODY))
    with pytest.raises(ConnectionError):
        await files.patch(address, 0, cut_off(BODY[:HALF]))
    again = route()
    assert await offset(again, address) == HALF
    assert (await again.patch(address, HALF, BODY[HALF:])).status == 204
    assert again.backend.bodies == [BODY]


async def test_an_upload_is_created_with_its_first_bytes_or_all_of_them(route: Make) -> None:
    files = route()
    some = await files.tus("POST", "/files", b"abc", upload_length="5", content_type=BYTES)
    assert (some.status, some.headers["upload-offset"], files.backend.bodies) == (201, "3", [])
    whole = await files.tus("POST", "/files", b"abc", upload_length="3", content_type=BYTES)
    assert (whole.status, whole.headers["upload-offset"], files.backend.bodies) == (201, "3", [b"abc"])
    empty = await files.tus("POST", "/files", upload_length="0")
    assert (empty.status, files.backend.bodies) == (201, [b"abc", b""])


async def test_the_length_may_come_later(route: Make) -> None:
    files = route(max_size=10)
    answer = await files.tus("POST", "/files", upload_defer_length="1")
    address = answer.headers["location"]
    await files.patch(address, 0, b"abc")
    head = await files.tus("HEAD", address)
    assert (head.headers["upload-defer-length"], "upload-length" in head.headers) == ("1", False)
    assert (await files.patch(address, 3, b"", upload_length="11")).status == 413
    assert (await files.patch(address, 3, b"", upload_length="2")).status == 400
    assert (await files.patch(address, 3, b"de", upload_length="5")).status == 204
    assert (await files.patch(address, 5, b"", upload_length="6")).status == 400
    assert files.backend.bodies == [b"abcde"]


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
async def test_a_piece_whose_checksum_is_wrong_is_not_there(route: Make, algorithm: str) -> None:
    files = route()
    address = await files.created(6)
    good = await files.patch(address, 0, b"abc", upload_checksum=checksum(b"abc", algorithm))
    assert good.status == 204
    wrong = await files.patch(address, 3, b"xyz", upload_checksum=checksum(b"def", algorithm))
    assert (wrong.status, wrong.json()["code"]) == (460, "upload.checksum_mismatch")
    assert await offset(files, address) == 3
    assert (await files.patch(address, 3, b"def", upload_checksum=checksum(b"def", algorithm))).status == 204
    assert files.backend.bodies == [b"abcdef"]


@pytest.mark.parametrize("said", ["sha1", "sha1 !", "crc32 AAAA", "sha1  AAAA"])
async def test_a_checksum_that_cannot_be_read_is_refused(route: Make, said: str) -> None:
    files = route()
    address = await files.created(6)
    assert (await files.patch(address, 0, b"abc", upload_checksum=said)).status == 400
    assert await offset(files, address) == 0


async def test_a_checksum_behind_the_bytes_is_refused(route: Make) -> None:
    files = route()
    address = await files.created(6)
    assert (await files.patch(address, 0, b"abc", trailer="Upload-Checksum")).status == 400


@pytest.mark.parametrize("at", [0, 2, 4, 100])
async def test_pieces_that_overlap_or_leave_a_gap_are_refused(route: Make, at: int) -> None:
    files = route()
    address = await files.created(10)
    await files.patch(address, 0, b"abc")
    answer = await files.patch(address, at, b"xyz")
    assert (answer.status, answer.headers["upload-offset"]) == (409, "3")
    assert answer.json()["code"] == "upload.offset_mismatch"
    assert await offset(files, address) == 3


async def test_5_gib_against_a_small_limit_are_refused_before_a_byte_is_read(route: Make) -> None:
    files = route(max_size="1MiB")

    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("a byte was read")
        yield b""

    created = await files.tus("POST", "/files", never(), upload_length=str(5 * 2**30), content_type=BYTES)
    assert (created.status, created.json()["code"]) == (413, "upload.too_large")
    address = await files.created(2**20)
    assert (await files.patch(address, 0, never(), content_length=str(5 * 2**30))).status == 413


async def test_an_upload_that_is_ended_is_gone(route: Make) -> None:
    files = route()
    address = await files.created(10)
    ended = await files.tus("DELETE", address)
    assert (ended.status, ended.headers["tus-resumable"]) == (204, "1.0.0")
    assert (await files.tus("HEAD", address)).status == 404
    assert (await files.patch(address, 0, b"x")).status == 404


async def test_parts_become_one(route: Make) -> None:
    files = route()
    parts = [await files.created(3, upload_concat="partial") for _ in range(2)]
    await files.patch(parts[0], 0, b"abc")
    final = f"final;{parts[0]} https://files.example.com{parts[1]}"
    early = await files.tus("POST", "/files", upload_concat=final)
    assert (early.status, early.json()["code"]) == (400, "upload.part_incomplete")
    await files.patch(parts[1], 0, b"def")
    assert files.backend.bodies == []
    whole = await files.tus("POST", "/files", upload_concat=final)
    assert (whole.status, files.backend.bodies) == (201, [b"abcdef"])
    head = await files.tus("HEAD", whole.headers["location"])
    assert (head.headers["upload-concat"], head.headers["upload-length"]) == (final, "6")
    assert (await files.patch(whole.headers["location"], 6, b"x")).status == 403
    assert (await files.tus("HEAD", parts[0])).status == 404
    assert not list(files.directory.glob(f"*/{parts[0][-32:]}*"))


@pytest.mark.parametrize("said", ["both", "final;", "final;/files?upload=1", "final; /other"])
async def test_a_concatenation_of_nothing_is_refused(route: Make, said: str) -> None:
    assert (await route().tus("POST", "/files", upload_concat=said, upload_length="1")).status == 400


@pytest.mark.parametrize("version", ["0.2.2", "2.0.0", ""])
async def test_another_version_is_refused(route: Make, version: str) -> None:
    answer = await route().tus("POST", "/files", upload_length="3", tus_resumable=version)
    assert (answer.status, answer.headers["tus-version"]) == (412, "1.0.0")


async def test_what_cannot_be_read_is_refused(route: Make) -> None:
    files = route()
    address = await files.created(3)

    async def status(method: str, target: str, **headers: str) -> int:
        return (await files.tus(method, target, **headers)).status

    assert await status("POST", "/files") == 400
    assert await status("POST", "/files", upload_length="-1") == 400
    assert await status("POST", "/files", upload_length="1", upload_defer_length="1") == 400
    assert await status("POST", "/files", upload_length="1", upload_metadata="name !") == 400
    assert await status("POST", "/files", upload_length="1", upload_metadata="name,name") == 400
    assert await status("POST", "/files", upload_length="1", upload_metadata=f"name {'A' * 9000}") == 400
    assert await status("POST", "/files", upload_length="1", upload_complete="?1") == 400
    assert await status("PATCH", address, upload_offset="0") == 415
    assert await status("PATCH", address, upload_offset="x", content_type=BYTES) == 400
    assert await status("PATCH", address, content_type=BYTES) == 400
    assert await status("PUT", address) == 405
    assert await status("DELETE", "/files", upload_length="3") == 405
    assert await status("HEAD", "/files?upload=" + "x" * 32) == 404
    assert await offset(files, address) == 0


async def test_another_method_may_stand_in_a_header(route: Make) -> None:
    files = route()
    address = await files.created(3)
    said = {"x_http_method_override": "PATCH", "content_type": BYTES, "upload_offset": "0"}
    assert (await files.tus("POST", address, b"abc", **said)).status == 204
    assert files.backend.bodies == [b"abc"]


async def test_what_is_supported_can_be_asked_for(route: Make) -> None:
    files = route(max_size=10)
    answer = await files.send("OPTIONS", "/files")
    assert (answer.status, answer.headers["tus-max-size"]) == (204, "10")
    assert "concatenation" in answer.headers["tus-extension"]
    await files.send("OPTIONS", "/files", access_control_request_method="POST")
    assert len(files.backend.requests) == 1


async def test_everything_else_passes_as_it_comes(route: Make) -> None:
    files = route()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert (await files.send(method, "/files?upload=yes", b"abc")).status == 200
    assert files.backend.bodies == [b"abc"] * 5
