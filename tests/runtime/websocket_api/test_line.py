"""The line of a client behind plugins."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from crossway.runtime.websocket_api.line import Line


async def said(*pieces: bytes, left: bool = False) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if left:
        raise ConnectionError


async def test_what_is_written_comes_out_until_its_end():
    line = Line()
    writing = asyncio.gather(line.write(b"one", True), line.write(b"", True), line.write(b"two", False))
    assert [piece async for piece in line.pieces()] == [b"one", b"two"]
    await writing


@pytest.mark.parametrize("left", [False, True])
async def test_who_leaves_is_gone(left):
    line, heard, leaves = Line(), [], []

    async def receive(data: bytes) -> bool:
        heard.append(data)
        return True

    line.begin(receive, lambda: leaves.append(1))
    await line.take(said(b"one", b"two", left=left))
    assert heard == [b"one", b"two"]
    assert leaves
    assert [piece async for piece in line.pieces()] == []
    with pytest.raises(ConnectionError):
        await line.write(b"late", True)


async def test_the_last_words_are_still_sent_after_nothing_more_is_heard():
    line = Line()

    async def refuse(_: bytes) -> bool:
        await line.write(b"bye", False)
        return False

    line.begin(refuse, lambda: None)
    await line.take(said(b"wrong", b"more"))
    assert [piece async for piece in line.pieces()] == [b"bye"]
