"""What code in the data path may know and use beside its request: `current()`."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Protocol

from crossway.sdk.http import Request, Response

LONGEST_LINE: Final = 16_384
"""How many characters of one line of the log are written; the rest is left out."""


class Store(Protocol):
    """Bytes that outlive a request: in the memory of the proxy, or in Redis, shared by all proxies.

    Every method raises `ConnectionError` while the store cannot be reached.
    """

    async def get(self, key: str) -> bytes | None:
        """Return what was put under *key* and has not expired."""

    async def set(self, key: str, value: bytes, lifetime: float) -> None:
        """Keep *value* under *key* for *lifetime* seconds, or until there is no room for it."""

    async def delete(self, *keys: str) -> int:
        """Forget *keys*; return how many of them there were."""

    async def add(self, key: str, amount: int, lifetime: float) -> int:
        """Add *amount* to the number under *key*; return the sum. It starts at 0 and lives for *lifetime* seconds."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where code runs: the same for all requests there."""

    route: str
    name: str
    """What people call the code."""
    namespace: str
    """Where the services that it calls are looked up."""
    store: Store
    call: Callable[[str, Request], Awaitable[Response]]


class Context:
    """The request under way, and what may be used for it."""

    __slots__ = ("_request", "_scene")

    def __init__(self, scene: Scene, request: Request) -> None:
        self._scene, self._request = scene, request

    @property
    def route(self) -> str:
        """The route, as findings name it: `routes.orders`."""
        return self._scene.route

    @property
    def id(self) -> str:
        """The id of the request."""
        return self._request.id

    @property
    def trace(self) -> str:
        """The trace that the request belongs to, as its `traceparent` (W3C Trace Context); empty without one."""
        return self._request.headers.get("traceparent") or ""

    @property
    def store(self) -> Store:
        """The store that requests share."""
        return self._scene.store

    async def call(self, service: str, request: Request) -> Response:
        """Send *request* to a *service*, `name` or `namespace/name`, as part of the same trace.

        Raises `ConnectionError` if there is no answer at all.
        """
        for name in ("x-request-id", "traceparent", "tracestate"):
            value = self._request.headers.get(name)
            if value is not None and name not in request.headers:
                request.headers.add(name, value)
        namespace, slash, name = service.rpartition("/")
        if not slash:
            namespace = self._scene.namespace
        return await self._scene.call(name if namespace == "default" else f"{namespace}/{name}", request)

    def log(self, message: str, **fields: object) -> None:
        """Write *message* and *fields* as one line of JSON to the log of the proxy, with the id of the request."""
        said = {"message": message, "route": self.route, "plugin": self._scene.name, "request_id": self.id, **fields}
        print(json.dumps(said, default=str)[:LONGEST_LINE], file=sys.stderr)  # noqa: T201  # the log of the proxy


UNDER_WAY: Final[ContextVar[tuple[Scene, Request]]] = ContextVar("crossway_request")
"""The request under way; whoever runs code for one says so."""


def current() -> Context:
    """Return the context of the request under way; `LookupError` outside of one."""
    found = UNDER_WAY.get(None)
    if found is None:
        raise LookupError("no request is under way here")
    return Context(*found)


__all__ = ["Context", "Store", "current"]
