"""Applications at the proxy itself. The peer here does what pyvoy does, and nothing else."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterator

import pytest

from crossway.compile.program import Bounds, PluginStep
from crossway.runtime import direct, watchdog
from crossway.runtime.mounting import Application, Mounted
from crossway.runtime.plugins import Running
from crossway.runtime.serving import Event, Receive, Scope, Sending
from crossway.sdk.context import Scene, Store, current
from crossway.sdk.plugin import Hooks

DEADLINE = 0.2


class EmptyRecvCallable:
    """What pyvoy gives for a request that is over with its head. Its name is what tells."""

    def __init__(self, proxy: "Proxy") -> None:
        self._proxy = proxy

    async def __call__(self) -> Event:
        self._proxy.asked += 1
        return {"type": "http.disconnect"} if self._proxy.is_gone else {"type": "http.request", "body": b""}


class Proxy:
    """The proxy's end: the pieces of a body, and what it was told to send."""

    def __init__(self, method: str = "GET", pieces: list[bytes] | None = None, *, ends: bool = True, **headers: str):
        self.told: list[Event] = []
        self.is_gone = False
        self.asked = 0
        self.begun: list[asyncio.Future[Event]] = []
        self._pieces = None if pieces is None else deque(pieces)
        self._ends = ends
        fields = {"host": "a.test:81", "x_request_id": "r-1", "x_crossway_entry": "e"} | headers
        self.scope = {
            "type": "http",
            "method": method,
            "raw_path": b"/in/a%2Fb",
            "query_string": b"c=d",
            "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in fields.items()],
            "client": ("203.0.113.7", 1234),
        }

    def receive(self) -> "asyncio.Future[Event]":
        self.asked += 1
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self.begun.append(future)
        self._answer()
        return future

    def give(self, piece: bytes) -> None:
        assert self._pieces is not None
        self._pieces.append(piece)
        self._ends = True
        self._answer()

    def _answer(self) -> None:
        for future in self.begun:
            if future.done():
                continue
            if self.is_gone:
                future.set_result({"type": "http.disconnect"})
            elif self._pieces:
                piece = self._pieces.popleft()
                more = bool(self._pieces) or not self._ends
                future.set_result({"type": "http.request", "body": piece, "more_body": more})
            elif self._ends:
                future.set_result({"type": "http.request", "body": b"", "more_body": False})

    def hang_up(self) -> None:
        self.is_gone = True
        self._answer()

    async def sending(self, event: Event) -> None:
        if self.is_gone:
            raise OSError("client disconnected")
        await asyncio.sleep(0)
        self.told.append(event)

    async def serve(self, running: Running) -> None:
        assert running.raw is not None
        receive = EmptyRecvCallable(self) if self._pieces is None else self.receive
        async with asyncio.timeout(10):
            await running.raw(self.scope, receive, self.sending)

    async def answer(self, running: Running) -> tuple[int, dict[bytes, bytes], bytes]:
        """Return what was told as one answer."""
        await self.serve(running)
        start, *bodies = self.told
        assert [body.get("more_body", False) for body in bodies] == [True] * (len(bodies) - 1) + [False]
        return start["status"], dict(start["headers"]), b"".join(body["body"] for body in bodies)

    async def problem(self, running: Running) -> tuple[int, str]:
        """Return the status and the code of a problem."""
        status, headers, body = await self.answer(running)
        assert headers[b"content-type"] == b"application/problem+json"
        assert json.loads(body)["request_id"] == "r-1"
        return status, json.loads(body)["code"]


class Nothing(Store):
    """A store that nobody asks."""


async def nowhere(_service: str, _request: object) -> None:
    raise AssertionError("an application calls nobody")


made: list[Running] = []


def running(app: Application, deadline: float = DEADLINE, failure: str = "closed", *, lives: bool = True) -> Running:
    mounted = Mounted(app, "/in")
    hooks = Hooks(around=mounted, start=mounted.start, stop=mounted.stop) if lives else Hooks(around=mounted)
    step = PluginStep(f"app-{len(made)}", "", "it", bounds=Bounds(deadline, failure))
    scene = Scene("routes.a", step.name, "default", Nothing(), nowhere)
    found = Running(step, hooks, scene)
    made.append(found)
    return found


