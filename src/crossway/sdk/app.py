"""The app: services, routes, policies and consumers in Python, and what only code can say.

Law: an app says what a YAML file could say, and goes through the same reader. Its code is in no document: a document
names the file and the attribute under which the proxy finds it.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal, TypeVar, TypeVarTuple, overload

from crossway.sdk.declared import Attached, Declared, Named, Place, Plain, attach, here, plain
from crossway.sdk.handlers import Application, Composition, Handlers, Mount, Socket
from crossway.sdk.plugin import definition
from crossway.sdk.plugin import plugin as as_plugin
from crossway.sdk.service import Service
from crossway.sdk.spelling import condition, governed, plain_settings, reached, slug, split_match, target

GATEWAY: Final = "edge"
"""What a gateway is called that nobody named."""
PORT: Final = 8080
WITHIN: Final = "30s"
"""How long compositions and mounted apps may take to answer, unless they say otherwise: they wait for others."""

Policies = Sequence[Attached] | Mapping[str, object]
"""Policies: a list of calls such as `rate_limit("100/minute")`, or a mapping as in YAML."""
Duration = str | timedelta
Isolation = Literal["proxy", "process"]
Failure = Literal["closed", "open"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
F = TypeVar("F", bound=Callable[..., Awaitable[object]])
P = TypeVar("P", bound=Callable[..., object])


class Crossway:
    """A gateway in Python.

    ``crossway run app.py`` finds the object in the module `app.py`, whatever it is called there. Settings that a method
    does not name are those of the YAML file, with the same words.
    """

    def __init__(self) -> None:
        self._place = here()
        self._declared: list[Declared] = []
        self._policies: list[Attached] = []
        self._codes: dict[str, object] = {}
        self._handled: dict[str, dict[str, Plain]] = {}
        self._answers: list[dict[str, Plain]] = []
        self.handlers: Final = Handlers()
        """What the proxy runs: compositions, mounted apps and WebSocket handlers, by name."""

    def gateway(self, name: str = GATEWAY, port: int = PORT, *, policies: Policies = (), **settings: object) -> Named:
        """Declare a gateway that listens on *port*, or on what ``listeners`` says. Without any, one is on port 8080."""
        listeners = settings.pop("listeners", {"http": {"port": port}})
        return self._declare("gateways", name, {"listeners": listeners, **settings}, policies)

    def policy(self, *policies: Attached) -> None:
        """Attach *policies* to every gateway, for everything that comes in."""
        self._policies.extend(policies)

    def service(self, name: str, endpoints: object, *, policies: Policies = (), **settings: object) -> Service:
        """Declare a service, and return it to be named in routes and called by code.

        *endpoints* is a URL such as ``http://127.0.0.1:9001``, an address ``host:port``, or a list of addresses.
        """
        self._declare("services", name, {**reached(endpoints), **settings}, policies)
        return Service(name)

    def consumer(self, name: str, *, policies: Policies = (), **settings: object) -> Named:
        """Declare somebody who calls, with credentials."""
        return self._declare("consumers", name, settings, policies)

    def certificate(self, name: str, **settings: object) -> Named:
        """Declare a certificate."""
        return self._declare("certificates", name, settings)

    def route(
        self,
        match: str | Iterable[str] = (),
        *,
        to: object = None,
        name: str | None = None,
        hostnames: str | Sequence[str] = (),
        policies: Policies = (),
        plugins: Iterable[object] = (),
        **settings: object,
    ) -> Named:
        """Declare a route for requests that *match*: ``/orders/*``, ``GET /users/{id}``, or several of these.

        It leads *to* a service, or several: ``[(orders, 90), (orders_v2, 10)]``; to a fixed `Response`; or to an app in
        ASGI. *plugins* run in their order: each is one of `plugin`, a name, or a pair with its settings.
        """
        matches = [match] if isinstance(match, str) else list(match)
        if callable(to):
            if len(matches) != 1 or split_match(matches[0])[0]:
                raise TypeError("a route to an app has one path, such as /admin/*")
            options: dict[str, Any] = settings
            return self.mount(
                matches[0], to, name=name, hostnames=hostnames, policies=policies, plugins=plugins, **options
            )
        return self._route(name or slug(matches), matches, {**target(to), **settings}, hostnames, policies, plugins, {})

    @overload
    def plugin(self, function: P, /) -> P: ...
    @overload
    def plugin(
        self,
        function: None = None,
        /,
        *,
        name: str | None = None,
        isolation: Isolation | None = None,
        deadline: Duration | None = None,
        failure: Failure | None = None,
        **settings: object,
    ) -> Callable[[P], P]: ...
    def plugin(
        self,
        function: P | None = None,
        /,
        *,
        name: str | None = None,
        isolation: Isolation | None = None,
        deadline: Duration | None = None,
        failure: Failure | None = None,
        **settings: object,
    ) -> P | Callable[[P], P]:
        """Declare a plugin, a function or a class as for `crossway.plugin`, so that routes can name it.

        It stands at the top of its module; the *settings* are those of its resource.
        """
        place = here()

        def declare(thing: P) -> P:
            if inspect.isfunction(thing):
                as_plugin(thing)
            found = definition(thing)
            called = name or found.name
            options = _given(isolation=isolation, deadline=deadline, failure=failure, **settings)
            self._code(called, _file(thing) or place.file, found.name, options, place)
            self._codes[called] = thing
            return thing

        return declare if function is None else declare(function)

    def compose(
        self,
        match: str,
        *,
        name: str | None = None,
        hostnames: str | Sequence[str] = (),
        policies: Policies = (),
        plugins: Iterable[object] = (),
        isolation: Isolation | None = None,
        deadline: Duration | None = WITHIN,
        **settings: object,
    ) -> Callable[[F], F]:
        """Answer requests that *match*, such as ``GET /profile/{user_id}``, by a function.

        Its parameters are those of the path, and otherwise of the query, converted to what their annotations say; one
        with a pydantic model is the body in JSON, one with `Request` the request itself. What it returns is the
        answer: a `Response`, text, bytes, or anything that JSON can say.
        """
        place = here()

        def declare(function: F) -> F:
            called = name or function.__name__
            self.handlers.add(_word(called), Composition(called, split_match(match)[1], function))
            options = _given(isolation=isolation, deadline=deadline)
            self._answer(called, [match], options, place, settings, hostnames, policies, plugins)
            return function

        return declare

    def websocket(
        self,
        path: str,
        *,
        name: str | None = None,
        hostnames: str | Sequence[str] = (),
        policies: Policies = (),
        plugins: Iterable[object] = (),
        **settings: object,
    ) -> Callable[[F], F]:
        """Answer WebSockets at *path* by a function, in a process of its own."""
        place = here()

        def declare(function: F) -> F:
            called = name or function.__name__
            self.handlers.add(_word(called), Socket(called, function, path))
            self._answer(called, [path], {"isolation": "process"}, place, settings, hostnames, policies, plugins)
            return function

        return declare

    def mount(
        self,
        path: str,
        app: Application,
        *,
        name: str | None = None,
        hostnames: str | Sequence[str] = (),
        policies: Policies = (),
        plugins: Iterable[object] = (),
        isolation: Isolation | None = None,
        deadline: Duration | None = WITHIN,
        **settings: object,
    ) -> Named:
        """Run *app*, in ASGI, for everything at and below *path*, which it sees as its root."""
        prefix = path.removesuffix("*").rstrip("/")
        called = name or slug([prefix])
        self.handlers.add(_word(called), Mount(called, prefix, app))
        options = _given(isolation=isolation, deadline=deadline)
        return self._answer(called, [f"{prefix}/*"], options, here(), settings, hostnames, policies, plugins)

    @overload
    async def gather(self, one: Awaitable[T], /) -> tuple[T]: ...
    @overload
    async def gather(self, *calls: Awaitable[T]) -> tuple[T, ...]: ...
    async def gather(self, *calls: Awaitable[Any]) -> tuple[Any, ...]:
        """Await *calls* at once, and return what they return, in their order.

        Of identical calls with `GET`, one is made. If one raises, the others are cancelled, and that is raised.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(_awaited(call)) for call in calls]
        except BaseExceptionGroup as group:
            raise _first(group) from None
        return tuple(task.result() for task in running)

    def documents(self) -> dict[str, dict[str, dict[str, Plain]]]:
        """Return what the app says as the mapping that a YAML file is: kinds, names, settings."""
        found: dict[str, dict[str, dict[str, Plain]]] = {}
        for declared in self.declared():
            found.setdefault(declared.kind, {})[declared.name] = declared.settings
        return found

    def declared(self, known_as: str = "cw") -> tuple[Declared, ...]:
        """Return what the app says, in the order of its calls, with their places; its module calls it *known_as*."""
        for word, settings in self._handled.items():
            settings["attribute"] = f"{known_as}.handlers.{word}"
        services: list[Plain] = [declared.name for declared in self._declared if declared.kind == "services"]
        for answer in self._answers if services else ():
            answer["services"] = services
        gateways = [declared for declared in self._declared if declared.kind == "gateways"]
        declared = list(self._declared)
        if not gateways:
            listeners: dict[str, Plain] = {"http": {"port": PORT}}
            gateways = [Declared("gateways", GATEWAY, {"listeners": listeners}, {(): self._place})]
            declared = [*gateways, *declared]
        if not self._policies:
            return tuple(declared)
        settings, places = attach(self._policies)
        return tuple(governed(each, settings, places) if each in gateways else each for each in declared)

    def _declare(
        self,
        kind: str,
        name: str,
        settings: Mapping[str, object],
        policies: Policies = (),
        place: Place | None = None,
    ) -> Named:
        written = {key: plain(value) for key, value in settings.items()}
        attached, places = attach(policies)
        if attached:
            written["policies"] = attached
        self._declared.append(Declared(kind, name, written, {(): place or here(), **places}))
        return Named(name)

    def code(self, name: str) -> object:
        """Return the code of the plugin *name*; `KeyError` if there is none."""
        return self._codes[name] if name in self._codes else getattr(self.handlers, _word(name))

    def _code(self, name: str, file: str, attribute: str, options: Mapping[str, object], place: Place) -> None:
        path = os.path.abspath(file)  # noqa: PTH100  # as it is, links and all
        self._declare("plugins", name, {"file": path, "attribute": attribute, **options}, (), place)

    def _route(
        self,
        name: str,
        matches: Iterable[str],
        settings: Mapping[str, object],
        hostnames: str | Sequence[str],
        policies: Policies,
        plugins: Iterable[object],
        answer: Mapping[str, Plain],
        place: Place | None = None,
    ) -> Named:
        written: dict[str, object] = {}
        if conditions := [condition(match) for match in matches]:
            written["matches"] = conditions
        if hostnames:
            written["hostnames"] = [hostnames] if isinstance(hostnames, str) else hostnames
        place = place or here()
        attached: dict[str, Plain] = dict(answer)
        if uses := [self._used(each) for each in plugins]:
            attached["plugins"] = uses
        own = [Attached(policy, value, place) for policy, value in attached.items()]
        if isinstance(policies, Mapping):
            return self._declare("routes", name, {**written, **settings}, {**policies, **attached}, place)
        return self._declare("routes", name, {**written, **settings}, [*policies, *own], place)

    def _answer(
        self,
        name: str,
        matches: Iterable[str],
        options: Mapping[str, object],
        place: Place,
        settings: Mapping[str, object],
        hostnames: str | Sequence[str],
        policies: Policies,
        plugins: Iterable[object],
    ) -> Named:
        """Declare a route that one of the handlers answers, which may call every service of the app."""
        self._code(name, place.file, "", options, place)
        self._handled[_word(name)] = self._declared[-1].settings
        answer: dict[str, Plain] = {"plugin": name}
        self._answers.append(answer)
        return self._route(name, matches, settings, hostnames, policies, plugins, {"app": answer}, place)

    def _used(self, plugin: object) -> Plain:
        """Return how a route names *plugin*, and gives it its settings."""
        match plugin:
            case (used, settings):
                return {"plugin": self._name(used), "settings": plain_settings(settings)}
            case Mapping():
                return plain(plugin)
            case _:
                return self._name(plugin)

    def _name(self, plugin: object) -> str:
        if isinstance(plugin, str):
            return plugin
        for name, code in self._codes.items():
            if code is plugin:
                return name
        raise TypeError(f"{plugin!r} is no plugin of this app; write @cw.plugin above it")


def _word(name: str) -> str:
    """Return *name* as what Python takes for a name."""
    return re.sub(r"\W", "_", name)


def _file(thing: object) -> str | None:
    """Return the file that a function or a class stands in."""
    code = getattr(thing, "__code__", None)
    module = sys.modules.get(getattr(thing, "__module__", ""))
    return code.co_filename if code is not None else getattr(module, "__file__", None)


async def _awaited(call: Awaitable[T]) -> T:
    return await call


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _given(**options: object) -> dict[str, object]:
    return {name: value for name, value in options.items() if value is not None}
