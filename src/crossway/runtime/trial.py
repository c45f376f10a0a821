"""The gateway of a test, in the process of the test: the handlers of the runtime, and nothing of a proxy."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter

from crossway.compile.program import Bounds, Code, Described, Entry, PluginStep, Step
from crossway.model.path import PathKind, PathMatch
from crossway.model.plugin import Plugin
from crossway.model.ref import Ref
from crossway.runtime.background import Background
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.plugins import Running
from crossway.runtime.problem import problem
from crossway.runtime.serving import answered
from crossway.runtime.stores import MemoryStore
from crossway.sdk.app import Crossway
from crossway.sdk.context import Scene
from crossway.sdk.http import Request, Response
from crossway.sdk.plugin import definition
from crossway.sdk.testing import Gateway

STORE: Final = 16 * 2**20
"""How many bytes the store of a test holds."""
_STEPS: Final = ("cache", "transform", "compose")
"""The policies that are Python in the data path, beside plugins, in their order."""


class Trial(Gateway):
    """A gateway without a proxy."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._routes: list[_Route] | None = None
        self._running: list[Running] = []
        self._tools = Tools(self._answered, MemoryStore(STORE, time.time), time.time, Background().run)

    async def _send(self, request: Request) -> Response:
        if self._routes is None:
            app = self._whole()
            routes = app.documents().get("routes", {})
            self._routes = sorted(self._found(app, routes), key=lambda route: route.order)
        handler = next((route.handler for route in self._routes if route.meets(request)), _no_route)
        response = await answered(handler, request)
        await response.read()
        return response

    async def _close(self) -> None:
        for running in self._running:
            await running.stop()

    def _found(self, app: Crossway, routes: Mapping[str, Mapping[str, Any]]) -> Iterator[_Route]:
        plugins = app.documents().get("plugins", {})
        for name, route in routes.items():
            matches = route.get("matches", [{}])
            first = PathMatch.model_validate(matches[0].get("path", "/*"))
            handler = self._handler(app, f"routes.{name}", route, plugins, first)
            for match in matches:
                if other := match.keys() - {"path", "methods"}:
                    raise NotImplementedError(
                        f"{', '.join(other)} of the route {name} is for a proxy: test it with --envoy"
                    )
                path = PathMatch.model_validate(match.get("path", "/*"))
                methods = {method.upper() for method in match.get("methods", ())}
                yield _Route(path, methods, route.get("hostnames", ()), int(route.get("priority", 0)), handler)

    def _handler(
        self,
        app: Crossway,
        about: str,
        route: Mapping[str, Any],
        plugins: Mapping[str, Mapping[str, Any]],
        path: PathMatch,
    ) -> Next:
        policies = route.get("policies", {})
        used = [{"plugin": use} if isinstance(use, str) else use for use in policies.get("plugins", ())]
        if "app" in policies:
            used.append(policies["app"])
        self._check(app, about, policies.get("plugins", ()), path)
        handlers: list[Handler] = [
            self._plugin(app, about, use["plugin"], use.get("settings", {}), plugins[use["plugin"]]) for use in used
        ]
        before_app = len(handlers) - ("app" in policies)
        handlers[before_app:before_app] = [
            self._step(name, policies[name], about, path) for name in _STEPS if name in policies
        ]
        last: Next = self._last(route)
        for handler in reversed(handlers):
            last = partial(_run, handler, last)
        return last

    def _plugin(self, app: Crossway, about: str, name: str, settings: object, resource: Mapping[str, Any]) -> Handler:
        options = Plugin.model_validate(resource)
        defined = definition(app.code(name), name)
        given = None if defined.settings is None else TypeAdapter(defined.settings).validate_python(settings)
        bounds = Bounds(deadline=options.deadline.total_seconds(), failure=options.failure)
        step = PluginStep(name, "", name, bounds=bounds)
        running = Running(step, defined.bind(given), Scene(about, name, "default", self._tools.store, self._tools.call))
        self._running.append(running)
        return running

    def _check(self, app: Crossway, about: str, uses: Sequence[object], path: PathMatch) -> None:
        """Say about the plugins of a route what is said about a configuration, its settings above all."""
        known: dict[Ref, Described] = {}
        for use in uses:
            name = use["plugin"] if isinstance(use, Mapping) else str(use)
            defined = definition(app.code(name), name)
            schema = import_module("crossway.runtime.describe").schema(defined)
            known[Ref("plugins", name)] = Described(Code(name), name, defined.hooks, schema)
        if known:
            _compiled("plugins", uses, about, path, known)

    def _step(self, name: str, settings: object, about: str, path: PathMatch) -> Handler:
        """Return the handler of a policy, made as for a proxy."""
        (step,) = _compiled(name, settings, about, path)
        factories = import_module("crossway.runtime.programs").FACTORIES
        handler: Handler = factories[step.kind](step, Entry(about, (), "", ""), self._tools, {})
        return handler

    def _last(self, route: Mapping[str, Any]) -> Next:
        """Return what is behind all Python: a fixed answer, or the first backend."""
        if "respond" in route:
            fixed = route["respond"]
            fields = {"content-type": fixed.get("content_type", "text/plain; charset=utf-8")}

            async def respond(_: Request) -> Response:
                return Response(fixed.get("status", 200), fields, fixed.get("body", ""))

            return respond
        if "redirect" in route:
            raise NotImplementedError("a redirect is made by a proxy: test it with --envoy")
        backends = route.get("to", ())
        first = backends[0] if isinstance(backends, list) and backends else backends
        if isinstance(first, Mapping) and "status" in first:
            return partial(_answered, int(first["status"]))
        service = first["service"] if isinstance(first, Mapping) else first
        return partial(self._tools.call, service)


