"""How requests that pass Python are seen, in the log, in metrics and in traces: as those that do not."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from harness.background import Background
from harness.client import Answer
from harness.collectors import Collected, HttpCollector, OtlpGrpc, Span
from harness.gateway import Gateway
from harness.scripted import Scripted, saying
from harness.twins import NATIVE, PYTHON, WAY, twins
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
UPSTREAM = ("service", "endpoint", "attempts", "flags", "details", "upstream_failure")
"""The fields that say something of a backend; how long it took differs."""
PLUGINS = """
from crossway import Request, Response, current, plugin

@plugin
async def answers(request: Request) -> Response:
    return Response(200, {"x-crossway-upstream": "Zm9yZ2Vk"}, current().trace)

@plugin
async def asks(request: Request, call_next) -> Response:
    asked = await current().call("other", Request("GET", "/check"))
    response = await call_next(request)
    response.headers["x-asked"] = str(asked.status)
    return response

@plugin
async def only_asks(request: Request) -> Response:
    return await current().call("other", Request("GET", "/check"))
"""
NAMES = ("answers", "asks", "only_asks")
COMPOSED = {
    "users": {"service": "echo", "path": "/users"},
    "orders": {"service": "other", "path": "/orders"},
    "nobody": {"service": "dead", "path": "/", "on_failure": "omit"},
}
RETRIED = {"attempts": 2, "on": ["5xx"], "back_off": {"base": "1ms"}}


def configuration(services: Mapping[str, int]) -> str:
    def at(path: str, service: str, **policies: object) -> dict[str, Any]:
        return {"matches": [{"path": path}], "to": service, "policies": policies}

    config = twins(
        {
            "echo": at("/echo/*", "echo", retry=RETRIED),
            "dead": at("/dead", "dead"),
            "nobody": at("/nobody", "nobody"),
            "forging": at("/forging", "forging"),
            "late": at("/late", "echo", timeout={"request": "50ms"}),
            "split": at("/split", "echo")
            | {"to": [{"service": "echo", "weight": 1}, {"service": "other", "weight": 1}]},
            "said": {"matches": [{"path": "/said"}], "respond": {"body": "hello"}},
            "named": at("/named", "echo", headers={"response": {"set": {"x-answered-by": "{service}"}}}),
        },
        {name: {"endpoints": [f"127.0.0.1:{port}"]} for name, port in services.items()} | {"nobody": {"endpoints": []}},
        plugins={name: {"source": PLUGINS} for name in NAMES},
        alone={
            **{name: at(f"/{name}", "echo", plugins=[name]) for name in NAMES},
            "cached": at("/cached/*", "echo", cache="1h"),
            "composed": {"matches": [{"path": "/composed"}], "policies": {"compose": {"steps": COMPOSED}}},
        },
    )
    return config.replace('"listeners"', '"policies": {"metrics": true}, "listeners"')


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams) -> Iterator[Gateway]:
    forged = b"HTTP/1.1 200 OK\r\nx-crossway-upstream: Zm9yZ2Vk\r\ncontent-length: 0\r\n\r\n"
    with background.entered(Scripted()) as peer:
        peer.scripts["/forging"] = saying(forged)
        ports = {"echo": upstreams.echo().port, "other": upstreams.echo("other").port, "dead": 1, "forging": peer.port}
        with background.entered(Gateway(configuration(ports))) as running:
            yield running


async def line(gateway: Gateway, path: str, **headers: str) -> dict[str, Any]:
    """Return the line about a request for *path*."""
    answer = await gateway.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    request_id = answer.headers["x-request-id"]
    lines = await until(lambda: [found for found in gateway.access_log if found["request_id"] == request_id])
    assert len(lines) == 1
    return lines[0]


async def both(gateway: Gateway, path: str, case: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the lines about a request for *path*, native and behind Python."""
    native, python = [await line(gateway, path, **{WAY: way}, x_case_id=f"{case}-{way}") for way in (NATIVE, PYTHON)]
    return native, python


