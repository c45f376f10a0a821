from collections.abc import AsyncIterator

import pytest

from crossway.runtime import kept
from crossway.runtime.kept import Kept
from crossway.sdk.http import Request, Response


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def arriving() -> Request:
    request = Request("POST", "/orders?page=2", {"x-a": "1"})
    request.arriving(pieces(b"two ", b"cups", b" left"))
    return request


async def test_a_message_is_as_it_was_however_much_of_it_was_read() -> None:
    for read in range(4):
        request = arriving()
        before = Kept(request)
        stream = request.stream()
        for _ in range(read):
            await anext(stream)
        request.method, request.path, request.query, request.body = "PUT", "/", "", b"another"
        request.headers["x-a"] = "2"
        assert before.restore()
        assert (request.method, request.target, request.headers.items()) == ("POST", "/orders?page=2", [("x-a", "1")])
        assert await request.read() == b"two cups left"


async def test_a_message_that_is_here_is_as_it_was() -> None:
    response = Response(200, {"x-a": "1"}, b"two cups")
    before = Kept(response)
    response.status, response.body = 500, b"another"
    assert before.restore()
    assert (response.status, response.body, response.headers["content-length"]) == (200, b"two cups", "8")


async def test_what_is_not_kept_cannot_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_BODY", 5)
    request = arriving()
    before = Kept(request)
    await request.read()
    assert not before.restore()


async def test_what_is_forgotten_is_not_kept() -> None:
    request = arriving()
    before = Kept(request)
    before.forget()
    assert await request.read() == b"two cups left"
    assert not before.restore()
