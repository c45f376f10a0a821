"""How a request is seen: in traces, in logs and by its id, with real collectors, and without them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from harness import client
from harness.collectors import Collected, HttpCollector, OtlpGrpc, Span
from harness.gateway import Gateway
from harness.ports import free_port
from harness.upstreams import Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SECRET = "s3cret-of-mine"
PATH = f"/orders?page=2&api_key={SECRET}&Token={SECRET}"
CLIENT = {"authorization": f"Bearer {SECRET}", "cookie": f"session={SECRET}", "x-tenant": "acme"}

REPORTED = """
gateways:
  edge:
    listeners: {http: $http}
    policies:
      tracing: {otlp: %(collector)s, sample: %(sample)s, tags: {tenant: "{request.headers.x-tenant}", stage: test}}
      access_log:
        outputs: [stdout, {otlp: %(collector)s}]
        query: true
        fields: {auth: request.headers.authorization, cookies: request.headers.cookie, from: request.headers.referer}
services:
  echo: "http://127.0.0.1:$echo"
  collector: "%(scheme)s://127.0.0.1:$collector"
routes:
  orders: {matches: [{path: /orders}], to: echo, policies: {rewrite: {path: /v2/orders}}}
  all: {matches: [{path: /*}], to: echo, policies: {trace_sampling: 100%%}}
"""


@asynccontextmanager
async def over_grpc() -> AsyncIterator[OtlpGrpc]:
    with OtlpGrpc() as collector:
        yield collector


KINDS = {
    "grpc": (over_grpc, "h2c", "collector"),
    "http": (HttpCollector, "http", "{service: collector, protocol: http}"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_collector_gets_spans_and_logs_without_credentials(upstreams: Upstreams, kind: str) -> None:
    make, scheme, settings = KINDS[kind]
    values = {"collector": settings, "scheme": scheme, "sample": "100%"}
    async with make() as collector:
        gateway = Gateway(REPORTED % values, echo=upstreams.echo().port, collector=collector.port)
        async with gateway:
            context = {"traceparent": f"00-{TRACE}-{PARENT}-01", "referer": f"http://a/?code={SECRET}&x=1"}
            continued = await gateway.get(PATH, headers=CLIENT | context)
            begun = await gateway.get("/other")
            await until(lambda: len(collector.spans) >= 2 and len(collector.logs) >= 2)
            lines = gateway.access_log
        span, other = one(collector, TRACE), one(collector, begun.headers["x-trace-id"])
        assert (span.name, span.parent, span.kind, span.service) == ("GET orders", PARENT, "SERVER", "edge")
        assert continued.json["headers"]["traceparent"] == f"00-{TRACE}-{span.id}-01"
        assert continued.headers["x-trace-id"] == TRACE
        assert (span.tags["tenant"], span.tags["stage"], span.tags["http.status_code"]) == ("acme", "test", "200")
        assert span.tags["http.url"].endswith("/orders")
        assert (other.parent, "tenant" in other.tags) == ("", False)
        masked = {"auth": "[redacted]", "cookies": "[redacted]", "from": "http://a/?code=[redacted]&x=1"}
        masked["path"] = "/orders?page=2&api_key=[redacted]&Token=[redacted]"
        first = lines[0]
        assert masked.items() <= first.items()
        assert (first["trace_id"], first["port"], first["route"]) == (TRACE, gateway.port("http"), "orders")
        log = next(log for log in collector.logs if log.trace == TRACE)
        assert (log.service, log.fields["status"], log.fields["path"]) == ("edge", "200", masked["path"])
        assert SECRET not in json.dumps(lines) + repr(collector.spans) + repr(collector.logs)
        if isinstance(collector, HttpCollector):
            assert collector.hosts == {"collector"}


async def test_routes_decide_which_traces_begin_there(upstreams: Upstreams) -> None:
    with OtlpGrpc() as collector:
        values = {"collector": "collector", "scheme": "h2c", "sample": "0"}
        async with Gateway(REPORTED % values, echo=upstreams.echo().port, collector=collector.port) as gateway:
            for _ in range(5):
                await gateway.get("/orders")
            told = await gateway.get("/orders", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
            untold = await gateway.get("/all", headers={"traceparent": f"00-{PARENT}{PARENT}-{PARENT}-00"})
            await gateway.get("/all")
            await until(lambda: any(span.name == "GET all" for span in collector.spans))
        assert sorted(span.name for span in collector.spans) == ["GET all", "GET orders"]
        assert (told.status, one(collector, TRACE).parent) == (200, PARENT)
        assert untold.json["headers"]["traceparent"].endswith("-00"), "who began the trace has decided against it"


ZIPKIN = """
gateways:
  edge:
    listeners: {http: $http, closed: {port: $closed, policies: {tracing: {zipkin: zipkin, continue_traces: false}}}}
    policies: {tracing: {zipkin: zipkin, attempts: true}}
services: {echo: "http://127.0.0.1:$echo", zipkin: "http://127.0.0.1:$zipkin"}
routes:
  all: {matches: [{path: /*}], to: echo, policies: {retry: {attempts: 2, on: [5xx], back_off: {base: 1ms}}}}
"""


async def test_zipkin_gets_spans_and_the_context_is_b3(upstreams: Upstreams) -> None:
    async with HttpCollector() as zipkin:
        async with Gateway(ZIPKIN, echo=upstreams.echo().port, zipkin=zipkin.port) as gateway:
            b3 = {"x-b3-traceid": TRACE, "x-b3-spanid": PARENT, "x-b3-sampled": "1", "x-case-id": "retried"}
            answer = await gateway.get(f"/?fail=1&token={SECRET}", headers=b3)
            w3c = await gateway.get("/", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
            closed = await gateway.get("/", at="closed", headers=b3 | {"traceparent": f"00-{TRACE}-{PARENT}-01"})
            await until(lambda: len(zipkin.spans) >= 6)
        spans = [span for span in zipkin.spans if span.trace == TRACE]
        servers = [span for span in spans if span.kind == "SERVER"]
        assert [span.parent for span in servers] == [PARENT, PARENT]
        attempts = [span for span in spans if span.kind == "CLIENT" and span.parent in {span.id for span in servers}]
        assert sorted(span.tags["http.status_code"] for span in attempts) == ["200", "200", "503"]
        sent = answer.json["headers"]
        assert sent["x-b3-traceid"] == TRACE
        assert sent["x-b3-spanid"] in {span.id for span in attempts}
        assert w3c.json["headers"]["traceparent"].split("-")[1] == TRACE
        assert closed.json["headers"]["x-b3-traceid"] not in (TRACE, TRACE[16:])
        assert SECRET not in repr(zipkin.spans)


def one(collector: Collected, trace: str) -> Span:
    (span,) = [span for span in collector.spans if span.trace == trace]
    return span


AWAY = """
gateways:
  edge:
    listeners: {http: $http}
    policies:
      tracing: {%(kind)s: %(settings)s}
      access_log: {outputs: [stdout, {otlp: collector}]}
services:
  echo: "http://127.0.0.1:$echo"
  collector: "h2c://127.0.0.1:$collector"
  web: "http://127.0.0.1:$collector"
routes: {all: {matches: [{path: /*}], to: echo}}
"""
TRACERS = {
    "otlp": {"kind": "otlp", "settings": "collector"},
    "otlp-http": {"kind": "otlp", "settings": "{service: web, protocol: http}"},
    "zipkin": {"kind": "zipkin", "settings": "web"},
}


@pytest.fixture
async def silent() -> AsyncIterator[int]:
    """The port of a collector that takes connections, and never answers."""
    done = asyncio.Event()

    async def never(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    done.set()
    server.close()


@pytest.mark.parametrize("tracer", TRACERS)
@pytest.mark.parametrize("is_there", [False, True], ids=["away", "silent"])
async def test_a_collector_that_does_not_answer_costs_no_request(
    upstreams: Upstreams, silent: int, tracer: str, is_there: bool
) -> None:
    port = silent if is_there else free_port()
    async with Gateway(AWAY % TRACERS[tracer], echo=upstreams.echo().port, collector=port) as gateway:
        assert (await gateway.state())["findings"] == []
        slowest = 0.0
        async with client.connected(gateway.port("http")) as connection:
            for _ in range(200):
                began = time.monotonic()
                assert (await connection.request("/")).status == 200
                slowest = max(slowest, time.monotonic() - began)
        assert slowest < 5, "nothing waits for a collector, whose patience is 10 s"
        await until(lambda: len(gateway.access_log) == 200)


async def test_without_its_collector_a_policy_does_not_hold_and_requests_go_on(upstreams: Upstreams) -> None:
    config = AWAY.replace('  collector: "h2c://127.0.0.1:$collector"\n', "") % TRACERS["otlp"]
    async with Gateway(config, echo=upstreams.echo().port) as gateway:
        found = {(finding["code"], finding["path"]) for finding in (await gateway.state())["findings"]}
        policies = "gateways.edge.policies"
        assert found == {
            ("reference.dangling", f"{policies}.tracing.otlp.service"),
            ("reference.dangling", f"{policies}.access_log.outputs[1].otlp.service"),
        }
        answer = await gateway.get("/")
        assert (answer.status, answer.headers.get("x-trace-id")) == (200, None)
        await until(lambda: [line["status"] for line in gateway.access_log] == [200])


CORRELATED = """
gateways:
  edge:
    listeners: {http: $http, own: {port: $own, policies: {correlation_id: {keep: false, generator: time_uuid}}}}
    policies: {correlation_id: {}, tracing: {otlp: collector}}
services: {echo: "http://127.0.0.1:$echo", collector: "h2c://127.0.0.1:$collector"}
routes: {all: {matches: [{path: /echo}], to: echo}}
"""


async def test_a_request_has_one_id_wherever_it_is_seen(upstreams: Upstreams) -> None:
    with OtlpGrpc() as collector:
        gateway = Gateway(CORRELATED, echo=upstreams.echo().port, collector=collector.port)
        async with gateway:
            forged = {"x-request-id": "forged", "x-correlation-id": "order 17"}
            kept = await gateway.get("/echo", headers=forged)
            problem = await gateway.get("/nothing", headers={"x-correlation-id": "nothing-1"})
            empty = await gateway.get("/echo", headers={"x-correlation-id": "", "x-request-id": "forged"})
            own = await gateway.get("/echo", at="own", headers=forged)
            await until(lambda: len(gateway.access_log) == 4)
            lines = gateway.access_log
            await until(lambda: len(collector.spans) == 4)
        for answer in (kept, empty, own):
            told = answer.json["headers"]
            assert told["x-correlation-id"] == told["x-request-id"] == answer.headers["x-request-id"]
        answers = (kept, problem, empty, own)
        ids = [answer.headers["x-correlation-id"] for answer in answers]
        assert ids[:2] == ["order 17", "nothing-1"]
        assert "forged" not in ids
        assert problem.json["request_id"] == "nothing-1"
        assert problem.headers["x-trace-id"] == lines[1]["trace_id"]
        assert [line["request_id"] for line in lines] == ids
        assert len(ids[2]) == 36
        assert ids[3].startswith("20")
        assert "Z-" in ids[3]
        assert {span.tags["guid:x-request-id"] for span in collector.spans} == set(ids)


SELECTED = """
gateways:
  edge:
    listeners:
      http: $http
      tcp: {port: $tcp, protocol: tcp}
      rare: {port: $rare, policies: {access_log: {when: {status_from: 500, slower_than: 300ms, sample: 0}}}}
    policies: {access_log: {skip_routes: [health]}}
services: {echo: "http://127.0.0.1:$echo", tcp: {endpoints: ["127.0.0.1:$tcp_echo"]}, grpc: "h2c://127.0.0.1:$grpc"}
routes:
  health: {matches: [{path: /healthz}, {path: /livez}], respond: {body: ok}}
  grpc: {matches: [{path: /echo.Echo/*}], to: grpc}
  all: {matches: [{path: /all/*}], to: echo}
  tcp: {listeners: [tcp], to: tcp}
"""


async def test_a_log_says_only_what_was_asked_for(upstreams: Upstreams) -> None:
    ports = {"echo": upstreams.echo().port, "tcp_echo": upstreams.tcp().port, "grpc": upstreams.grpc().port}
    async with Gateway(SELECTED, **ports) as gateway:
        for path in ("/healthz", "/livez", "/all/1", "/nothing"):
            await gateway.get(path)
        await said_over_tcp(gateway.port("tcp"))
        for path in ("/all/fine", "/all/broken?status=503", "/all/slow?delay=400ms", "/nothing"):
            await gateway.get(path, at="rare")
        for method in ("Unary", "Fail"):
            await asyncio.to_thread(call, gateway.port("rare"), method)
        await until(lambda: any(line["path"] == "/echo.Echo/Fail" for line in gateway.access_log))
        lines = gateway.access_log
    paths = {line["path"] for line in lines if line["port"] == gateway.port("http")}
    assert paths == {"/all/1", "/nothing"}
    assert [line["service"] for line in lines if line["port"] == gateway.port("tcp")] == ["tcp"]
    paths = {line["path"] for line in lines if line["port"] == gateway.port("rare")}
    assert paths == {"/all/broken", "/all/slow", "/echo.Echo/Fail"}


async def said_over_tcp(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello")
    await reader.read(100)
    writer.close()
    await writer.wait_closed()


def call(port: int, method: str) -> None:
    import grpc

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        ask: Callable[..., bytes] = channel.unary_unary(f"/echo.Echo/{method}")
        try:
            ask(b"x", timeout=10)
        except grpc.RpcError:
            assert method == "Fail"