@pytest.mark.parametrize(
    "path", ["/echo/a", "/echo/a?fail=2", "/echo/a?status=404", "/dead", "/nobody", "/late", "/said"]
)
async def test_a_line_says_the_same_of_the_backend(gateway, path):
    more = "?delay=2s" if path == "/late" else ""
    native, python = await both(gateway, path + more, case=path)
    assert {name: python[name] for name in UPSTREAM} == {name: native[name] for name in UPSTREAM}
    assert type(python["upstream_duration_ms"]) is type(native["upstream_duration_ms"])
    assert python["status"] == native["status"]


async def test_a_line_names_the_backend_that_was_chosen(gateway):
    chosen = {(await line(gateway, "/split", **{WAY: PYTHON}))["service"] for _ in range(24)}
    assert chosen == {"echo", "other"}


async def test_calls_that_a_plugin_makes_beside_it_are_not_the_backend(gateway):
    assert (await line(gateway, "/asks"))["service"] == "echo"
    assert (await line(gateway, "/only_asks"))["service"] == "other"


async def test_an_answer_that_is_made_of_several_names_all_of_them(gateway):
    found = await line(gateway, "/composed")
    assert set(found["service"].split(",")) == {"echo", "other", "dead"}
    assert len(found["endpoint"].split(",")) == 3
    assert found["attempts"] == 1 + 1 + 3
    assert found["flags"] == "URX,UF"
    assert isinstance(found["upstream_duration_ms"], int)


async def test_what_python_answers_itself_has_no_backend(gateway):
    await line(gateway, "/cached/1")
    for path in ("/answers", "/cached/1"):
        found = await line(gateway, path)
        assert {name: found[name] for name in UPSTREAM} == dict.fromkeys(UPSTREAM) | {"attempts": 0, "flags": "-"}


async def test_nobody_but_the_proxy_has_a_say_in_it(gateway):
    for way, service in ((NATIVE, "forging"), (PYTHON, "forging")):
        found = await line(gateway, "/forging", **{WAY: way}, x_crossway_upstream="Zm9yZ2Vk", x_crossway_span="1" * 48)
        assert (found["service"], found["attempts"]) == (service, 1)
    for path in ("/answers", "/echo/a", "/forging"):
        answer = await gateway.get(path, headers={WAY: PYTHON, "x-crossway-span": "1" * 48})
        assert not [name for name in answer.headers if name.startswith("x-crossway")]
        assert b"1" * 32 not in answer.body


async def test_an_answer_can_name_its_service(gateway):
    named = [await gateway.get("/named", headers={WAY: way}) for way in (NATIVE, PYTHON)]
    assert [answer.headers["x-answered-by"] for answer in named] == ["echo", "echo"]


async def test_requests_are_counted_by_the_service_they_were_passed_on_to(gateway):
    for path in ("/echo/counted", "/asks", "/composed", "/answers"):
        await line(gateway, path, **{WAY: PYTHON})
    pairs = re.findall(r'crossway_requests_total\{route="(.*?)",service="(.*?)"', await gateway.metrics())
    assert {("echo-python", "echo"), ("asks", "echo"), ("composed", ""), ("answers", "")} <= set(pairs)


