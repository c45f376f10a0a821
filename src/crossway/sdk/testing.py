"""A plugin of pytest that tests plugins and apps: in milliseconds without Envoy, through a real one with ``--envoy``.

::

    def test_a_request_is_stamped(gateway):
        gateway.use(stamp, {"header": "x-stamp"})
        gateway.get("/orders/7")
        assert gateway.received()[0].headers["x-stamp"] == "1"

Without Envoy, what is Python in the data path runs as it does in the proxy: plugins, compositions, mounted apps,
caches and transformations. Other policies do nothing, and of several backends the first one is called.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest

from crossway.sdk.http import Body, Fields, Headers, Request, Response

if TYPE_CHECKING:  # pytest imports this module for every test there is
    from crossway.sdk.app import Crossway

BACKEND: Final = "backend"
"""The service behind plugins that are tested alone."""
PATIENCE: Final = 30.0
"""Seconds that a request of a test may take."""

T = TypeVar("T")
Upstream = Callable[[Request], Awaitable[object] | object]
"""Answers what a service is asked: with a `Response`, or with anything that a composition could return."""


class Gateway(ABC):
    """A gateway in a test. What runs in it is said before its first request."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._app: Crossway | None = None
        self._plugins: list[object] = []
        self._options: list[dict[str, Any]] = []
        self._upstreams: dict[str, Upstream] = {}
        self._received: dict[str, list[Request]] = {}

    def app(self, app: Crossway) -> None:
        """Test *app*. Its services are those that the test has; without one, a service is away."""
        self._app = app

    def use(self, plugin: object, settings: object = None, **options: object) -> None:
        """Test *plugin*, a function or a class, in front of the service `backend`, behind those used before.

        The *options* are those of its resource, such as ``deadline`` and ``failure``.
        """
        self._plugins.append(plugin if settings is None else (plugin, settings))
        self._options.append(options)
        self._upstreams.setdefault(BACKEND, lambda _: Response())

    def service(self, name: str = BACKEND, handler: Upstream = lambda _: Response()) -> None:
        """Let *handler* answer for the service *name*; without one, an empty 200 does."""
        self._upstreams[name] = handler

    def received(self, service: str = BACKEND) -> list[Request]:
        """Return the requests that a service got, with their bodies, in the order in which they came."""
        return self._received.setdefault(service, [])

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Headers | Fields = (),
        json: object = None,
        body: Body = b"",
    ) -> Response:
        """Send a request as a client does, and return the answer with its body."""
        request = Request(method, path, headers, body, params=params, json=json)
        if "host" not in request.headers:
            request.headers["host"] = "localhost"
        return self._within(self._send(request))

    def get(self, path: str, **options: Any) -> Response:  # noqa: ANN401  # those of `request`
        """Send a `GET`."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Response:  # noqa: ANN401
        """Send a `POST`."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> Response:  # noqa: ANN401
        """Send a `PUT`."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Response:  # noqa: ANN401
        """Send a `PATCH`."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Response:  # noqa: ANN401
        """Send a `DELETE`."""
        return self.request("DELETE", path, **options)

    def close(self) -> None:
        """End what was begun."""
        self._within(self._close())

    @abstractmethod
    async def _send(self, request: Request) -> Response:
        """Return the answer, with its body."""

    @abstractmethod
    async def _close(self) -> None:
        """End what was begun."""

    def _within(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def _whole(self) -> Crossway:
        """Return the app that is tested: the one of the test, or one for its plugins."""
        if self._app is not None:
            return self._app
        app: Crossway = import_module("crossway.sdk.app").Crossway()
        backend = app.service(BACKEND, "http://127.0.0.1:9")
        for used, options in zip(self._plugins, self._options, strict=True):
            plugin = used[0] if isinstance(used, tuple) else used
            app.plugin(**options)(plugin)  # type: ignore[type-var]  # it says itself what is no plugin
        app.route("/*", to=backend, plugins=self._plugins)
        return app

    async def _answered(self, service: str, request: Request) -> Response:
        """Return what the service of the test answers; `ConnectionError` if it has none."""
        handler = self._upstreams.get(service)
        if handler is None:
            raise ConnectionError(f"the test has no service {service!r}: gateway.service({service!r}, handler)")
        got = Request(request.method, request.target, request.headers.items(), await request.read())
        got.headers = Headers(request.headers.items())
        self.received(service).append(got)
        said = handler(got)
        answer: Response = import_module("crossway.runtime.composed").answer(
            await said if inspect.isawaitable(said) else said
        )
        return answer


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Give a loop that runs in a thread of its own, so that a test may be asynchronous or not."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="crossway-gateway", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--envoy`."""
    group = parser.getgroup("crossway")
    group.addoption("--envoy", action="store_true", help="run tests with the fixture 'gateway' through a real Envoy")


@pytest.fixture
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """A gateway that runs what the test tells it to."""
    real = request.config.getoption("--envoy")
    module = import_module("crossway.sdk.served" if real else "crossway.runtime.trial")
    with _loop() as loop:
        found: Gateway = (module.Served if real else module.Trial)(loop)
        try:
            yield found
        finally:
            found.close()
