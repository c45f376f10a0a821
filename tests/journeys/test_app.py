"""An app in Python, as `crossway run app.py` runs it: the snippet of the documentation, and edits while it runs."""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest

from harness.background import Background
from harness.client import connected
from harness.gateway import Gateway
from harness.steady import steady
from harness.upstreams import Echo
from harness.waiting import until

PAGE = Path(__file__).parents[2] / "docs/howto/python.md"
pytestmark = pytest.mark.journey


class App(Gateway):
    """A gateway that runs an app, in which ``$name`` stands for a value as in YAML."""

    def write(self, config: str) -> None:
        self.file = self.directory / "app.py"
        super().write(config)


def snippet() -> str:
    """Return the first app on the page, on a port of ours and in front of services of ours."""
    (text, *_) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    text = text.replace("127.0.0.1:9001", "127.0.0.1:$users").replace("127.0.0.1:9002", "127.0.0.1:$orders")
    return text.replace("cw = Crossway()", "cw = Crossway()\ncw.gateway(port=$http)")


async def start(stack: AsyncExitStack, app: str) -> tuple[Echo, Echo, App]:
    """Return the services of the snippet, and *app* in front of them."""
    users, orders = [await stack.enter_async_context(Echo(name)) for name in ("users", "orders")]
    return users, orders, await stack.enter_async_context(App(app, users=users.port, orders=orders.port))


async def test_the_app_of_the_documentation_works_as_it_stands_there():
    async with AsyncExitStack() as stack:
        users, orders, gateway = await start(stack, snippet())
        profile = await gateway.get("/profile/ada%20l")
        assert profile.status == 200, profile.text
        assert profile.json["user"]["path"] == "/users/ada%20l"
        assert profile.json["orders"]["path"] == "/orders?user=ada+l"
        ids = {request.headers["x-request-id"] for request in (*users.received, *orders.received)}
        assert ids == {profile.headers["x-request-id"]}
        assert (await gateway.get("/orders/7")).headers["x-ratelimit-limit"].startswith("100")
        assert (await gateway.get("/nothing")).status == 404


async def test_an_edit_goes_live_and_a_mistake_changes_nothing():
    app = snippet()
    async with AsyncExitStack() as stack:
        _, _, gateway = await start(stack, app)
        answers: list[int] = []
        over = asyncio.Event()

        async def ask() -> None:
            while not over.is_set():
                answers.append((await gateway.get("/profile/7")).status)

        asking = asyncio.ensure_future(ask())

        async def says(word: str) -> bool:
            return word in (await gateway.get("/profile/7")).text

        async def codes() -> list[str]:
            return [finding["code"] for finding in (await gateway.state())["findings"]]

        gateway.write(app.replace('{"user":', '{"edited": 1, "user":'))
        await until(lambda: says("edited"))

        gateway.write(app.replace("import Crossway,", "import Crosswax,"))
        await until(lambda: refused(gateway))
        assert await codes() == ["app.broken"]
        assert await says("edited")

        gateway.write(app.replace('{"user":', '{"mended": 1, "user":') + "\ncw.route('/late', to=users)\n")
        await until(lambda: says("mended"))

        async def is_routed() -> bool:
            return (await gateway.get("/late")).json.get("service") == "users"

        await until(is_routed)
        over.set()
        await asking
        assert set(answers) == {200}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the proxy as somebody else")
async def test_a_directory_that_the_proxy_cannot_read_is_said_and_closes_what_needs_it(tmp_path):
    (tmp_path / "words.py").write_text("WORD = 'hello'\n")
    (tmp_path / "greet.py").write_text(
        "from words import WORD\nfrom crossway import Head, Response, plugin\n\n"
        "@plugin\nasync def greet(head: Head) -> Response:\n    return Response(200, body=WORD)\n"
    )
    config = f"""
gateways: {{edge: {{listeners: {{http: $http}}}}}}
services: {{echo: {{endpoints: []}}}}
plugins: {{greet: {{file: {tmp_path}/greet.py}}}}
routes:
  greet: {{matches: [{{path: /greet}}], to: echo, policies: {{plugins: [greet]}}}}
"""
    tmp_path.chmod(0o700)
    async with Gateway(config) as gateway:
        assert (await gateway.get("/greet")).json["code"] == "plugin.broken"
        found = {finding["resource"]: finding for finding in (await gateway.state())["findings"]}
        assert str(tmp_path) in found["plugins.greet"]["message"]
        assert found["plugins.greet"]["hint"].startswith("chmod o+rx /")
        assert found["plugins.greet"]["line"] == 4


async def refused(gateway: Gateway) -> bool:
    return bool((await gateway.state())["refused"])


