"""Routes with Python, asked of the running product: what is native stays as it is behind them."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.background import Background
from harness.client import connected
from harness.gateway import Gateway
from harness.load import Load
from harness.scripted import Exchange, Script, Scripted, beginning, pouring, saying, waiting
from harness.steady import steady
from harness.twins import NATIVE, PYTHON, WAY, asked, twins
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

MIB = 2**20
LONG = 60 * MIB
HELD = 24 * MIB
"""How much of a long body may be on its way while nobody takes it: in buffers of the proxy and of the kernel."""
GROWN = 60
"""How many MiB the proxy may grow by, in all of what is asked of it here."""
DIRECT = """
from pydantic import BaseModel
from crossway import Head, Response, plugin

class Settings(BaseModel):
    word: str = "none"

@plugin
async def direct(head: Head, settings: Settings) -> Response:
    return Response(200, body=settings.word)
"""


class Unshared(Gateway):
    """Crossway on a machine whose Python has no shared library, so that no proxy can run it."""

    @property
    def command(self) -> list[str]:
        unshared = "import sysconfig; sysconfig.get_config_vars()['Py_ENABLE_SHARED'] = 0"
        return [sys.executable, "-c", f"{unshared}; from crossway.cli import main; main()", *super().command[1:]]


@dataclass
class World:
    gateway: Gateway
    echo: Echo
    other: Echo
    peer: Scripted
    background: Background
    size: int = 0
    """How much memory the proxy takes before it has much to do, in MiB."""

    def script(self, path: str, script: Script) -> str:
        """Let the scripted backend do *script* at *path*."""
        self.peer.scripts[path] = script
        return path

    def tell(self, exchange: Exchange, piece: bytes) -> None:
        """Send *piece* of the answer."""
        self.background.run(exchange.say(piece))

    @property
    def envoy(self) -> int:
        (pid,) = self.gateway.children()
        return pid


def resident(pid: int) -> int:
    """Return how much memory a process takes, in MiB."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def configuration(echo: Echo, other: Echo, peer: Scripted) -> str:
    def at(path: str, **more: object) -> dict[str, object]:
        return {"matches": [{"path": path}], "to": "echo", **more}

    def with_(path: str, **policies: object) -> dict[str, object]:
        return at(path, policies=policies)

    return twins(
        {
            "echo": at("/echo/*"),
            "retried": with_("/retried", retry={"attempts": 2, "on": ["5xx"]}),
            "timed": with_("/timed", timeout={"request": "200ms"}),
            "split": at("/split", to=[{"service": "echo", "weight": 1}, {"service": "other", "weight": 1}]),
            "rewritten": with_("/old/*", rewrite={"path_prefix": "/new"}),
            "edited": with_(
                "/edited",
                headers={"request": {"add": {"x-added": "1"}}, "response": {"add": {"x-added": "2"}}},
            ),
            "mirrored": with_("/mirrored", mirror="other"),
            "broken": with_("/broken", error_pages={"5xx": "Sorry: {status}"}),
            "narrow": at("/narrow", to="narrow"),
            "nobody": at("/nobody", to="nobody"),
            "logged-in": with_("/key", api_key={}),
            "peer": at("/peer/*", to="peer"),
        },
        {
            "echo": {"endpoints": [echo.address]},
            "other": {"endpoints": [other.address]},
            "narrow": {"endpoints": [echo.address], "policies": {"circuit_breaker": {"max_requests": 1}}},
            "nobody": {"endpoints": []},
            "peer": {"endpoints": [f"127.0.0.1:{peer.port}"]},
        },
        consumers={"alice": {"credentials": {"api_key": ["k-alice"]}}},
        plugins={"direct": {"source": DIRECT}},
        alone={"direct": {"matches": [{"path": "/direct"}], "policies": {"plugins": ["direct"]}, "to": "echo"}},
    )


@pytest.fixture(scope="module")
def world(background: Background, upstreams: Upstreams) -> Iterator[World]:
    echo, other = upstreams.echo("echo"), upstreams.echo("other")
    with (
        background.entered(Scripted()) as peer,
        background.entered(Gateway(configuration(echo, other, peer))) as gateway,
    ):
        world = World(gateway, echo, other, peer, background)
        world.size = resident(world.envoy)
        yield world


@asynccontextmanager
async def asking(world: World, way: str, path: str, **more: str) -> AsyncIterator[asyncio.StreamReader]:
    """Send the head of a request, and hang up at the end."""
    async with sending(world, way, path, **more) as (reader, _):
        yield reader