def answering(app: Application, **more: object) -> Running:
    """Return *app*, which knows no lifespan."""
    return running(app, **more, lives=False)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(direct, "AFTER_LEAVING", 0.05)
    monkeypatch.setattr(direct, "AFTER_ANSWER", 0.05)
    yield
    assert not [one for one in made if one._hooks.around._running]


async def say(send: Sending, body: bytes = b"", *, more: bool = False, status: int = 200, fields=()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def echo(_scope: Scope, receive: Receive, send: Sending) -> None:
    body, more = b"", True
    while more:
        event = await receive()
        assert event["type"] == "http.request"
        body, more = body + event["body"], event["more_body"]
    await say(send, body, fields=[(b"X-Id", current().id.encode()), (b"Connection", b"close")])


async def test_a_request_arrives_as_it_does_in_a_chain():
    seen: list[Scope] = []

    async def app(scope, _receive, send):
        seen.append(scope)
        await say(send, status=204)

    proxy = Proxy(x_forwarded_for="10.0.0.1, 192.0.2.7", x_forwarded_proto="https")
    assert (await proxy.answer(answering(app)))[0] == 204
    (scope,) = seen
    assert scope["headers"] == [
        (b"host", b"a.test:81"),
        (b"x-request-id", b"r-1"),
        (b"x-forwarded-for", b"10.0.0.1, 192.0.2.7"),
        (b"x-forwarded-proto", b"https"),
    ]
    assert (scope["path"], scope["raw_path"], scope["root_path"]) == ("/in/a/b", b"/in/a%2Fb", "/in")
    assert (scope["client"], scope["scheme"], scope["server"]) == (("192.0.2.7", 0), "https", ("a.test", 81))


@pytest.mark.parametrize("pieces", [None, [b""], [b"a"], [b"a", b"b", b"c"], [b"a", b""]])
async def test_a_body_arrives_whole(pieces):
    it = answering(echo)
    assert await Proxy("POST", pieces).answer(it) == (200, {b"x-id": b"r-1"}, b"".join(pieces or ()))
    meter = it._meter
    assert (meter.calls, meter.errors, meter.timeouts) == (1, 0, 0)
    assert 0 < meter.seconds < DEADLINE


async def test_who_asks_for_another_protocol_has_no_body():
    assert (await Proxy("GET", [], ends=False, upgrade="websocket").answer(answering(echo)))[2] == b""


async def test_a_head_has_no_body():
    status, headers, body = await Proxy("HEAD").answer(
        answering(lambda _, __, send: say(send, b"abc", fields=[(b"content-length", b"3")]))
    )
    assert (status, headers, body) == (200, {b"content-length": b"3"}, b"")


async def test_a_slow_one_is_a_timeout_and_learns_of_it():
    ends: list[str] = []

    async def slow(_scope, receive, send):
        await receive()
        ends.append((await receive())["type"])
        with pytest.raises(OSError, match="left"):
            await say(send)

    it = answering(slow)
    assert await Proxy().problem(it) == (504, "plugin.timeout")
    assert ends == ["http.disconnect"]
    assert (it._meter.calls, it._meter.errors, it._meter.timeouts) == (1, 0, 1)


async def test_one_that_does_not_care_is_ended():
    it = answering(lambda *_: asyncio.Event().wait())
    assert await Proxy().problem(it) == (504, "plugin.timeout")


async def test_the_body_is_waited_for_as_long_as_it_takes():
    proxy = Proxy("POST", [b"a"], ends=False)
    it = answering(echo)
    async with asyncio.TaskGroup() as tasks:
        answer = tasks.create_task(proxy.answer(it))
        asyncio.get_running_loop().call_later(2 * DEADLINE, proxy.give, b"b")
    assert answer.result()[::2] == (200, b"ab")
    assert it._meter.seconds < DEADLINE


async def test_looking_after_the_client_takes_nothing_from_the_body():
    async def late(scope, receive, send):
        await asyncio.sleep(0.12)  # it looks meanwhile
        await echo(scope, receive, send)

    assert (await Proxy("POST", [b"a", b"b"]).answer(answering(late)))[2] == b"ab"


async def test_what_was_asked_of_the_proxy_is_never_cancelled():
    """It answers all the same, and fails on a future that is cancelled."""
    proxy = Proxy("POST", [b"a"], ends=False)

    async def impatient(scope, receive, send):
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await receive()
        proxy.give(b"b")
        await echo(scope, receive, send)

    assert (await proxy.answer(answering(impatient)))[2] == b"b"
    assert not any(future.cancelled() for future in proxy.begun)


@pytest.mark.parametrize("pieces", [None, [], [b"a"]], ids=["no body", "a body that does not come", "a body"])
async def test_a_client_that_leaves_is_a_disconnect_and_the_proxy_is_seldom_asked(pieces):
    proxy = Proxy("POST", pieces, ends=bool(pieces))
    it: list[str] = []

    async def stream(_scope, receive, send):
        await say(send, b"a", more=True)
        asyncio.get_running_loop().call_later(0.3, proxy.hang_up)
        while not it or it[-1] != "http.disconnect":
            it.append((await receive())["type"])

    await proxy.serve(answering(stream))
    assert it[-1] == "http.disconnect"
    assert len(it) <= 2
    assert proxy.asked < 20


async def test_a_client_that_leaves_ends_one_that_only_sends():
    proxy = Proxy()

    async def stream(_scope, _receive, send):
        await say(send, b"a", more=True)
        proxy.hang_up()
        while True:
            await send({"type": "http.response.body", "body": b"b", "more_body": True})

    it = answering(stream)
    await proxy.serve(it)
    assert it._meter.errors == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyError("x"), "failed"), (SystemExit(), "failed"), (asyncio.CancelledError(), "failed")],
)
async def test_an_error_is_an_answer(error, code, capsys):
    async def broken(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200})
        raise error

    it = answering(broken)
    assert await Proxy().problem(it) == (500, f"plugin.{code}")
    assert it._meter.errors == 1
    assert type(error).__name__ in capsys.readouterr().err


