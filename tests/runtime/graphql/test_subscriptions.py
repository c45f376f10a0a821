"""The guard in a WebSocket, between a client and a backend that are scripted."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import pytest

from crossway.model.graphql_limits import GraphqlLimits
from crossway.runtime.graphql.refusal import Refused
from crossway.runtime.graphql.requests import Asked
from crossway.runtime.graphql.subscriptions import MOST_WAITING, Guarded
from crossway.runtime.graphql.subscriptions import guarded as guard
from crossway.runtime.tunnel import Switched, Tunnel
from crossway.runtime.websocket_api.frames import TEXT, Frames, frame
from crossway.sdk.http import Response
from harness.waiting import until

INIT = {"type": "connection_init"}
AGREED = {"sec-websocket-protocol": "graphql-transport-ws"}


class Backend(Tunnel):
    """Says what is put into its queue, and keeps what it hears."""

    def __init__(self) -> None:
        self.says: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.heard: list[bytes] = []
        self.is_closed = False

    def __del__(self) -> None: ...

    def close(self) -> None:
        self.is_closed = True

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        async for piece in pieces:
            self.heard += [told.payload for told in Frames(2**20).feed(piece)]

    async def pieces(self) -> AsyncIterator[bytes]:
        while (piece := await self.says.get()) is not None:
            yield piece


async def admit(asked: Asked) -> dict[str, object] | None:
    if asked.query is None or "no" in asked.query:
        raise Refused("NO", "It is not allowed.")
    return {"query": "written out"} if "spell" in asked.query else None


def client(*messages: object) -> AsyncIterator[bytes]:
    from crossway.runtime.graphql.frames import to_backend

    async def pieces() -> AsyncIterator[bytes]:
        for message in messages:
            yield to_backend(TEXT, json.dumps(message).encode())

    return pieces()


def subscribe(name: str, query: str) -> dict[str, object]:
    return {"id": name, "type": "subscribe", "payload": {"query": query}}


async def guarded(*messages: object) -> tuple[Backend, Guarded]:
    backend = Backend()
    guard = Guarded(backend, admit, GraphqlLimits(subscriptions=2))
    await guard.take(client(*messages))
    return backend, guard


def told(backend: Backend) -> Sequence[object]:
    return [json.loads(each) for each in backend.heard]


async def test_the_backend_hears_what_it_may() -> None:
    good = subscribe("1", "{yes}")
    backend, _ = await guarded(INIT, good, subscribe("2", "{no}"), subscribe("2", "{spell}"), {"type": "ping"})
    spelt = {"id": "2", "type": "subscribe", "payload": {"query": "written out"}}
    assert told(backend) == [INIT, good, spelt, {"type": "ping"}]


async def test_what_is_said_here_waits_for_the_end_of_a_message() -> None:
    backend, guard = await guarded(INIT, subscribe("2", "{no}"))
    whole = frame(TEXT, b'{"type": "connection_ack"}')
    heard = guard.pieces()
    error = await anext(heard)
    assert b'"error"' in error
    backend.says.put_nowait(whole[:5])
    assert await anext(heard) == whole[:5]
    guard._say(b"said here")
    backend.says.put_nowait(whole[5:] + whole[:3])
    assert await anext(heard) == whole[5:] + b"said here"
    assert await anext(heard) == whole[:3]
    backend.says.put_nowait(whole[3:])
    assert await anext(heard) == whole[3:]
    backend.says.put_nowait(None)
    assert [piece async for piece in heard] == []


async def test_an_operation_that_the_backend_ends_makes_room() -> None:
    backend, guard = await guarded(INIT, subscribe("1", "{yes}"), subscribe("2", "{yes}"))
    for said in (b'{"id": "1", "type": "complete"}', b'{"payload": [{}], "type": "error", "id": "2"}', b"no json"):
        backend.says.put_nowait(frame(TEXT, said))
    backend.says.put_nowait(None)
    assert len([piece async for piece in guard.pieces()]) == 3
    await guard.take(client(subscribe("1", "{yes}"), subscribe("2", "{yes}"), subscribe("3", "{yes}")))
    assert [each["id"] for each in told(backend)[1:]] == ["1", "2", "1", "2"]  # type: ignore[index]


async def test_who_does_not_listen_is_not_heard() -> None:
    backend = Backend()
    guard = Guarded(backend, admit, GraphqlLimits())
    asked = [INIT, *(subscribe(f"{number}", "{no}") for number in range(200)), {"type": "ping"}]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(guard.take(client(*asked)))
        await until(lambda: len(guard._said) == MOST_WAITING)
        told = b""
        heard = guard.pieces()
        while told.count(b'"error"') < 200:
            assert len(guard._said) <= MOST_WAITING
            told += await anext(heard)
    assert json.loads(backend.heard[-1]) == {"type": "ping"}


@pytest.mark.parametrize("name", [None, "", 7, "x" * 1025])
async def test_an_operation_has_an_id(name: object) -> None:
    backend, guard = await guarded(INIT, {"id": name, "type": "subscribe", "payload": {"query": "{yes}"}})
    assert told(backend) == [INIT]
    (closing,) = [piece async for piece in guard.pieces()]
    assert int.from_bytes(closing[2:4]) == 4400


@pytest.mark.parametrize(
    "headers",
    [{}, {"sec-websocket-protocol": "graphql-ws"}, {**AGREED, "sec-websocket-extensions": "permessage-deflate"}],
)
async def test_a_backend_that_speaks_another_protocol_is_left(headers: dict[str, str]) -> None:
    backend = Backend()
    with pytest.raises(Refused) as refused:
        guard(Switched(101, headers, backend), admit, GraphqlLimits())
    assert (refused.value.code, refused.value.status) == ("SUBPROTOCOL_NOT_SUPPORTED", 502)
    assert backend.is_closed


async def test_a_backend_that_does_not_agree_says_why() -> None:
    answer = Response(403, body="no")
    assert guard(answer, admit, GraphqlLimits()) is answer


async def test_after_the_end_nothing_is_heard() -> None:
    backend, guard = await guarded(INIT, INIT, subscribe("1", "{yes}"))
    assert told(backend) == [INIT]
    (closing,) = [piece async for piece in guard.pieces()]
    assert int.from_bytes(closing[2:4]) == 4429
    guard.close()
    assert backend.is_closed
