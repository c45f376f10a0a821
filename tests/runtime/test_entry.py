"""Programs, as a real Envoy loads them: without a control plane, which would not send a broken one."""

import time
from collections.abc import Iterator

import pytest
from msgspec import Raw
from msgspec.structs import replace

from crossway.compile.envoy import names, python
from crossway.compile.envoy.resource import Resource
from crossway.compile.program import Entry, Program, Purge, Step
from crossway.daemon.snapshots import opened
from crossway.fleet.python import python as inside
from crossway.protos import pack, unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.dynamic_modules import v3 as python_v3
from crossway.protos.google import protobuf
from harness.ports import free_port
from harness.proxy import Proxy, proxied
from harness.upstreams import Echo, Upstreams
from plan.planning import pipeline

pytestmark = pytest.mark.journey

APPLICATION = '{"app":"crossway.runtime.entry:%s","interface":"asgi","root_path":""}'


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("entry")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in inside(folder).environment.items():
            patch.setenv(name, value)
        with proxied(folder) as running:
            yield running


@pytest.fixture(scope="module")
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


def resources(proxy: Proxy, echo: Echo, lifetime: int = 1) -> tuple[Resource, ...]:
    """Return a route with Python at two listeners; a *lifetime* of its cache makes an entry of its own."""
    return pipeline(f"""
gateways:
  edge:
    listeners:
      http: {{port: {proxy.port}, address: 127.0.0.1}}
      other: {{port: {OTHER}, address: 127.0.0.1}}
services: {{echo: {{endpoints: ["{echo.address}"]}}}}
routes:
  python: {{matches: [{{path: /python}}], to: echo, policies: {{cache: {{lifetime: {lifetime}s}}}}}}
  native: {{matches: [{{path: /native}}], to: echo}}
""").resources()


OTHER = free_port()
NAME = names.http_filter(python.PROGRAM)


def with_program(given: tuple[Resource, ...], text: str) -> list[Resource]:
    """Return what is *given*, where the program is the application called *text*."""
    (extension,) = (opened(item) for item in given if item.name == NAME)
    assert isinstance(extension, core_v3.TypedExtensionConfig)
    module = unpack(extension.typed_config)
    assert isinstance(module, python_v3.DynamicModuleFilter)
    module.filter_config.CopyFrom(pack(protobuf.StringValue(value=APPLICATION % text)))
    extension.typed_config.CopyFrom(pack(module))
    return [*(item for item in given if item.name != NAME), Resource.of(NAME, extension)]


def statuses(proxy: Proxy, *paths: str) -> list[int]:
    return [reply.status for reply in proxy.ask(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode() for path in paths)]


def test_a_program_answers_the_routes_that_name_its_entries(proxy, echo):
    proxy.serve(resources(proxy, echo))
    assert statuses(proxy, "/python", "/native") == [200, 200]


def program(given: tuple[Resource, ...]) -> Program:
    (brought,) = (item for item in given if item.name == NAME)
    return python.program_of(brought)


def test_routes_may_name_the_entries_of_a_program_while_others_and_purges_come(proxy, echo):
    routes = resources(proxy, echo)
    proxy.serve(routes)
    for number in range(8):
        after = program(resources(proxy, echo, 100 + number))
        for purges in ((), (Purge(f"{number}", float(number), tag="a"),)):
            proxy.serve(with_program(routes, python.encode(replace(after, purges=purges))))
            assert statuses(proxy, "/python") == [200]


def cached(proxy: Proxy) -> bool:
    (reply,) = proxy.ask([b"GET /python HTTP/1.1\r\nhost: a\r\n\r\n"])
    return "hit" in reply.headers["cache-status"]


def test_what_handlers_keep_stays_when_the_program_changes_until_a_purge_means_it(proxy, echo):
    routes = resources(proxy, echo, 600)
    proxy.serve(routes)
    assert [cached(proxy) for _ in range(2)] == [False, True]
    now, more = program(routes), program(resources(proxy, echo, 601))
    another = replace(now, entries={**now.entries, **more.entries})
    proxy.serve(with_program(routes, python.encode(another)))
    assert cached(proxy)
    proxy.serve(with_program(routes, python.encode(replace(another, purges=(Purge("a", time.time(), tag="other"),)))))
    assert cached(proxy)
    proxy.serve(with_program(routes, python.encode(replace(now, purges=(Purge("b", time.time(), everything=True),)))))
    assert [cached(proxy) for _ in range(2)] == [False, True]


def test_the_next_one_does_and_so_on(proxy, echo):
    for lifetime in (2, 3, 4, 3):
        proxy.serve(resources(proxy, echo, lifetime))
        assert statuses(proxy, "/python") == [200]


def unknown() -> str:
    entry = Entry("routes.python", (Step("newer", Raw(b"{}")),), "inner", "word")
    return python.encode(Program({"0123456789abcdef": entry}))


@pytest.mark.parametrize(
    "text", ["garbage", "AAAA", "eJwDAAAAAAE=", unknown()], ids=["no text", "no zip", "empty", "newer"]
)
def test_a_program_that_cannot_be_loaded_is_refused_and_the_old_one_serves(proxy, echo, text):
    proxy.serve(resources(proxy, echo))
    with pytest.raises(AssertionError, match=NAME):
        proxy.serve(with_program(resources(proxy, echo), text))
    assert statuses(proxy, "/python", "/native") == [200, 200]
    proxy.serve(resources(proxy, echo, 9))
    assert statuses(proxy, "/python", "/native") == [200, 200]
