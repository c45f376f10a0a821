"""Clients over a WebSocket: what is written to them, and when they are looked after."""

import asyncio

import pytest

from crossway.runtime.websocket_api import frames
from crossway.runtime.websocket_api.clients import BACKLOG, CLOSING, WebSocketClient
from crossway.sdk.http import Request

TIMES = {"ping": 30.0, "idle": 600.0, "lifetime": 7200.0}


class Wire:
    """Takes what is written, once it may."""

    def __init__(self) -> None:
        self.data = b""
        self.is_over = False
        self.open = asyncio.Event()

    async def write(self, data: bytes, more: bool) -> None:
        await self.open.wait()
        assert not self.is_over, "nothing is written after the end"
        self.data += data
        self.is_over = not more


@pytest.fixture
async def wire():
    return Wire()


def client(wire: Wire, *, begun: bool = True) -> WebSocketClient:
    one = WebSocketClient("id", "chat", Request("GET", "/"), None, wire.write, 1_000)
    wire.open.set()
    if begun:
        one.begin()
    return one


async def unexpected(_: WebSocketClient, text: str) -> None:
    raise AssertionError(text)


async def test_what_is_pushed_before_the_handshake_is_over_waits(wire):
    one = client(wire, begun=False)
    one.push("early")
    await one.flushed()
    assert wire.data == b""
    one.begin()
    one.push(b"\x00")
    await one.flushed()
    assert wire.data == b"\x81\x05early\x82\x01\x00"


async def test_who_reads_too_slowly_is_closed_and_others_may_wait_for_one_large_message(wire):
    one = client(wire)
    wire.open.clear()
    one.push("x" * (BACKLOG + 1))
    await asyncio.sleep(0)
    one.push("y" * BACKLOG)
    assert one.is_open
    one.push("z")
    assert (one.is_open, one.code) == (False, frames.POLICY)
    wire.open.set()
    await one.flushed()
    assert wire.data.endswith(b"it reads too slowly")
    assert b"y" * 100 not in wire.data
    assert wire.is_over


async def test_a_client_that_does_not_agree_to_be_closed_is_hung_up_on(wire):
    one = client(wire)
    one.close(frames.GOING_AWAY, "")
    one.push("nothing is sent any more")
    one.look(one.loop.time() + CLOSING / 2, **TIMES)
    await one.flushed()
    assert (wire.data, wire.is_over) == (b"\x88\x02\x03\xe9", False)
    one.look(one.loop.time() + CLOSING, **TIMES)
    one.look(one.loop.time() + 2 * CLOSING, **TIMES)
    await one.flushed()
    assert wire.is_over


async def test_a_silent_client_is_pinged_once_and_then_given_up(wire):
    one = client(wire)
    for after in (29, 31, 40):
        one.look(one.heard + after, **TIMES)
    await one.flushed()
    assert wire.data == b"\x89\x00"
    assert await one.received(b"\x8a\x80\x00\x00\x00\x00", unexpected)
    one.look(one.heard + 61, **TIMES)
    await one.flushed()
    assert wire.is_over
    assert (one.code, one.reason) == (frames.ABNORMAL, "it does not answer")


async def test_many_pings_of_who_does_not_read_are_not_all_answered(wire):
    one = client(wire)
    wire.open.clear()
    ping = b"\x89\xfd\x00\x00\x00\x00" + bytes(125)
    for _ in range(200):
        assert await one.received(ping * 100, unexpected)
    wire.open.set()
    await one.flushed()
    assert len(wire.data) < 2 * BACKLOG


async def test_so_many_messages_in_so_many_seconds(wire):
    one = client(wire)
    assert [one.may_speak(2, 60) for _ in range(3)] == [True, True, False]
    assert [one.may_speak(2, 0) for _ in range(3)] == [True, True, True]