@asynccontextmanager
async def sending(
    world: World, way: str, path: str, method: str = "GET", fields: str = ""
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    head = f"{method} {path} HTTP/1.1\r\nhost: test\r\n{WAY}: {way}\r\n{fields}\r\n"
    async with connected(world.gateway.port("http"), beginning=head.encode("latin-1")) as connection:
        yield connection.reader, connection.writer


async def head_of(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(15):
        return await reader.readuntil(b"\r\n\r\n")


BODIED = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize(
    ("method", "body"), [("HEAD", ""), *((method, body) for method in BODIED for body in ("", "a"))]
)
async def test_a_backend_gets_the_same_from_both(world, method, body):
    native, python = (await asked(world.gateway, "/echo/x?a=b", method=method, body=body)).said
    assert python == native


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "x-real-ip": "203.0.113.7"},
        {"x-request-id": "mine", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {"connection": "x-hop, keep-alive", "x-hop": "1", "keep-alive": "timeout=5", "te": "trailers"},
        {"cookie": "a=1; b=2", "authorization": "Bearer x", "x-empty": "", "expect": "100-continue"},
        {"via": "1.1 other", "forwarded": "for=203.0.113.7", "range": "bytes=0-1", "accept-encoding": "gzip"},
        {"x-crossway-entry": "0", "x-crossway-route": "x", "x-crossway-peer": "203.0.113.7"},
        {"x-crossway-forwarded-for": "203.0.113.7", "x-crossway-forwarded-proto": "ftp"},
    ],
)
async def test_headers_of_a_client_arrive_the_same(world, headers):
    native, python = (await asked(world.gateway, "/echo/x", headers=headers)).said
    assert python == native


async def test_nobody_gets_headers_that_are_between_us(world):
    forged = dict.fromkeys(("x-crossway-entry", "x-crossway-route", "x-crossway-peer"), "forged")
    twins = await asked(world.gateway, "/echo/x", headers=forged)
    for answer in (twins.native, twins.python):
        assert [name for name in answer.json["headers"] if name.startswith("x-crossway")] == []


@pytest.mark.parametrize("host", ["Test.Example", "test:80", "test:8080", "1.2.3", "127.0.0.1", "[::1]:80", "a_b"])
async def test_the_host_arrives_as_it_was_sent(world, host):
    twins = await asked(world.gateway, "/echo/x", host=host)
    assert twins.python.json["headers"]["host"] == host
    native, python = twins.said
    assert python == native


@pytest.mark.parametrize(
    "path",
    [
        *("/a/%2e%2e/c", "/a/../c", "/a/./c", "/a//b", "/a\\b", "/a%2Fb", "/a%5Cb", "/..", "/a%00"),
        *("/a;b=c", "/%C3%A9", "/a%20b", "/a{}|^`", "/a<b>", "/a%", "/a%zz", "/a:b@c", "/~!$&'()*+,=-._", "/#f"),
        *("?x='y'", '?x="y"', "?x=<y>", "?x=\\y", "?x=%27&y=%E9", "?{}[]`^|", "?a=b?c", "?x=/../y", "?%", "?q#f"),
    ],
)
async def test_a_path_arrives_in_the_same_form(world, path):
    native, python = (await asked(world.gateway, f"/echo{path}")).said
    assert python == native


@pytest.mark.parametrize("path", ["/%E9", "/%C3", "/a/%ED%A0%80", "/%FF?x", "/%25%E9", "/%C3%28"])
async def test_a_path_that_is_no_utf_8_is_refused_at_once(world, path):
    """Nothing else would ever answer it: the module that calls Python drops the request."""
    twins = await asked(world.gateway, f"/echo{path}")
    assert twins.native.status == 200
    assert twins.python.status == 400
    assert twins.python.json["title"] == "Bad Request"
    assert twins.python.json["request_id"] == twins.python.headers["x-request-id"]


async def test_a_backend_that_stays_in_this_protocol_answers_the_same(world):
    headers = {"connection": "upgrade", "upgrade": "websocket"}
    native, python = (twins := await asked(world.gateway, "/echo/x", headers=headers)).said
    assert python == native
    assert twins.python.json["detail"] == "websocket_handshake_unsuccessful"