TRACED = """
gateways:
  edge:
    listeners:
      http: $http
      few: {port: $few, policies: {tracing: {otlp: collector, sample: 0}}}
      each: {port: $each, policies: {tracing: {otlp: collector, attempts: true}}}
      own: {port: $own, policies: {correlation_id: {}}}
      zipkin: {port: $zipkins, policies: {tracing: {zipkin: zipkin}}}
      b3: {port: $b3, policies: {tracing: {zipkin: {service: zipkin, propagation: [b3]}}}}
    policies: {tracing: {otlp: collector, tags: {by: "{service}"}}}
services:
  echo: "http://127.0.0.1:$echo"
  other: "http://127.0.0.1:$other"
  collector: "h2c://127.0.0.1:$collector"
  zipkin: "http://127.0.0.1:$zipkin"
plugins:
  asks: {source: CODE}
  answers: {source: CODE}
  apart: {source: CODE, attribute: asks, isolation: process}
routes:
  asks: {matches: [{path: /asks}], to: echo, policies: {plugins: [asks], retry: {attempts: 2, on: [5xx]}}}
  apart: {matches: [{path: /apart}], to: echo, policies: {plugins: [apart]}}
  answers: {matches: [{path: /answers}], to: echo, policies: {plugins: [answers]}}
  cached: {matches: [{path: /cached}], to: echo, policies: {cache: 1h}}
  always: {matches: [{path: /always}], to: echo, policies: {plugins: [asks], trace_sampling: 100%}}
  composed:
    matches: [{path: /composed}]
    policies:
      compose:
        steps:
          users: {service: echo, path: /users}
          again: {service: echo, path: /users}
          orders: {service: other, path: "/orders/{steps.users.status}"}
  native: {matches: [{path: /native}], to: echo}
""".replace("CODE", json.dumps(PLUGINS))


@dataclass
class Traced:
    """A request, its answer, and what the collectors and the backends have of it."""

    answer: Answer
    spans: list[Span]
    sent: list[str]
    """The contexts that the backends got, in the form of W3C."""

    @property
    def trace(self) -> str:
        return self.answer.headers["x-trace-id"]

    @property
    def request(self) -> Span:
        """The span of the request itself."""
        (found,) = [span for span in self.spans if span.parent not in {other.id for other in self.spans}]
        return found

    def below(self, parent: Span) -> list[Span]:
        """Return the spans below *parent*, by the names of their steps or their own."""
        found = [span for span in self.spans if span.parent == parent.id]
        return sorted(found, key=lambda span: span.tags.get("crossway.step", span.name))


GIVEN = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
REFUSED = {"traceparent": f"00-{TRACE[::-1]}-{PARENT}-00"}
B3_TRACE = TRACE[16:] * 2
B3 = {"x-b3-traceid": B3_TRACE, "x-b3-spanid": PARENT, "x-b3-sampled": "1"}
REQUESTS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "plugin": ("http", "/asks", {}),
    "process": ("http", "/apart", {}),
    "composed": ("http", "/composed", {}),
    "answered": ("http", "/answers", {}),
    "stored": ("http", "/cached", {}),
    "hit": ("http", "/cached", {}),
    "continued": ("http", "/asks", GIVEN),
    "refused": ("http", "/asks", REFUSED),
    "undrawn": ("few", "/asks", {}),
    "undrawn composed": ("few", "/composed", {}),
    "drawn": ("few", "/always", {}),
    "attempts": ("each", "/asks?fail=2", {"x-case-id": "attempts"}),
    "own id": ("own", "/composed", {"x-correlation-id": "order 17"}),
    "zipkin": ("zipkins", "/composed", {}),
    "zipkin continued": ("zipkins", "/asks", B3),
    "b3": ("b3", "/asks", {}),
}
"""Where each request goes, for what, and with which headers."""


@pytest.fixture(scope="module")
def traced(background: Background, upstreams: Upstreams) -> Iterator[Mapping[str, Traced]]:
    echo, other = upstreams.echo(), upstreams.echo("other")
    with OtlpGrpc() as otlp, background.entered(HttpCollector()) as zipkin:
        ports = {"echo": echo.port, "other": other.port, "collector": otlp.port, "zipkin": zipkin.port}
        with background.entered(Gateway(TRACED, **ports)) as gateway:
            yield background.run(asked(gateway, (otlp, zipkin), (echo, other)))


async def asked(gateway: Gateway, collectors: Sequence[Collected], backends: Sequence[Echo]) -> dict[str, Traced]:
    """Return all requests, once the collectors have what there is of them."""
    answers, sent = {}, {}
    for name, (at, path, headers) in REQUESTS.items():
        for backend in backends:
            backend.received.clear()
        answers[name] = await gateway.get(path, at=at, headers=headers)
        sent[name] = [one.headers.get("traceparent", "") for backend in backends for one in backend.received]
    # What is reported comes in its order: this is the last of it.
    ports = {at for at, _, _ in REQUESTS.values()}
    forced = {"traceparent": f"00-{'1' * 32}-{PARENT}-01"}
    last = {(await gateway.get("/native", at=at, headers=forced)).headers["x-request-id"] for at in ports}

    def spans() -> list[Span]:
        return [span for collector in collectors for span in collector.spans]

    await until(lambda: last <= {span.tags.get("guid:x-request-id") for span in spans()})
    return {name: Traced(answer, _of(answer, spans()), sent[name]) for name, answer in answers.items()}