async def test_a_service_that_is_away_and_a_parameter_that_is_wrong():
    app = snippet().replace("user_id: str", "user_id: int")
    async with Echo("users") as users, App(app, users=users.port) as gateway:
        wrong = await gateway.get("/profile/seven")
        assert (wrong.status, wrong.json["code"]) == (400, "compose.parameter")
        assert wrong.json["request_id"] == wrong.headers["x-request-id"]
        away = await gateway.get("/profile/7")
        assert away.status == 200, away.text
        assert away.json["orders"]["status"] == 503  # an answer of the proxy is an answer


MOUNTED = """
import asyncio
import sys
from crossway import Crossway, Head

cw = Crossway()
cw.gateway(port=$http)

async def site(scope, receive, send):
    async def say(status, body=b"", more=False, *fields):
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body, "more_body": more})

    def note(word):
        print(f"it says {word}", file=sys.stderr, flush=True)

    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            scope["state"]["pool"] = "warm"
            note(step)
            await send({"type": f"lifespan.{step}.complete"})
        return
    match scope["path"].removeprefix(scope["root_path"]):
        case "/seen":
            names = [name.decode() for name, _ in scope["headers"]]
            words = [scope["client"][0], scope["scheme"], scope["state"]["pool"], *sorted(names)]
            body = "\\n".join(words).encode()
            await say(200, body, False, (b"content-length", str(len(body)).encode()))
        case "/upload":
            size, more = 0, True
            while more:
                event = await receive()
                size, more = size + len(event["body"]), event["more_body"]
            await say(200, str(size).encode())
        case "/stream":
            await say(200, b"first", True)
            while (await receive())["type"] != "http.disconnect":
                pass
            note("left")
        case "/slow":
            await asyncio.sleep(60)
        case "/raises":
            raise KeyError("x")
        case "/breaks":
            await say(200, b"first", True)
            raise KeyError("x")

@cw.plugin
async def nothing(head: Head):
    return None

cw.mount("/direct", site, deadline="500ms")
cw.mount("/chained", site, deadline="500ms", plugins=[nothing])
"""


@pytest.fixture(scope="module")
def mounted(background: Background) -> Iterator[App]:
    with background.entered(App(MOUNTED)) as gateway:
        yield gateway


def said(gateway: App) -> list[str]:
    """Return what the app has noted."""
    return re.findall("it says (.*)", gateway.log)


ways = pytest.mark.parametrize("way", ["/direct", "/chained"])


async def test_a_mounted_app_sees_the_same_with_plugins_before_it_and_without(mounted):
    answers = [await mounted.get(f"{way}/seen") for way in ("/direct", "/chained")]
    assert {answer.status for answer in answers} == {200}
    assert answers[0].text == answers[1].text
    client, scheme, pool, *names = answers[0].text.split()
    assert ip_address(client)
    assert (scheme, pool) == ("http", "warm")
    assert "x-request-id" in names
    assert [name for name in names if name.startswith("x-crossway")] == []


@ways
async def test_a_mounted_app_answers_head_and_takes_uploads(mounted, way):
    head = await mounted.get(f"{way}/seen", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    for size in (0, 1, 3_000_000):
        assert (await mounted.get(f"{way}/upload", method="POST", body="a" * size)).text == str(size)


@ways
async def test_a_mounted_app_that_is_slow_or_fails(mounted, way):
    for path, status, code in (("slow", 504, "plugin.timeout"), ("raises", 500, "plugin.failed")):
        answer = await mounted.get(f"{way}/{path}")
        assert (answer.status, answer.json["code"]) == (status, code)
        assert answer.json["request_id"] == answer.headers["x-request-id"]
    with pytest.raises(ConnectionError):
        await mounted.get(f"{way}/breaks")


@ways
async def test_a_stream_of_a_mounted_app_ends_with_its_client_and_costs_nothing_meanwhile(mounted, way):
    before = said(mounted).count("left")
    head = f"GET {way}/stream HTTP/1.1\r\nhost: test\r\n\r\n"
    async with connected(mounted.port("http"), beginning=head.encode()) as connection:
        async with asyncio.timeout(10):
            await connection.reader.readuntil(b"first")
        (envoy,) = mounted.children()
        await steady(lambda: cpu(envoy))
    await until(lambda: said(mounted).count("left") == before + 1)


def cpu(pid: int) -> int:
    """Return the CPU that a process has taken, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


async def test_a_mounted_app_starts_once_and_ends_with_the_proxy():
    async with App(MOUNTED) as gateway:
        for _ in range(3):
            assert (await gateway.get("/direct/seen")).status == 200
        assert said(gateway) == ["startup"]
        await gateway.stop()
        assert said(gateway) == ["startup", "shutdown"]