async def test_retries_are_made_behind_python(world):
    for way in (NATIVE, PYTHON):
        case = {"x-case-id": f"retried-{way}", WAY: way}
        assert (await world.gateway.get("/retried?fail=2", headers=case)).status == 200
        assert len(world.echo.of_case(f"retried-{way}")) == 3


async def test_a_route_that_takes_too_long_ends_behind_python(world):
    native, python = (twins := await asked(world.gateway, "/timed?delay=5s")).said
    assert python == native
    assert twins.python.status == 504
    assert twins.python.json["request_id"] == twins.python.headers["x-request-id"]


async def test_weights_hold_behind_python(world):
    answers = [await world.gateway.get("/split", headers={WAY: PYTHON}) for _ in range(30)]
    assert {answer.json["service"] for answer in answers} == {"echo", "other"}


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/old/a?b", {}), ("/edited", {}), ("/edited", {"x-added": "0"}), ("/broken?status=500", {}), ("/nobody", {})],
)
async def test_what_a_route_does_with_a_message_it_does_once_behind_python(world, path, headers):
    native, python = (twins := await asked(world.gateway, path, headers=headers)).said
    assert python == native
    if path == "/edited":
        assert twins.python.headers["x-added"] == "2"


async def test_a_login_is_asked_for_before_python(world):
    for headers in ({}, {"x-api-key": "wrong"}, {"x-api-key": "k-alice"}):
        native, python = (await asked(world.gateway, "/key", headers=headers)).said
        assert python == native


@pytest.mark.parametrize("way", [NATIVE, PYTHON])
async def test_copies_are_made_behind_python(world, way):
    case = f"mirrored-{way}"
    answer = await world.gateway.get("/mirrored", method="POST", headers={"x-case-id": case, WAY: way}, body="x")
    assert answer.json["service"] == "echo"
    (copy,) = await until(lambda: world.other.of_case(case))
    assert copy.body == "x"


async def test_a_circuit_breaks_behind_python(world):
    async with asking(world, PYTHON, "/narrow?delay=2s", fields="x-case-id: narrow\r\n"):
        await until(lambda: world.echo.of_case("narrow"))
        native, python = (twins := await asked(world.gateway, "/narrow")).said
    assert python == native
    assert twins.python.status == 503


