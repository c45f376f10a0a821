"""gRPC on routes with Python, asked of the running product: a client of it sees what it would see without."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import grpc
import grpc.aio
import pytest

from harness.background import Background
from harness.client import connected
from harness.gateway import Gateway
from harness.servers import POURED, GrpcEcho
from harness.steady import steady
from harness.twins import NATIVE, WAY
from harness.upstreams import Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

HELD = 48 * 2**20
"""How much of a stream may be on its way while nobody takes it: in buffers of the proxy and of the kernel."""
HOOKS = {
    "head": """
@plugin
async def run(head: Head) -> None:
    head.headers["x-head"] = "1"
""",
    "request": """
@plugin
async def run(request: Request) -> None:
    request.headers["x-request"] = "1"
""",
    "whole": """
@plugin
async def run(request: Request) -> None:
    if request.path.endswith(("Unary", "Count", "Fail", "Join")):
        await request.read()
""",
    "response": """
@plugin
async def run(request: Request, response: Response) -> None:
    response.headers["x-response"] = "1"
    response.trailers["x-seen"] = "1"
""",
    "around": """
@plugin
async def run(request: Request, call_next: Next) -> Response:
    response = await call_next(request)
    pieces = response.stream()

    async def counted():
        count = 0
        async for piece in pieces:
            count += len(piece)
            yield piece
        response.trailers["x-count"] = str(count)

    response.body = counted()
    return response
""",
}
BROKEN = """
@plugin
async def run(head: Head) -> None:
    raise ValueError
"""
REFUSAL = """
@plugin
async def run(head: Head) -> Response:
    return Response(int(head.headers["x-refuse"]), {"x-why": "because"}, "not caf\u00e9: 100 %")
"""
ANSWER = """
@plugin
async def run(request: Request) -> Response:
    answer = Response(200, {"content-type": "application/grpc"}, await request.read())
    answer.trailers["grpc-status"] = "0"
    answer.trailers["x-by"] = "plugin"
    return answer