async def test_an_error_within_the_answer_cuts_it_off(capsys):
    async def broken(_scope, _receive, send):
        await say(send, b"a", more=True)
        raise KeyError("x")

    proxy, it = Proxy(), answering(broken)
    with pytest.raises(ConnectionError, match="too early"):
        await proxy.serve(it)
    assert proxy.told[-1]["more_body"]
    assert it._meter.errors == 1
    assert "KeyError" in capsys.readouterr().err


@pytest.mark.parametrize("status", [None, 0, 99, 700])
async def test_one_that_does_not_answer(status, capsys):
    async def silent(_scope, _receive, send):
        if status is not None:
            await say(send, status=status)

    assert await Proxy().problem(answering(silent)) == (500, "plugin.failed")
    assert "answer" in capsys.readouterr().err


async def test_what_holds_the_loop_is_interrupted(monkeypatch):
    monkeypatch.setattr(watchdog, "HELD", 0.3)
    monkeypatch.setattr(watchdog, "ASK_EVERY", 0.05)

    async def burning(_scope, _receive, _send):
        await asyncio.sleep(0.15)
        until = time.monotonic() + 5
        while time.monotonic() < until:
            pass

    assert await Proxy().problem(answering(burning, deadline=1)) == (504, "plugin.timeout")


async def test_work_after_the_answer_has_a_bound():
    done: list[str] = []

    async def working(_scope, _receive, send):
        await say(send, b"a")
        try:
            await asyncio.Event().wait()
        finally:
            done.append("ended")

    assert (await Proxy().answer(answering(working)))[2] == b"a"
    assert done == ["ended"]


async def test_it_starts_once_and_ends():
    steps: list[str] = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                steps.append((await receive())["type"])
                scope["state"]["pool"] = "warm"
                await send({"type": f"lifespan.{step}.complete"})
        else:
            await say(send, scope["state"]["pool"].encode())

    it = running(app)
    for _ in range(2):
        assert (await Proxy().answer(it))[2] == b"warm"
    await it.stop()
    assert steps == ["lifespan.startup", "lifespan.shutdown"]


async def test_one_that_cannot_start_says_so(capsys):
    async def app(scope, receive, send):
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    assert await Proxy().problem(running(app)) == (500, "plugin.failed")
    assert "no database" in capsys.readouterr().err


async def test_stopping_ends_what_still_runs():
    started = asyncio.Event()

    async def waiting(_scope, _receive, _send):
        started.set()
        await asyncio.Event().wait()

    it = answering(waiting, deadline=60)
    task = asyncio.ensure_future(Proxy().serve(it))
    await started.wait()
    await it._hooks.around.stop()
    assert (await asyncio.gather(task, return_exceptions=True))[0].__class__ is asyncio.CancelledError


def test_what_may_go_on_without_it_is_not_direct():
    assert answering(echo, failure="open").raw is None