ANSWERS = {
    "nothing": b"204 No Content\r\nx-a: 1\r\n\r\n",
    "unchanged": b'304 Not Modified\r\netag: "a"\r\ncontent-length: 100\r\n\r\n',
    "cookies": b"200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 2\r\n\r\nok",
    "between": b"200 OK\r\nserver: me\r\nkeep-alive: 5\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok",
    "trailers": b"200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n2\r\nok\r\n0\r\nx-t: 1\r\n\r\n",
    "encoded": b"200 OK\r\ncontent-encoding: gzip\r\nvary: accept-encoding\r\ncontent-length: 2\r\n\r\nok",
    "empty": b"404 Not Found\r\ncontent-type: text/plain\r\ncontent-length: 0\r\n\r\n",
    "redirect": b"302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
    "hints": b"103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "nonsense": b"200 OK\r\nno header\r\n\r\n",
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_client_gets_the_same_from_both(world, name):
    path = world.script(f"/peer/{name}", saying(b"HTTP/1.1 " + ANSWERS[name]))
    native, python = (await asked(world.gateway, path)).said
    assert python == native


@pytest.mark.parametrize("length", [0, 2, 2**22])
async def test_the_length_of_what_is_not_sent_arrives(world, length):
    raw = f"HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n".encode()
    path = world.script(f"/peer/head-{length}", saying(raw))
    twins = await asked(world.gateway, path, method="HEAD")
    assert twins.python.headers["content-length"] == twins.native.headers["content-length"] == str(length)


async def test_an_answer_without_a_length_arrives_whole(world):
    path = world.script("/peer/until-the-end", saying(b"HTTP/1.1 200 OK\r\n\r\nall of it", hang_up=True))
    twins = await asked(world.gateway, path)
    assert (twins.native.body, twins.python.body) == (b"all of it", b"all of it")


async def test_bytes_beyond_ascii_in_the_headers_of_an_answer_arrive_from_the_second_one_on(world):
    """Envoy's client for modules empties such a value: what shows that is asked over the socket from then on."""
    raw = b"HTTP/1.1 200 OK\r\nx-l: caf\xe9\r\nx-u: caf\xc3\xa9\r\ncontent-length: 0\r\n\r\n"
    path = world.script("/peer/accents", saying(raw))
    await asked(world.gateway, path)
    native, python = (twins := await asked(world.gateway, path)).said
    assert python == native
    assert twins.python.headers["x-l"] == "caf\xe9"


async def test_utf_8_in_the_headers_of_a_request_keeps_its_bytes(world):
    path = world.script("/peer/names", saying(b"HTTP/1.1 204 No Content\r\n\r\n"))
    for count, way in enumerate((NATIVE, PYTHON), 1):
        async with asking(world, way, path, fields="x-name: caf\u00c3\u00a9\r\n") as reader:
            await head_of(reader)
        assert (await world.peer.reached(path, count)).values(b"x-name") == ["caf\u00e9".encode()]


@pytest.mark.parametrize("way", [NATIVE, PYTHON])
async def test_the_head_of_a_stream_arrives_before_its_first_event(world, way):
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    path = world.script(f"/peer/events-{way}", beginning(head))
    async with asking(world, way, path) as reader:
        assert b"text/event-stream" in await head_of(reader)
        exchange = await world.peer.reached(path)
        for event in (b"data: one\n\n", b"data: two\n\n"):
            world.tell(exchange, event)
            assert event in await asyncio.wait_for(reader.readuntil(event), 15)


@pytest.mark.parametrize("way", [NATIVE, PYTHON])
@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na"])
@pytest.mark.parametrize("upload", ["", "content-length: 3000000\r\n\r\na", "transfer-encoding: chunked\r\n\r\n1\r\na"])
async def test_a_client_that_leaves_ends_the_work_for_it(world, way, begun, upload):
    path = world.script(f"/peer/leaving-{way}-{len(begun)}-{len(upload)}", beginning(begun))
    async with asking(world, way, path, method="POST" if upload else "GET", fields=upload) as reader:
        exchange = await world.peer.reached(path)
        if begun:
            await head_of(reader)
    await until(lambda: exchange.is_left, 5)


@pytest.mark.parametrize(
    "begun", [b"content-length: 100\r\n\r\nbegun", b"transfer-encoding: chunked\r\n\r\n5\r\nbegun\r\n"]
)
async def test_an_answer_that_is_cut_off_does_not_look_whole(world, begun):
    path = world.script(f"/peer/cut-{len(begun)}", saying(b"HTTP/1.1 200 OK\r\n" + begun, hang_up=True))
    for way in (NATIVE, PYTHON):
        async with asking(world, way, path) as reader:
            await head_of(reader)
            rest = await asyncio.wait_for(reader.read(), 15)
        assert b"begun" in rest
        assert not rest.endswith(b"0\r\n\r\n")


async def test_a_client_that_leaves_within_a_short_body_asks_nothing_of_the_backend(world):
    fields = "x-case-id: short\r\ncontent-length: 5\r\n\r\na"
    async with asking(world, PYTHON, "/echo/x", method="POST", fields=fields):
        pass
    assert (await world.gateway.get("/echo/x", headers={WAY: PYTHON})).status == 200
    assert world.echo.of_case("short") == []


async def test_a_backend_may_answer_before_the_end_of_an_upload(world):
    path = world.script("/peer/early", saying(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno"))
    for way in (NATIVE, PYTHON):
        async with sending(world, way, path, "POST", f"content-length: {LONG}\r\n") as (reader, writer):
            writer.write(bytes(1000))
            assert (await head_of(reader)).startswith(b"HTTP/1.1 413")


async def test_a_long_answer_waits_for_a_slow_client(world):
    path = world.script("/peer/down", pouring(LONG))
    async with asking(world, PYTHON, path) as reader:
        await head_of(reader)
        exchange = await world.peer.reached(path)
        held = await steady(lambda: exchange.sent)
        assert held < HELD
        received = 0
        while received < LONG:
            received += len(await asyncio.wait_for(reader.read(MIB), 15))
    assert received == LONG
    assert resident(world.envoy) < world.size + GROWN


async def test_a_long_upload_waits_for_a_slow_backend(world):
    path = world.script("/peer/up", waiting)
    async with sending(world, PYTHON, path, "POST", f"content-length: {LONG}\r\n") as (reader, writer):
        sent = 0

        async def feed() -> None:
            nonlocal sent
            while sent < LONG:
                writer.write(bytes(65_536))
                await writer.drain()
                sent += 65_536

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(feed())
            exchange = await world.peer.reached(path)
            assert await steady(lambda: sent) < 2 * HELD
            exchange.may_go_on = True
        assert (await head_of(reader)).startswith(b"HTTP/1.1 200")
    assert exchange.received == LONG
    assert resident(world.envoy) < world.size + GROWN


async def test_what_clients_and_backends_do_is_no_error_of_ours(world):
    """The last of those that share a gateway: what they had it say."""
    said = world.gateway.log
    assert "InvalidStateError" not in said
    assert "cancel_soon" not in said
    assert "never retrieved" not in said
    assert said.count("Traceback") == said.count("ConnectionError: the answer ends too early")


SWAPPED = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: {endpoints: ["127.0.0.1:$echo"]}}
plugins:
  mark:
    source: |
      from crossway import Request, Response, plugin

      @plugin
      async def mark(request: Request, call_next) -> Response:
          response = await call_next(request)
          response.headers["x-mark"] = "one"
          return response
routes:
  python: {matches: [{path: /python}], to: echo, policies: {plugins: [mark]}}
  native: {matches: [{path: /native}], to: echo}
"""


@pytest.fixture
async def swapping(upstreams: Upstreams) -> AsyncIterator[Gateway]:
    async with Gateway(SWAPPED, echo=upstreams.echo().port) as running:
        yield running


async def test_new_code_goes_live_without_a_failed_request(swapping):
    load = Load(swapping.port("http"), "/python")
    async with load.running(4):
        for mark in ("two", "three", "four"):
            await swapping.edit(SWAPPED.replace('"one"', f'"{mark}"'))
            for host in ("test", "UPPER"):  # both ways into the proxy, each on the loop of the new program
                answer = await swapping.get("/python", host=host)
                assert (answer.status, answer.headers["x-mark"]) == (200, mark)
    assert load.failed == []


async def test_programs_that_come_faster_than_their_routes_fail_no_request(swapping):
    load = Load(swapping.port("http"), "/python")
    async with load.running(4):
        for number in range(40):
            revision = (await swapping.state())["revision"]
            swapping.write(SWAPPED.replace("plugins: [mark]", f"plugins: [mark], cache: {number}s"))

            async def is_adopted(before: int = revision) -> bool:
                return (await swapping.state())["revision"] > before

            await until(is_adopted)
        await until(swapping.is_settled)
    assert load.failed == []


async def test_the_last_route_with_python_goes_and_comes_back_without_a_failed_request(swapping):
    load = Load(swapping.port("http"), "/python")
    async with load.running(4):
        for _ in range(5):
            await swapping.edit(SWAPPED.replace(", policies: {plugins: [mark]}", ""))
            assert "x-mark" not in (await swapping.get("/python")).headers
            await swapping.edit(SWAPPED)
            assert (await swapping.get("/python")).headers["x-mark"] == "one"
    assert load.failed == []


async def test_many_programs_in_a_row_leave_nothing_behind(swapping):
    (envoy,) = swapping.children()
    sizes: list[tuple[int, int]] = []
    for lifetime in range(1, 31):
        await swapping.edit(SWAPPED.replace("plugins: [mark]", f"plugins: [mark], cache: {lifetime}s"))
        assert (await swapping.get("/python", host="UPPER")).status == 200
        sizes.append((resident(envoy), threads(envoy)))
    (size, count), (last_size, last_count) = sizes[4], sizes[-1]
    assert last_size < size + 10
    assert last_count <= count + 4


async def test_code_that_does_not_load_leaves_the_old_one_live(swapping):
    await swapping.edit(SWAPPED.replace("return response", "return ("))
    assert [finding["code"] for finding in (await swapping.state())["findings"]] == ["plugin.broken"]
    assert (await swapping.get("/python")).headers["x-mark"] == "one"


def threads(pid: int) -> int:
    """Return how many threads a process has."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


async def test_a_proxy_that_cannot_run_python_closes_routes_with_python_and_serves_all_others(upstreams):
    async with Unshared(SWAPPED, echo=upstreams.echo().port) as gateway:
        assert (await gateway.get("/native")).status == 200
        answer = await gateway.get("/python")
        assert (answer.status, answer.json["code"]) == (503, "python.unavailable")
        await gateway.edit(SWAPPED.replace("/native", "/renamed"))
        assert (await gateway.get("/renamed")).status == 200
        assert (await gateway.get("/python")).status == 503
