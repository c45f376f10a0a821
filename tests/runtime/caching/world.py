"""A cache with an origin behind it, a clock that stands still, and stores that can go away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from crossway.model.caching import Cache
from crossway.runtime.caching import Memory, cache
from crossway.runtime.handler import Tools
from crossway.runtime.stores import MemoryStore
from crossway.sdk.http import Request, Response

START = 1_800_000_000.0
"""A moment in 2027."""


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class Leaving:
    """A store that can be away."""

    def __init__(self, clock: Clock) -> None:
        self.inner = MemoryStore(2**20, clock)
        self.away = False
        self.asked = 0

    async def get(self, key: str) -> bytes | None:
        self._reach()
        return await self.inner.get(key)

    async def set(self, key: str, value: bytes, lifetime: float) -> None:
        self._reach()
        await self.inner.set(key, value, lifetime)

    async def delete(self, *keys: str) -> int:
        self._reach()
        return await self.inner.delete(*keys)

    async def add(self, key: str, amount: int, lifetime: float) -> int:
        self._reach()
        return await self.inner.add(key, amount, lifetime)

    def _reach(self) -> None:
        self.asked += 1
        if self.away:
            raise ConnectionError("the store is away")


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@dataclass
class World:
    """One proxy: a cache, its memory, and the origin; `settings` may be given in their short form."""

    settings: object = "0"
    clock: Clock = field(default_factory=Clock)
    store: Leaving | None = None
    about: str = "default/shop"
    memory: Memory = field(default_factory=Memory)
    answer: Callable[[Request], Awaitable[Response]] | None = None
    asked: list[Request] = field(default_factory=list)
    behind: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = self.store or Leaving(self.clock)
        settings = {} if self.settings == "0" else self.settings
        self.rules = Cache.model_validate(settings)
        self.tools = Tools(call=_nobody, store=self.store, clock=self.clock, background=self.behind.append)
        self.handler = cache(self.rules, self.about, self.tools, self.memory)
        self.answers: list[Response | Exception] = []

    async def __call__(self, request: Request) -> Response:
        """The origin."""
        self.asked.append(Request(request.method, request.target, request.headers.items(), request.body))
        if self.answer is not None:
            return await self.answer(request)
        answer = self.answers.pop(0) if self.answers else Response(200, {"cache-control": "max-age=60"}, "made")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def says(self, *answers: Response | Exception) -> None:
        """Let the origin say this next."""
        self.answers += answers

    async def send(self, target: str = "/", method: str = "GET", **headers: str) -> Response:
        """Return what a client gets, body read. In *headers*, `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.request(Request(method, target, {"host": "shop.example", **named}))

    async def request(self, request: Request) -> Response:
        response = await self.handler(request, self)
        if not response.is_read:
            await response.read()
        await asyncio.sleep(0)
        return response

    async def settle(self) -> None:
        """Do what was left for after the answer."""
        while self.behind:
            await self.behind.pop(0)()

    async def hits(self, target: str = "/", **headers: str) -> bool:
        """Return whether a request is answered without the origin."""
        before = len(self.asked)
        await self.send(target, **headers)
        return len(self.asked) == before


async def _nobody(service: str, request: Request) -> Response:
    raise AssertionError(f"the cache calls no service, and not {service} with {request}")


def did(response: Response) -> str:
    """Return what the last cache says that it did."""
    return (response.headers.get_all("cache-status") or [""])[-1].rpartition("Crossway; ")[2]
