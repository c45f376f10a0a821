"""Messages as server-sent events: what is kept, for whom, and for how long."""

import asyncio

import pytest

from crossway.runtime.websocket_api.clients import BACKLOG
from crossway.runtime.websocket_api.events import EventClient
from crossway.sdk.http import Request


def client(replay: int = 3) -> EventClient:
    return EventClient("c", "chat", Request("GET", "/"), replay)


async def read(stream, events: int = 1) -> list[str]:
    """Return the data of the next events of a stream."""
    data = []
    while len(data) < events:
        piece = (await asyncio.wait_for(anext(stream), 5)).decode()
        data += [event.partition("data: ")[2] for event in piece.split("\n\n") if "data: " in event]
    return data


async def test_who_comes_back_is_given_what_was_missed():
    one = client()
    stream = one.pieces()
    assert await read(stream) == ['{"connection_id":"c"}']
    for number in range(5):
        one.push(str(number))
    assert await read(stream, 5) == ["0", "1", "2", "3", "4"]
    await stream.aclose()
    one.push("5")
    assert one.resume(4)
    assert await read(one.pieces(), 3) == ['{"connection_id":"c"}', "4", "5"]


@pytest.mark.parametrize("number", [0, 1, 6])
async def test_what_was_not_kept_or_never_sent_cannot_be_resumed(number):
    one = client()
    stream = one.pieces()
    for said in range(5):
        one.push(str(said))
        await read(stream, 1 + (said == 0))
    assert not one.resume(number)


async def test_a_new_connection_takes_the_place_of_the_one_before():
    one = client()
    stream = one.pieces()
    await read(stream)
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0)
    newer = one.pieces()
    assert await read(newer) == ['{"connection_id":"c"}']
    assert await waiting is None
    one.push("x")
    assert await read(newer) == ["x"]


async def test_who_reads_too_slowly_is_closed():
    one = client()
    stream = one.pieces()
    await read(stream)
    for _ in range(3):
        one.push("x" * (BACKLOG // 2))
    assert one.is_gone
    assert one.reason == "it reads too slowly"


async def test_it_is_told_that_the_connection_stands():
    one = client()
    stream = one.pieces()
    await read(stream)
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    one.look(one.heard + 10, ping=10, idle=1, lifetime=1_000)
    assert await waiting == b":\n\n"
    one.look(one.began + 2_000, ping=10, idle=1, lifetime=1_000)
    assert await anext(stream, None) is None
