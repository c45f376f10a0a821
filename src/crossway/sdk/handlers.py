"""What an app has the proxy run: compositions, mounted apps, WebSocket handlers. Here they are only named.

The runtime makes them run when it asks for one by its name; it is not imported before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from crossway.sdk.plugin import MARK, Definition, Hooks
from crossway.sdk.websocket import WebSocket, path_params

Application = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]
"""An application in ASGI 3."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A function that answers requests."""

    name: str
    path: str
    """What the route matches, with the names of its parameters."""
    function: Callable[..., Awaitable[object]]

    def bind(self, _: BaseModel | None = None) -> Hooks:
        """Return what is to be called."""
        return Hooks(around=import_module("crossway.runtime.composed").composed(self.function, self.path))


@dataclass(frozen=True, slots=True)
class Mount:
    """An app in ASGI below a prefix."""

    name: str
    prefix: str
    app: Application

    def bind(self, _: BaseModel | None = None) -> Hooks:
        """Return what is to be called: for each generation of the program, the app lives once."""
        mounted = import_module("crossway.runtime.mounting").Mounted(self.app, self.prefix)
        return Hooks(around=mounted, start=mounted.start, stop=mounted.stop)


@dataclass(frozen=True, slots=True)
class Socket:
    """A function that answers WebSockets."""

    name: str
    function: Callable[..., Awaitable[object]]
    path: str = ""
    """What the route matches, with the names of its parameters."""

    def bind(self, _: BaseModel | None = None) -> Hooks:
        """Return what is to be called."""
        if "{" not in self.path:
            return Hooks(websocket=self.function)  # type: ignore[arg-type]  # nobody looks at what it returns

        async def converse(socket: WebSocket) -> None:
            socket.path_params = path_params(self.path, socket.path)
            await self.function(socket)

        return Hooks(websocket=converse)


Handler = Composition | Mount | Socket


class Handlers:
    """The handlers of an app: each is an attribute, and a plugin."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, name: str, handler: Handler) -> None:
        """Name a handler; `ValueError` if the name is taken."""
        if name in self._handlers:
            raise ValueError(f"two handlers are called {name!r}; give one of them another name=")
        self._handlers[name] = handler

    def __getattr__(self, name: str) -> object:
        handler = self._handlers.get(name)
        if handler is None:
            raise AttributeError(f"the app has no handler {name!r}")
        return _Runnable(handler)

    def __iter__(self) -> Any:  # noqa: ANN401
        return iter(self._handlers.items())


class _Runnable:
    """A handler as a plugin."""

    def __init__(self, handler: Handler) -> None:
        hook = "websocket" if isinstance(handler, Socket) else "around"
        told = getattr(handler, "function", handler).__doc__ or ""
        setattr(self, MARK, Definition(handler.name, (hook,), None, told, handler.bind))
