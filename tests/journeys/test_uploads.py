"""Uploads that can be resumed, by a client of tus that others wrote: through the end of everything, too."""

import asyncio
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web
from tusclient.client import TusClient

from crossway.runtime.uploading.records import Record, encode
from harness.background import Background
from harness.client import connected
from harness.gateway import Gateway
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services: {files: "http://127.0.0.1:$files"}
consumers: {ada: {credentials: {api_key: [k-ada]}}, bob: {credentials: {api_key: [k-bob]}}}
routes:
  files: {matches: [{path: /files}], to: files, policies: {upload: {max_size: 100MiB}}}
  pieces:
    matches: [{path: /pieces}]
    to: files
    policies: {upload: {pieces: 1MiB, method: put, path: "/store/{id}"}}
  arriving: {matches: [{path: /arriving}], to: files, policies: {upload: {hand_over: arriving}}}
  own: {matches: [{path: /own}], to: files, policies: {api_key: {}, upload: 1MiB}}
"""
PIECE = 2**20
CONTENT = os.urandom(PIECE) * 24
PLACE = {"tus-resumable": "1.0.0"}
BYTES = PLACE | {"content-type": "application/offset+octet-stream"}


class Store:
    """A backend that takes files, and knows of each what it was."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, str], int, str]] = []

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        size, hasher = 0, hashlib.sha256()
        async for piece in request.content.iter_any():
            size += len(piece)
            hasher.update(piece)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.taken.append((f"{request.method} {request.path}", headers, size, hasher.hexdigest()))
        return web.Response(status=201, text="stored")


@pytest.fixture(scope="module")
def store(background: Background) -> Iterator[Store]:
    with background.entered(Store()) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(background: Background, store: Store) -> Iterator[Gateway]:
    with background.entered(Gateway(CONFIG, files=store.port)) as running:
        yield running


def uploader(gateway: Gateway, path: str, address: str | None = None, **options: Any) -> Any:
    """Return the client of others, for new content or for what *address* has of it."""
    client = TusClient(f"http://127.0.0.1:{gateway.port('http')}{path}")
    return client.uploader(file_stream=io.BytesIO(CONTENT), url=address, chunk_size=PIECE, retries=0, **options)


def kept(gateway: Gateway, address: str) -> int:
    """Return how many bytes of an upload are on the disk."""
    (data,) = gateway.directory.glob(f"state/uploads/*/{address[-32:]}")
    return data.stat().st_size


def abandon(gateway: Gateway) -> Path:
    """Return what is left of an upload, long ago, to a route that is gone."""
    directory = gateway.directory / "state" / "uploads" / "gone"
    directory.mkdir(mode=0o777)
    (directory / ("x" * 32)).write_bytes(CONTENT)
    record = Record("tus", created=0, limit=len(CONTENT), lifetime=60, max_age=60, method="POST", target="/gone")
    (directory / f"{'x' * 32}.json").write_bytes(encode(record))
    return directory


async def interrupted(gateway: Gateway, address: str, offset: int) -> None:
    """Send a piece by half, and return once it is on its way."""
    path = address.partition(str(gateway.port("http")))[2]
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port("http"))
    fields = BYTES | {"host": "test", "upload-offset": str(offset), "content-length": str(2 * PIECE)}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"PATCH {path} HTTP/1.1\r\n{head}\r\n".encode() + CONTENT[offset : offset + PIECE])
    await writer.drain()
    await until(lambda: kept(gateway, address) > offset)
    await gateway.crash()
    assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("checksum", [False, True])
