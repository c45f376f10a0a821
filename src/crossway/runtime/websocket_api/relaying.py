"""How proxies reach each other's clients: over channels of the Redis that they share.

Each proxy listens to a channel of its own and to one for all. A thread of its own does that, since it is no listener's.

Law: nobody waits longer than `PATIENCE`. A Redis that is away is asked again and again until it is back.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from contextlib import suppress
from functools import cache
from typing import Any, Final, TypeVar

import uvloop
from msgspec import DecodeError, msgpack
from redis.asyncio import Redis
from redis.exceptions import RedisError

from crossway.compile.program import SHARED_STORE
from crossway.runtime.websocket_api.hub import PROXY
from crossway.runtime.websocket_api.orders import Answer, Order, obey

T = TypeVar("T")

PATIENCE: Final = 1.0
"""Seconds to wait for another proxy."""
REST: Final = 0.25
"""Seconds between two attempts to listen."""
QUIET: Final = 5.0
"""Seconds of silence after which Redis is asked whether it is still there; as long again, and it is not."""
_CHANNEL: Final = "crossway:websocket:"
_ALL: Final = f"{_CHANNEL}all"
_ANSWERS: Final = f"{_CHANNEL}answers:"


class AwayError(Exception):
    """Another proxy cannot be reached."""


class Relay:
    """The thread, and what it knows."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        self._loop = uvloop.new_event_loop()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._number = 0
        self._listens = asyncio.Event()
        threading.Thread(target=self._loop.run_until_complete, args=(self._live(),), daemon=True).start()

    async def ask(self, proxy: str, order: Order) -> Answer:
        """Return what came of *order*, which *proxy* was told; it has gone if nobody listens there."""
        return await self._there(self._ask(f"{_CHANNEL}{proxy}", order))

    async def spread(self, order: Order) -> None:
        """Tell *order* to all other proxies."""
        order.origin = PROXY
        await self._there(self._publish(_ALL, order))

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
        except (RedisError, OSError, TimeoutError):
            raise AwayError from None

    async def _ask(self, channel: str, order: Order) -> Answer:
        if not self._listens.is_set():
            raise TimeoutError  # the answer would not be heard
        self._number += 1
        order.origin, order.number = PROXY, self._number
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting[order.number] = answer
        try:
            if not await self._publish(channel, order):
                return Answer(is_gone=True)
            return await answer
        finally:
            del self._waiting[order.number]

    async def _publish(self, channel: str, said: Order | Answer) -> int:
        """Say something; return how many have heard it."""
        return int(await self._redis.publish(channel, msgpack.encode(said)))

    async def _live(self) -> None:
        while True:
            with suppress(RedisError, OSError, TimeoutError):
                await self._listen()
            self._listens.clear()
            await asyncio.sleep(REST)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as channels:
            await channels.subscribe(_ALL, f"{_CHANNEL}{PROXY}", f"{_ANSWERS}{PROXY}")
            self._listens.set()
            is_asked = False
            while (heard := await channels.get_message(timeout=QUIET)) is not None or not is_asked:
                is_asked = heard is None
                if heard is None:
                    await channels.ping()  # which is answered, and so heard
                elif heard["type"] == "message":
                    with suppress(DecodeError):  # of a proxy of another version
                        await self._hear(heard["channel"].decode(), heard["data"])

    async def _hear(self, channel: str, data: bytes) -> None:
        if channel.startswith(_ANSWERS):
            answer = _answer(data)
            if (waiting := self._waiting.get(answer.number)) is not None and not waiting.done():
                waiting.set_result(answer)
            return
        order = _order(data)
        if order.word == "spread":
            if order.origin != PROXY:
                obey(order)
            return
        answer = obey(order)
        await self._publish(
            f"{_ANSWERS}{order.origin}", Answer(answer.is_gone, answer.is_refused, answer.told, order.number)
        )


_order: Final = msgpack.Decoder(Order).decode
_answer: Final = msgpack.Decoder(Answer).decode


@cache
def relay() -> Relay | None:
    """Return the relay of this process; `None` without a Redis. It listens from the first time on."""
    url = os.environ.get(SHARED_STORE, "")
    return Relay(url) if url else None