def _compiled(
    name: str, settings: object, about: str, path: PathMatch, plugins: Mapping[Ref, Described] = MappingProxyType({})
) -> tuple[Step, ...]:
    """Return the steps of a policy; `ValueError` says what is wrong. What compiles it is imported for nobody else."""
    contract = import_module("crossway.compile.contract")
    policy = import_module(f"crossway.policies.{name}").POLICY
    ref = Ref("routes", about.removeprefix("routes."))
    site = contract.Site(ref, ref.namespace, path, plugins=plugins)
    fragment = policy.compile(policy.spec.model_validate(settings), site)
    if not isinstance(fragment, contract.Fragment):
        raise ValueError(str(fragment))
    steps: tuple[Step, ...] = fragment.steps
    return steps


async def _answered(status: int, _: Request) -> Response:
    return Response(status)


@dataclass(frozen=True, slots=True)
class _Route:
    """One match of a route."""

    path: PathMatch
    methods: set[str]
    hostnames: tuple[str, ...]
    priority: int
    handler: Next

    @property
    def order(self) -> tuple[object, ...]:
        return -self.priority, *self.path.precedence, not self.methods

    def meets(self, request: Request) -> bool:
        host = (request.headers.get("host") or "").partition(":")[0]
        return (
            (not self.methods or request.method in self.methods)
            and (not self.hostnames or any(_is_host(host, name) for name in self.hostnames))
            and _is_path(request.path, self.path)
        )


def _is_host(host: str, name: str) -> bool:
    return host == name or (name.startswith("*.") and host.endswith(name[1:]))


def _is_path(path: str, match: PathMatch) -> bool:
    match match.kind:
        case PathKind.EXACT:
            return path == match.value
        case PathKind.PREFIX:
            return match.value == "/" or path == match.value or path.startswith(f"{match.value}/")
        case PathKind.STARTS_WITH:
            return path.startswith(match.value)
        case PathKind.REGEX:
            return re.fullmatch(match.value, path) is not None
        case PathKind.TEMPLATE:
            parts = re.split(r"\{[^}]*\}", match.value.removesuffix("/*"))
            rest = "(/.*)?" if match.value.endswith("/*") else ""
            return re.fullmatch("[^/]+".join(map(re.escape, parts)) + rest, path) is not None


async def _run(handler: Handler, call_next: Next, request: Request) -> Response:
    return await handler(request, call_next)


async def _no_route(_: Request) -> Response:
    return problem(404, "route.none", "No route is for this request.")