async def test_an_upload_survives_the_end_of_everything(gateway: Gateway, store: Store, checksum: bool) -> None:
    store.taken.clear()
    first = uploader(gateway, "/files", metadata={"filename": "a.bin"}, upload_checksum=checksum)
    for _ in range(5):
        await asyncio.to_thread(first.upload_chunk)
    await interrupted(gateway, first.url, first.offset)
    left = abandon(gateway)
    await gateway.start()
    await until(lambda: not list(left.iterdir()))
    left.rmdir()
    second = await asyncio.to_thread(uploader, gateway, "/files", first.url, upload_checksum=checksum)
    assert 5 * PIECE <= second.offset <= 6 * PIECE
    await asyncio.to_thread(second.upload)
    ((what, headers, size, digest),) = store.taken
    assert (what, size, digest) == ("POST /files", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert headers["content-disposition"] == 'attachment; filename="a.bin"'
    done = await asyncio.to_thread(uploader, gateway, "/files", first.url)
    assert done.offset == len(CONTENT)


async def test_the_backend_gets_pieces_with_their_digests(gateway: Gateway, store: Store) -> None:
    store.taken.clear()
    await asyncio.to_thread(uploader(gateway, "/pieces").upload)
    assert len(store.taken) == 24
    starts = [
        int(headers["content-range"].removeprefix("bytes ").partition("-")[0]) for _, headers, _, _ in store.taken
    ]
    assert starts == list(range(0, len(CONTENT), PIECE))
    for start, (what, headers, size, digest) in zip(starts, store.taken, strict=True):
        assert what == f"PUT /store/{headers['x-upload-id']}"
        assert (size, digest) == (PIECE, hashlib.sha256(CONTENT[start : start + PIECE]).hexdigest())


async def test_the_backend_gets_it_while_it_arrives(gateway: Gateway, store: Store) -> None:
    store.taken.clear()
    first = uploader(gateway, "/arriving")
    await asyncio.to_thread(first.upload_chunk)
    second = await asyncio.to_thread(uploader, gateway, "/arriving", first.url)
    second.chunk_size = len(CONTENT)
    await asyncio.to_thread(second.upload)
    ((_, _, size, digest),) = store.taken
    assert (size, digest) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


async def test_it_is_its_consumers_alone(gateway: Gateway) -> None:
    async def status(key: str, path: str = "/own", method: str = "POST") -> tuple[int, str]:
        said = PLACE | {"upload-length": "10", "x-api-key": key}
        answer = await gateway.get(path, method=method, headers=said)
        return answer.status, answer.headers.get("location", "")

    created, address = await status("k-ada")
    assert created == 201
    assert (await status("k-ada", address, "HEAD"))[0] == 200
    assert (await status("k-bob", address, "HEAD"))[0] == 404
    assert (await status("nobody", address, "HEAD"))[0] == 401


async def test_5_gib_against_a_small_limit(gateway: Gateway) -> None:
    said = BYTES | {"upload-length": str(5 * 2**30), "content-length": str(5 * 2**30)}
    head = "".join(f"{name}: {value}\r\n" for name, value in (said | {"host": "test"}).items())
    async with connected(gateway.port("http")) as connection:
        connection.writer.write(f"POST /files HTTP/1.1\r\n{head}\r\n".encode() + CONTENT[:PIECE])
        line = await asyncio.wait_for(connection.reader.readline(), 15)
    assert line.split()[1] == b"413"


async def test_the_newer_of_two_requests_of_the_draft_ends_the_older(gateway: Gateway, store: Store) -> None:
    store.taken.clear()
    begun = await gateway.get("/files", method="POST", headers={"upload-complete": "?0"})
    assert begun.status == 201
    address, said = begun.headers["location"], {"content-type": "application/partial-upload", "host": "test"}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    async with connected(gateway.port("http")) as stuck:
        stuck.writer.write(
            f"PATCH {address} HTTP/1.1\r\n{head}upload-complete: ?1\r\nupload-offset: 0\r\n"
            f"content-length: {len(CONTENT)}\r\n\r\n".encode()
            + CONTENT[:PIECE]
        )
        await stuck.writer.drain()
        await until(lambda: kept(gateway, address) > 0)
        offset = int((await gateway.get(address, method="HEAD")).headers["upload-offset"])
        assert (await asyncio.wait_for(stuck.reader.readline(), 15)).split()[1] == b"409"
    rest = CONTENT[offset : offset + 1000].decode("latin-1")
    more = {"upload-complete": "?0", "upload-offset": str(offset), "content-length": "1000"}
    async with connected(gateway.port("http")) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in (said | more).items())
        connection.writer.write(f"PATCH {address} HTTP/1.1\r\n{head}\r\n".encode() + rest.encode("latin-1"))
        assert (await asyncio.wait_for(connection.reader.readline(), 15)).split()[1] == b"204"
    assert (await gateway.get(address, method="HEAD")).headers["upload-offset"] == str(offset + 1000)


async def test_what_is_no_upload_passes_as_it_comes(gateway: Gateway, store: Store) -> None:
    store.taken.clear()
    answer = await gateway.get("/files?upload=no", method="POST", body="abc")
    assert (answer.status, answer.text) == (201, "stored")
    assert [(what, size) for what, _, size, _ in store.taken] == [("POST /files", 3)]