"""
WAYS = [NATIVE, *HOOKS, "process", "all"]


def plugin(code: str, **more: str) -> dict[str, str]:
    source = f"from crossway import Head, Next, Request, Response, plugin\n{code}"
    return {"source": source, "attribute": "run", **more}


def configuration(backend: GrpcEcho) -> str:
    plugins = {name: plugin(code) for name, code in HOOKS.items()}
    plugins["process"] = plugin(HOOKS["around"], isolation="process")
    plugins |= {"broken": plugin(BROKEN), "refusal": plugin(REFUSAL), "answer": plugin(ANSWER)}
    policies: dict[str, dict[str, object]] = {name: {"plugins": [name]} for name in plugins}
    policies["all"] = {"plugins": [*HOOKS, "process"], "cache": {}}
    policies[NATIVE] = {}
    policies["web"] = {"plugins": ["around"], "grpc_web": {}}
    routes: dict[str, object] = {
        name: {"matches": [{"path": "/echo.Echo/*", "headers": {WAY: name}}], "to": "echo", "policies": given}
        for name, given in policies.items()
    }
    for name in (NATIVE, "around"):
        given = policies[name]
        routes[f"away-{name}"] = {
            "matches": [{"path": "/away/*", "headers": {WAY: name}}],
            "to": "away",
            "policies": given,
        }
    routes["refused"] = {"matches": [{"path": "/refused/*"}], "respond": {"status": 403, "body": "not you"}}
    config = {
        "gateways": {"edge": {"listeners": {"http": "$http"}}},
        "services": {
            "echo": {"endpoints": [f"127.0.0.1:{backend.port}"], "protocol": "http2"},
            "away": {"endpoints": [], "protocol": "http2"},
        },
        "plugins": plugins,
        "routes": routes,
    }
    return json.dumps(config).replace("$", "$$").replace('"$$http"', "$http")


@dataclass
class World:
    gateway: Gateway
    backend: GrpcEcho


@pytest.fixture(scope="module")
def world(background: Background, upstreams: Upstreams) -> Iterator[World]:
    backend = upstreams.grpc()
    with background.entered(Gateway(configuration(backend))) as gateway:
        yield World(gateway, backend)


@pytest.fixture
async def channel(world: World) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{world.gateway.port('http')}") as channel:
        yield channel


def through(way: str, **more: str) -> dict[str, object]:
    """Return the options of a call that takes this way."""
    return {"metadata": ((WAY, way), *((name.replace("_", "-"), value) for name, value in more.items())), "timeout": 15}


async def outcome(call: grpc.aio.UnaryUnaryCall) -> tuple[grpc.StatusCode, str]:
    """Return how *call* ended."""
    return await call.code(), await call.details()


@pytest.mark.parametrize("way", WAYS)
async def test_a_call_is_answered_with_its_trailers(channel, way):
    call = channel.unary_unary("/echo.Echo/Unary")(b"x" * 100_000, **through(way))
    assert await call == b"x" * 100_000
    assert await outcome(call) == (grpc.StatusCode.OK, "")
    trailers = dict(await call.trailing_metadata())
    assert trailers["x-service"] == "echo"
    assert ("x-seen" in trailers) == (way in ("response", "all"))
    assert ("x-count" in trailers) == (way in ("around", "process", "all"))


@pytest.mark.parametrize("way", WAYS)
async def test_a_call_fails_with_the_status_of_its_backend(channel, way):
    call = channel.unary_unary("/echo.Echo/Fail")("caf\u00e9 %".encode(), **through(way))
    assert await outcome(call) == (grpc.StatusCode.FAILED_PRECONDITION, "caf\u00e9 %")
    call = channel.unary_unary("/echo.Echo/Unknown")(b"", **through(way))
    assert (await outcome(call))[0] is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("way", WAYS)
async def test_streams_pass_in_each_direction(channel, way):
    counted = channel.unary_stream("/echo.Echo/Count")(b"100", **through(way))
    assert [message async for message in counted] == [str(number).encode() for number in range(100)]
    joined = channel.stream_unary("/echo.Echo/Join")(iter([b"a", b"b", b"x" * 100_000]), **through(way))
    assert await joined == b"ab" + b"x" * 100_000


@pytest.mark.parametrize("way", WAYS)
async def test_both_sides_talk_at_once(channel, way):
    call = channel.stream_stream("/echo.Echo/Chat")(**through(way))
    for message in (b"one", b"two", b"three"):
        await call.write(message)
        assert await call.read() == message.upper()
    await call.done_writing()
    assert await call.read() is grpc.aio.EOF
    assert await outcome(call) == (grpc.StatusCode.OK, "")


@pytest.mark.parametrize("way", WAYS)
async def test_a_stream_waits_for_a_slow_client_and_ends_with_it(world, channel, way):
    world.backend.poured, left = 0, world.backend.left
    call = channel.unary_stream("/echo.Echo/Pour")(b"", **through(way))
    assert len(await call.read()) == POURED
    assert await steady(lambda: world.backend.poured) * POURED < HELD
    call.cancel()
    await until(lambda: world.backend.left > left)


async def test_a_plugin_refuses_a_call_as_the_proxy_does(channel):
    native = channel.unary_unary("/refused/Call")(b"", timeout=15)
    assert await outcome(native) == (grpc.StatusCode.PERMISSION_DENIED, "not you")
    for status, code in (
        (400, grpc.StatusCode.INTERNAL),
        (401, grpc.StatusCode.UNAUTHENTICATED),
        (403, grpc.StatusCode.PERMISSION_DENIED),
        (404, grpc.StatusCode.UNIMPLEMENTED),
        (418, grpc.StatusCode.UNKNOWN),
        (429, grpc.StatusCode.UNAVAILABLE),
        (503, grpc.StatusCode.UNAVAILABLE),
    ):
        call = channel.unary_unary("/echo.Echo/Unary")(b"", **through("refusal", x_refuse=str(status)))
        assert await outcome(call) == (code, "not caf\u00e9: 100 %")
        assert dict(await call.initial_metadata() or await call.trailing_metadata())["x-why"] == "because"


async def test_a_plugin_that_fails_is_a_call_that_fails(world, channel):
    calls = world.backend.calls
    call = channel.unary_unary("/echo.Echo/Unary")(b"", **through("broken"))
    code, details = await outcome(call)
    assert code is grpc.StatusCode.UNKNOWN
    assert "plugin.failed" in details
    assert world.backend.calls == calls


async def test_a_plugin_may_answer_a_call(world, channel):
    calls = world.backend.calls
    call = channel.unary_unary("/echo.Echo/Unary")(b"hello", **through("answer"))
    assert await call == b"hello"
    assert dict(await call.trailing_metadata())["x-by"] == "plugin"
    assert world.backend.calls == calls


async def test_a_service_that_is_away_is_a_call_that_fails_the_same(channel):
    calls = [channel.unary_unary("/away/Call")(b"", **through(way)) for way in (NATIVE, "around")]
    native, python = [(await outcome(call))[0] for call in calls]
    assert python is native is grpc.StatusCode.UNAVAILABLE


async def test_grpc_web_passes(world):
    message = b"\x00\x00\x00\x00\x02hi"
    head = (
        "POST /echo.Echo/Unary HTTP/1.1\r\nhost: test\r\nx-way: web\r\ncontent-type: application/grpc-web+proto\r\n"
        f"connection: close\r\ncontent-length: {len(message)}\r\n\r\n"
    )
    async with connected(world.gateway.port("http"), beginning=head.encode() + message) as connection:
        answer = await asyncio.wait_for(connection.reader.read(), 15)
    assert answer.startswith(b"HTTP/1.1 200")
    assert message in answer
    assert b"grpc-status:0" in answer.replace(b": ", b":")
    assert b"x-service:echo" in answer.replace(b": ", b":")


async def test_nothing_of_it_is_an_error_of_ours(world):
    """The last of those that share a gateway: what they had it say."""
    said = world.gateway.log
    assert "never retrieved" not in said
    assert said.count("Traceback") == said.count("crossway: ValueError\n")
