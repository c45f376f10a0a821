import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crossway.runtime.process.frames import HIGH, NobodyThereError, Peer, listen
from crossway.runtime.tunnel import Switched
from crossway.sdk.http import Request, Response
from harness.waiting import until

Serve = Callable[[str, Request], Awaitable[Response]]
PIECE = bytes(65_536)


@asynccontextmanager
async def peer(path: Path, serve: Serve) -> AsyncIterator[Peer]:
    server = await listen(str(path / "s"), serve)
    peer = Peer(str(path / "s"))
    try:
        yield peer
    finally:
        server.close()
        peer.close()
        await asyncio.sleep(0)


async def back(word: str, request: Request) -> Response:
    response = Response(201, {"x-word": word, "x-target": request.target})
    response.arriving(request.stream())
    return response


def streaming(pieces: AsyncIterator[bytes]) -> Request:
    request = Request("PUT", "/up")
    request.arriving(pieces)
    return request


async def test_a_request_and_its_answer(tmp_path: Path) -> None:
    async with peer(tmp_path, back) as there:
        response = await there.send("word", Request("POST", "/a%20b?c=%27", {"x": "é"}, b"body"))
        assert await response.read() == b"body"
        assert (response.status, response.headers["x-word"]) == (201, "word")
        assert response.headers["x-target"] == "/a%20b?c=%27"


async def test_one_connection_after_another_request_on_it(tmp_path: Path) -> None:
    connections = set()

    async def serve(_: str, __: Request) -> Response:
        connections.add(asyncio.current_task())
        return Response(200)

    async with peer(tmp_path, serve) as there:
        for _ in range(5):
            await (await there.send("", Request("GET", "/"))).read()
    assert len(connections) == 1


async def test_nobody_is_there(tmp_path: Path) -> None:
    with pytest.raises(NobodyThereError):
        await Peer(str(tmp_path / "none")).send("", Request("GET", "/"))


@pytest.mark.parametrize("error", [ConnectionError, TimeoutError])
async def test_no_answer_and_none_in_time_are_told_apart(tmp_path: Path, error: type[Exception]) -> None:
    async def serve(_: str, __: Request) -> Response:
        raise error

    async with peer(tmp_path, serve) as there:
        with pytest.raises(error):
            await there.send("", Request("GET", "/"))


async def test_a_body_that_breaks_off_is_no_whole_body(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ConnectionError("gone")

    async def serve(_: str, __: Request) -> Response:
        response = Response(200)
        response.arriving(pieces())
        return response

    async with peer(tmp_path, serve) as there:
        response = await there.send("", Request("GET", "/"))
        with pytest.raises(ConnectionError):
            await response.read()


async def test_an_upload_that_breaks_off_is_no_whole_body(tmp_path: Path) -> None:
    ended: asyncio.Queue[str] = asyncio.Queue()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ConnectionError("gone")

    async def serve(_: str, request: Request) -> Response:
        try:
            await request.read()
        except (ConnectionError, asyncio.CancelledError):
            await ended.put("broken")
            raise
        return Response(200)

    async with peer(tmp_path, serve) as there:
        with pytest.raises(ConnectionError):
            await there.send("", streaming(pieces()))
        assert await ended.get() == "broken"


async def test_neither_side_is_ahead_of_the_other(tmp_path: Path) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += len(PIECE)
            yield PIECE

    async def serve(_: str, __: Request) -> Response:
        response = Response(200)
        response.arriving(pieces())
        return response

    async with peer(tmp_path, serve) as there:
        response = await there.send("", Request("GET", "/"))
        seen = -1
        while seen != sent:  # until nothing moves any more
            seen = sent
            for _ in range(50):
                await asyncio.sleep(0)
        assert sent <= 6 * HIGH
        assert len(await response.read()) == 200 * len(PIECE)


async def test_an_answer_may_come_before_the_end_of_the_body(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield PIECE

    async def serve(_: str, __: Request) -> Response:
        return Response(413, body=b"enough")

    async with peer(tmp_path, serve) as there:
        response = await there.send("", streaming(pieces()))
        assert (response.status, await response.read()) == (413, b"enough")


async def test_who_is_no_longer_waited_for_is_cancelled(tmp_path: Path) -> None:
    states: list[str] = []

    async def serve(_: str, __: Request) -> Response:
        states.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            states.append("ended")
        return Response(200)

    async with peer(tmp_path, serve) as there:
        asking = asyncio.ensure_future(there.send("", Request("GET", "/")))
        await until(lambda: states == ["begun"])
        asking.cancel()
        await until(lambda: states == ["begun", "ended"])


@pytest.mark.parametrize("is_read", [True, False])
async def test_an_answer_has_its_trailers_once_its_body_has_come(tmp_path: Path, is_read: bool) -> None:
    async def serve(_: str, __: Request) -> Response:
        response = Response(200, body=b"body" if is_read else streaming_twice(b"bo", b"dy"))
        response.trailers["x-a"] = "1"
        return response

    async def streaming_twice(*pieces: bytes) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async with peer(tmp_path, serve) as there:
        for _ in range(2):  # on the same connection
            response = await there.send("", Request("GET", "/"))
            assert (await response.read(), response.trailers["x-a"]) == (b"body", "1")


async def test_an_answer_that_agrees_to_another_protocol_is_known_as_one(tmp_path: Path) -> None:
    async def serve(_: str, __: Request) -> Response:
        return Switched(headers={"x-a": "1"})

    async with peer(tmp_path, serve) as there:
        response = await there.send("", Request("GET", "/"))
    assert isinstance(response, Switched)
    assert (response.tunnel, response.headers["x-a"]) == (None, "1")
