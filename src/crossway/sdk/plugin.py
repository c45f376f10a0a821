"""Plugins: code that stands around the calls to a backend.

Law: what a plugin does is said by the signature of its function, or by the methods that its class has. So a function
that only asks for the `Head` of a request never makes anybody wait for a body.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar, get_type_hints

from pydantic import BaseModel

from crossway.sdk.http import Headers, Request, Response

Next = Callable[[Request], Awaitable[Response]]
"""Sends the request on: to the next plugin, and behind the last one to the backend."""
F = TypeVar("F", bound=Callable[..., Awaitable[object]])

MARK: Final = "__crossway_plugin__"
"""The attribute by which a function is known as a plugin."""


class PluginError(TypeError):
    """Something is no plugin; the text says why, in one sentence."""


class Head:
    """The head of a request, whose body nobody has asked for: what it says, and headers that may be changed."""

    __slots__ = ("_request",)

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def method(self) -> str:
        """The method: `GET`, `POST`, ..."""
        return self._request.method

    @property
    def path(self) -> str:
        """The path as it was sent, with its escapes."""
        return self._request.path

    @property
    def query(self) -> str:
        """What stands behind the question mark."""
        return self._request.query

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the query; of one that stands there twice, the last."""
        return self._request.params

    @property
    def headers(self) -> Headers:
        """The headers. What is changed in them goes on with the request."""
        return self._request.headers

    @property
    def id(self) -> str:
        """The id of the request, which logs, traces and errors carry too."""
        return self._request.id

    @property
    def consumer(self) -> str | None:
        """The name of the consumer whose credential was good; `None` without one."""
        return self._request.consumer

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the consumer."""
        return self._request.groups

    def __repr__(self) -> str:
        return f"Head({self.method} {self.path})"  # the query may carry secrets


class Plugin:
    """A plugin with a state: one object for each place where it is attached, used by all requests there.

    It does what it has methods for. In the order of a request: `on_head`, `on_request`, then `around`, which sends the
    request on, then `on_response`. An answer of the first two is the answer; nothing behind them sees the request.

    Its settings are a pydantic model: a class `Settings` inside it, or the annotation of `settings`.
    """

    settings: Any = None
    """The settings, checked."""

    def __init__(self, settings: BaseModel | None = None) -> None:
        model = settings_of(type(self))
        self.settings = model() if settings is None and model is not None else settings

    async def start(self) -> None:
        """Get ready: awaited before the first request, for at most ten seconds."""

    async def stop(self) -> None:
        """Give back what `start` took: awaited after the last request."""

    async def on_head(self, head: Head) -> Response | None:
        """Look at the head of a request: change its headers, or answer. The body is not waited for."""

    async def on_request(self, request: Request) -> Response | None:
        """Look at a request: change it, or answer."""

    async def on_response(self, request: Request, response: Response) -> Response | None:
        """Look at a response: change it, or give another one."""

    async def around(self, request: Request, call_next: Next) -> Response:
        """Answer a request, by awaiting `call_next` or without it."""
        return await call_next(request)


T = TypeVar("T")
Doing = Coroutine[Any, Any, T]
OnHead = Callable[[Head], Doing[Response | None]]
OnRequest = Callable[[Request], Doing[Response | None]]
OnResponse = Callable[[Request, Response], Doing[Response | None]]
Around = Callable[[Request, Next], Doing[Response]]
Event = Callable[[], Doing[None]]


@dataclass(frozen=True, slots=True)
class Hooks:
    """A plugin that was given its settings: what is to be called; `None` for what it does not do."""

    head: OnHead | None = None
    request: OnRequest | None = None
    response: OnResponse | None = None
    around: Around | None = None
    websocket: Callable[..., Doing[None]] | None = None
    start: Event | None = None
    stop: Event | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """What is known of a plugin before it has settings."""

    name: str
    """What its function or class is called."""
    hooks: tuple[str, ...]
    """What it does: some of `head`, `request`, `response`, `around` and `websocket`, in this order."""
    settings: type[BaseModel] | None
    """The model of its settings; `None` for a plugin that has none."""
    documentation: str
    bind: Callable[[BaseModel | None], Hooks]
    """Gives it its settings."""


def plugin(function: F) -> F:
    """Make *function* a plugin; it stays the function that it was.

    What it does is found from its parameters, by their annotations or else by their names: `head`; `request`;
    `request` and `response`; `request` and `call_next`; beside any of these, `settings`, whose annotation is a pydantic
    model. Raises `PluginError` for parameters that mean nothing.
    """
    setattr(function, MARK, _of_function(function))
    return function


def definition(thing: object, name: str = "") -> Definition:
    """Return what is known of the plugin *thing*, which its module calls *name*; `PluginError` if it is none."""
    name = name or getattr(thing, "__name__", repr(thing))
    if isinstance(thing, type) and issubclass(thing, Plugin):
        return _of_class(thing)
    found = getattr(thing, MARK, None)
    if isinstance(found, Definition):
        return found
    if isinstance(thing, Plugin):
        raise PluginError(f"{name} is an object of {type(thing).__name__}; name the class, which is given its settings")
    if inspect.isfunction(thing):
        raise PluginError(f"{name} is a function without @plugin")
    if isinstance(thing, type):
        raise PluginError(f"{name} is a class that does not inherit from crossway.Plugin")
    raise PluginError(f"{name} is no plugin: it is neither a function with @plugin nor a class derived from Plugin")


_ROLES: Final[Mapping[str, object]] = {"head": Head, "request": Request, "response": Response, "call_next": Next}
_MEANINGS: Final[Mapping[frozenset[str], str]] = {
    frozenset({"head"}): "head",
    frozenset({"request"}): "request",
    frozenset({"response"}): "response",
    frozenset({"request", "response"}): "response",
    frozenset({"request", "call_next"}): "around",
    frozenset({"websocket"}): "websocket",
}
_METHODS: Final = {"head": "on_head", "request": "on_request", "response": "on_response", "around": "around"}
_ORDERS: Final = {
    "head": ("head",),
    "request": ("request",),
    "response": ("request", "response"),
    "around": ("request", "call_next"),
    "websocket": ("websocket",),
}


def _of_function(function: Callable[..., Awaitable[object]]) -> Definition:
    name = getattr(function, "__name__", repr(function))
    if not inspect.iscoroutinefunction(function):
        raise PluginError(f"{name} is not asynchronous; write 'async def {name}'")
    hints = _hints(function, name)
    roles: dict[str, str] = {}
    model: type[BaseModel] | None = None
    for parameter in inspect.signature(function).parameters.values():
        role = _role(parameter, hints.get(parameter.name, inspect.Parameter.empty), name)
        if role in roles:
            raise PluginError(f"{name} has two parameters for the {role}: {roles[role]} and {parameter.name}")
        roles[role] = parameter.name
        if role == "settings":
            model = hints[parameter.name]
    wanted = list(roles)
    settings = roles.pop("settings", "")
    hook = _MEANINGS.get(frozenset(roles))
    if hook is None:
        raise PluginError(
            f"the parameters of {name} ({', '.join(roles.values()) or 'none'}) mean nothing; a plugin takes (head), "
            "(request), (request, response) or (request, call_next), each with or without settings"
        )
    by_name = {role: parameter for role, parameter in roles.items() if not _is_positional(function, parameter)}
    if by_name:
        raise PluginError(f"{name} takes {', '.join(by_name.values())} by name alone; plugins are called by position")

    order = _ORDERS[hook]

    def bind(given: BaseModel | None) -> Hooks:
        called: Callable[..., Awaitable[object]] = function
        if tuple(wanted) == (*order, "settings"):
            called = partial(function, **{settings: given})
        elif tuple(wanted) != order:
            called = _placed(function, [(*order, "settings").index(role) for role in wanted], given)
        return Hooks(**{hook: called})  # type: ignore[arg-type]  # its parameters say that it is one

    return Definition(name, (hook,), model, inspect.getdoc(function) or "", bind)


def _is_positional(function: Callable[..., object], parameter: str) -> bool:
    return inspect.signature(function).parameters[parameter].kind is not inspect.Parameter.KEYWORD_ONLY


def _placed(
    function: Callable[..., Awaitable[object]], places: list[int], settings: BaseModel | None
) -> Callable[..., Awaitable[object]]:
    """Return *function* as one that is called in the order of its hook: *places* says which of these it takes where."""

    def call(*given: object) -> Awaitable[object]:
        everything = (*given, settings)
        return function(*(everything[place] for place in places))

    return call


def _role(parameter: inspect.Parameter, hint: object, function: str) -> str:
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        raise PluginError(f"{function} takes any parameters (*{parameter.name}); name those that it needs")
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return "settings"
    for role, meant in _ROLES.items():
        if hint == meant:
            return role
    if parameter.name == "settings":
        raise PluginError(f"the settings of {function} have no pydantic model; write settings: Settings")
    if hint is inspect.Parameter.empty and parameter.name in (*_ROLES, "websocket"):
        return parameter.name
    if getattr(hint, "__name__", "") == "WebSocket":
        return "websocket"
    told = "" if hint is inspect.Parameter.empty else f" ({getattr(hint, '__name__', hint)})"
    raise PluginError(
        f"the parameter {parameter.name}{told} of {function} means nothing; "
        "plugins take head, request, response, call_next and settings"
    )


def _hints(thing: Callable[..., object] | type, name: str) -> dict[str, Any]:
    try:
        return get_type_hints(thing)
    except (NameError, TypeError, AttributeError) as error:
        raise PluginError(f"an annotation of {name} cannot be read: {error}") from error


def _of_class(thing: type[Plugin]) -> Definition:
    hooks = [hook for hook, method in _METHODS.items() if getattr(thing, method) is not getattr(Plugin, method)]
    if hasattr(thing, "websocket"):
        hooks.append("websocket")
    if not hooks:
        known = [method for method in vars(thing) if not method.startswith("_") and callable(getattr(thing, method))]
        told = f"; it has {', '.join(known)}" if known else ""
        raise PluginError(
            f"{thing.__name__} has none of the methods on_head, on_request, on_response, around and websocket{told}"
        )
    for method in (*(_METHODS.get(hook, hook) for hook in hooks), "start", "stop"):
        _check_method(thing, method)

    def bind(given: BaseModel | None) -> Hooks:
        made = thing(given)
        calls = {hook: getattr(made, _METHODS.get(hook, hook)) for hook in hooks}
        events = {event: getattr(made, event) for event in ("start", "stop") if _has_own(thing, event)}
        return Hooks(**calls, **events)

    return Definition(thing.__name__, tuple(hooks), settings_of(thing), inspect.getdoc(thing) or "", bind)


def _has_own(thing: type[Plugin], method: str) -> bool:
    return getattr(thing, method) is not getattr(Plugin, method)


def _check_method(thing: type[Plugin], method: str) -> None:
    function = getattr(thing, method)
    name = f"{thing.__name__}.{method}"
    if not inspect.iscoroutinefunction(function):
        raise PluginError(f"{name} is not asynchronous; write 'async def {method}'")
    model = getattr(Plugin, method, None)
    if model is None:
        return
    wanted = list(inspect.signature(model).parameters)
    try:
        inspect.signature(function).bind(*wanted)
    except TypeError:
        raise PluginError(f"{name} does not take what it is given: ({', '.join(wanted)})") from None


def settings_of(thing: type[Plugin]) -> type[BaseModel] | None:
    """Return the model of the settings of a class; `PluginError` if what should be one is none."""
    hint = _hints(thing, thing.__name__).get("settings")
    found = getattr(thing, "Settings", None) if hint in (None, Any) else hint
    if found is None or (isinstance(found, type) and issubclass(found, BaseModel)):
        return found
    raise PluginError(f"the settings of {thing.__name__} are no pydantic model: {getattr(found, '__name__', found)}")


__all__ = ["Head", "Next", "Plugin", "PluginError", "definition", "plugin"]