def _of(answer: Answer, spans: Sequence[Span]) -> list[Span]:
    return [span for span in spans if span.trace == answer.headers["x-trace-id"]]


async def test_a_request_that_passes_a_plugin_is_one_trace(traced):
    found = traced["plugin"]
    assert (found.request.kind, found.request.name, found.request.parent) == ("SERVER", "GET asks", "")
    asks, check = found.below(found.request)
    assert [(call.kind, call.name, call.tags["upstream_cluster"]) for call in (asks, check)] == [
        ("CLIENT", "GET asks", "echo"),
        ("CLIENT", "GET other", "other"),
    ]
    assert len(found.spans) == 3
    assert found.sent == [f"00-{found.trace}-{call.id}-01" for call in (asks, check)]
    assert found.request.tags["by"] == "echo", "a tag names the backend as the log does"


async def test_so_is_one_that_passes_a_process(traced):
    found = traced["process"]
    assert [call.name for call in found.below(found.request)] == ["GET apart", "GET other"]
    assert {span.trace for span in found.spans} == {found.trace}


async def test_each_step_of_a_composition_is_a_span(traced):
    found = traced["composed"]
    steps = found.below(found.request)
    assert [(step.tags["crossway.step"], step.name) for step in steps] == [
        ("orders", "GET other"),
        ("users", "GET echo"),
    ]
    assert len(found.spans) == 3, "identical calls are made once"
    assert sorted(found.sent) == sorted(f"00-{found.trace}-{step.id}-01" for step in steps)


async def test_what_python_answers_itself_is_one_span(traced):
    for name in ("answered", "hit"):
        assert traced[name].spans == [traced[name].request]
    found = traced["answered"]
    assert found.answer.text == f"00-{found.trace}-{found.request.id}-01", "a plugin knows the trace"


async def test_the_trace_of_a_client_is_continued(traced):
    found = traced["continued"]
    assert (found.trace, found.request.parent, len(found.spans)) == (TRACE, PARENT, 3)
    assert [call.parent for call in found.below(found.request)] == [found.request.id] * 2


@pytest.mark.parametrize("name", ["refused", "undrawn", "undrawn composed"])
async def test_of_what_is_not_reported_nothing_is(traced, name):
    found = traced[name]
    assert found.spans == []
    assert [context.split("-")[1::2] for context in found.sent] == [[found.trace, "00"]] * len(found.sent) != []


async def test_a_route_decides_for_all_that_is_behind_it(traced):
    assert len(traced["drawn"].spans) == 3


async def test_attempts_are_below_their_call(traced):
    found = traced["attempts"]
    asks, _ = found.below(found.request)
    assert sorted(span.tags["http.status_code"] for span in found.below(asks)) == ["200", "503", "503"]


async def test_a_request_with_an_id_of_its_own_is_one_trace(traced):
    found = traced["own id"]
    assert found.answer.headers["x-request-id"] == "order 17"
    assert len(found.below(found.request)) == 2


async def test_zipkin_has_the_steps_too(traced):
    found = traced["zipkin"]
    assert [step.tags["crossway.step"] for step in found.below(found.request)] == ["orders", "users"]
    assert {span.trace for span in found.spans} == {found.trace}
    assert len(traced["b3"].below(traced["b3"].request)) == 2


async def test_in_a_trace_that_a_client_has_begun_zipkin_has_them_beside_the_request(traced):
    found = traced["zipkin continued"]
    assert [(span.trace, span.parent) for span in found.spans] == [(B3_TRACE, PARENT)] * 3
