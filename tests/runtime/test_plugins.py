import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, json

from crossway.compile.program import Bounds, Code, PluginStep, digest
from crossway.runtime import watchdog
from crossway.runtime.handler import Tools
from crossway.runtime.loading import ProgramError
from crossway.runtime.meters import METERS
from crossway.runtime.plugins import Running, plugin
from crossway.sdk.context import Store
from crossway.sdk.http import Headers, Request, Response

HEAD = """
import asyncio
from pydantic import BaseModel, field_validator
from crossway.sdk.context import current
from crossway.sdk.http import Request, Response
from crossway.sdk.plugin import Head, Next, Plugin, plugin
"""


class Nothing(Store):
    """A store that nobody asks."""


async def nowhere(service: str, request: Request) -> Response:
    raise ConnectionError(f"{service} is away: {request}")


TOOLS = Tools(nowhere, Nothing(), time.time, lambda _: None)


def built(text: str, attribute: str = "it", settings: object = None, tools: Tools = TOOLS, **bounds) -> Running:
    """Return the plugin `it` of the module *text*."""
    code = Code("it.py", HEAD + dedent(text))
    said = Raw(json.encode(settings or {}))
    step = PluginStep("it", digest(code), attribute, "default", said, Bounds(**bounds))
    return plugin(step, "routes.orders", tools, {digest(code): code})


async def backend(request: Request) -> Response:
    """Answer with what was received."""
    await asyncio.sleep(0)
    told = {"method": request.method, "path": request.target, "headers": request.headers.items()}
    return Response(200, {"x-backend": "1"}, json={**told, "body": (await request.read()).decode()})


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        await asyncio.sleep(0)
        yield part


def request(body: bytes = b"") -> Request:
    return Request("POST", "/orders?page=2", {"host": "shop.example"}, body)


def code_of(response: Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status, response.json()["code"]


async def test_head_changes_headers_or_answers() -> None:
    it = built("""
        @plugin
        async def it(head: Head):
            if head.path == "/closed":
                return Response(403, body="closed")
            head.headers["x-seen"] = head.method
    """)
    answered = await it(request(), backend)
    assert ["x-seen", "POST"] in answered.json()["headers"]
    closed = await it(Request("GET", "/closed"), backend)
    assert (closed.status, closed.body) == (403, b"closed")


async def test_request_sees_and_changes_the_body() -> None:
    it = built("""
        @plugin
        async def it(request: Request):
            request.body = (await request.read()).upper()
    """)
    sent = request()
    sent.arriving(pieces(b"two ", b"cups"))
    assert (await it(sent, backend)).json()["body"] == "TWO CUPS"


async def test_response_changes_what_came_or_gives_another() -> None:
    it = built("""
        @plugin
        async def it(request: Request, response: Response):
            response.headers["x-page"] = request.params["page"]
            if request.method == "DELETE":
                return Response(204)
    """)
    assert (await it(request(), backend)).headers["x-page"] == "2"
    assert (await it(Request("DELETE", "/orders?page=2"), backend)).status == 204


async def test_around_has_its_settings_and_the_context() -> None:
    it = built(
        """
        class Settings(BaseModel):
            header: str
        @plugin
        async def it(request: Request, call_next: Next, settings: Settings):
            response = await call_next(request)
            response.headers[settings.header] = current().route
            return response
        """,
        settings={"header": "x-route"},
    )
    assert (await it(request(), backend)).headers["x-route"] == "routes.orders"


async def test_a_class_does_all_of_it_in_order_and_starts_once() -> None:
    it = built("""
        class it(Plugin):
            async def start(self):
                self.started = getattr(self, "started", 0) + 1
            async def on_head(self, head):
                head.headers.add("x-order", "head")
            async def on_request(self, request):
                request.headers.add("x-order", "request")
            async def around(self, request, call_next):
                request.headers.add("x-order", "around")
                return await call_next(request)
            async def on_response(self, request, response):
                response.headers["x-order"] = ",".join(request.headers.get_all("x-order")) + f",{self.started}"
    """)
    answers = await asyncio.gather(*(it(request(), backend) for _ in range(3)))
    assert [answer.headers["x-order"] for answer in answers] == ["head,request,around,1"] * 3


async def test_a_start_that_fails_answers_and_is_tried_again() -> None:
    it = built("""
        class it(Plugin):
            tries = 0
            async def start(self):
                it.tries += 1
                if it.tries == 1:
                    raise ConnectionError("no database")
            async def stop(self):
                it.tries = 0
            async def on_head(self, head):
                return Response(200, body=str(it.tries))
    """)
    assert code_of(await it(request(), backend)) == (500, "plugin.failed")
    assert (await it(request(), backend)).body == b"2"
    await it.stop()
    assert (await it(request(), backend)).status == 500


FAULTS = {
    "raises": ("raise ValueError('hush')", 500, "plugin.failed"),
    "exits": ("raise SystemExit(3)", 500, "plugin.failed"),
    "interrupts": ("raise KeyboardInterrupt", 500, "plugin.failed"),
    "cancels": ("raise asyncio.CancelledError", 500, "plugin.failed"),
    "bad header": ("request.headers['x-bad'] = 'a\\r\\nb'", 500, "plugin.failed"),
    "burns": ("while True: pass", 504, "plugin.timeout"),
    "burns and catches": (
        "while True:\n        try:\n            while True: len('')\n        except BaseException: pass",
        504,
        "plugin.timeout",
    ),
    "burns after waiting": ("await asyncio.sleep(0)\n    while True: pass", 504, "plugin.timeout"),
    "hangs": ("await asyncio.sleep(100)", 504, "plugin.timeout"),
    "hangs and catches": (
        "while True:\n        try: await asyncio.sleep(100)\n        except asyncio.CancelledError: pass",
        504,
        "plugin.timeout",
    ),
    "waits in small pieces": ("while True: await asyncio.sleep(0.001)", 504, "plugin.timeout"),
    "nonsense": ("return 3", 500, "plugin.invalid_answer"),
    "status": ("return Response('200')", 500, "plugin.invalid_answer"),
    "informational": ("return Response(103)", 500, "plugin.invalid_answer"),
    "large": ("await request.read(3)", 413, "plugin.body_too_large"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_a_plugin_does_wrong_has_a_name_and_hurts_its_own_request_alone(fault: str, capsys) -> None:
    line, status, code = FAULTS[fault]
    text = f"@plugin\nasync def it(request):\n    {line}\n"
    begun = time.monotonic()
    answer = await built(text, deadline=0.05)(request(b"twelve bytes"), backend)
    assert code_of(answer) == (status, code)
    assert time.monotonic() - begun < 2
    assert "hush" not in answer.text
    fine = await built("@plugin\nasync def it(head): ...\n")(request(), backend)
    assert fine.status == 200
    if fault == "raises":
        told = capsys.readouterr().err
        assert 'File "it.py"' in told
        assert "raise ValueError('hush')" in told


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "bad header"])
async def test_with_failure_open_a_request_goes_on_as_it_was(fault: str) -> None:
    line = FAULTS[fault][0]
    text = f"""
@plugin
async def it(request):
    request.headers["x-changed"] = "1"
    request.method, request.path, request.query = "PUT", "/other", ""
    first = await anext(request.stream(), b"")
    request.body = b"another, and a longer one"
    {line}
"""
    sent = request()
    sent.arriving(pieces(b"two ", b"cups"))
    if fault == "large":
        line = "await request.read(3)"
    answer = await built(text, deadline=0.05, failure="open")(sent, backend)
    assert answer.json() == {
        "method": "POST",
        "path": "/orders?page=2",
        "headers": [["host", "shop.example"]],
        "body": "two cups",
    }


async def test_with_failure_open_a_response_stays_as_it_came() -> None:
    for text in (
        """
        @plugin
        async def it(request, response):
            response.status = 500
            response.body = (await response.read()).upper()
            raise ValueError
        """,
        """
        @plugin
        async def it(request, call_next):
            response = await call_next(request)
            response.status = 500
            response.body = (await response.read()).upper()
            raise ValueError
        """,
    ):

        async def streaming(_: Request) -> Response:
            response = Response(200, {"x-backend": "1"})
            response.arriving(pieces(b"two ", b"cups"))
            return response

        answer = await built(text, failure="open")(request(), streaming)
        assert (answer.status, answer.headers.items(), await answer.read()) == (200, [("x-backend", "1")], b"two cups")


async def test_with_failure_open_a_request_that_was_sent_on_is_not_sent_again() -> None:
    seen = []

    async def away(request: Request) -> Response:
        seen.append(request)
        raise ConnectionError

    it = built(
        """
        @plugin
        async def it(request, call_next):
            try:
                await call_next(request)
            except ConnectionError:
                raise ValueError
        """,
        failure="open",
    )
    assert code_of(await it(request(), away)) == (500, "plugin.failed")
    assert len(seen) == 1


@pytest.mark.parametrize("error", [ConnectionError, TimeoutError])
async def test_what_the_backend_does_wrong_passes_as_it_is(error: type[Exception]) -> None:
    async def away(_: Request) -> Response:
        raise error

    it = built("@plugin\nasync def it(request, call_next): return await call_next(request)")
    with pytest.raises(error):
        await it(request(), away)
    assert METERS.of("it").errors == METERS.of("it").errors


async def test_a_body_that_dies_on_its_way_is_no_fault_of_the_plugin() -> None:
    async def dying() -> AsyncIterator[bytes]:
        yield b"two "
        raise ConnectionError

    async def half(_: Request) -> Response:
        response = Response(200)
        response.arriving(dying())
        return response

    it = built("@plugin\nasync def it(request, response): await response.read()")
    with pytest.raises(ConnectionError):
        await it(request(), half)


async def test_the_body_of_a_backend_that_is_too_large_is_a_502() -> None:
    it = built("@plugin\nasync def it(request, response): await response.read(3)")
    assert code_of(await it(request(), backend)) == (502, "plugin.body_too_large")


async def test_what_a_plugin_waits_for_others_does_not_count() -> None:
    it = built(
        """
        @plugin
        async def it(request, call_next):
            await request.read()
            response = await call_next(request)
            await response.read()
            return response
        """,
        deadline=0.1,
    )

    async def slow_pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            await asyncio.sleep(0.05)
            yield b"."

    async def slow(_: Request) -> Response:
        await asyncio.sleep(0.15)
        response = Response(200)
        response.arriving(slow_pieces())
        return response

    sent = request()
    sent.arriving(slow_pieces())
    answer = await it(sent, slow)
    assert (answer.status, answer.body) == (200, b"...")


async def test_its_own_time_counts_before_and_after_the_backend() -> None:
    it = built(
        """
        @plugin
        async def it(request, call_next):
            await asyncio.sleep(0.15)
            response = await call_next(request)
            await asyncio.sleep(0.15)
            return response
        """,
        deadline=0.2,
    )
    assert code_of(await it(request(), backend)) == (504, "plugin.timeout")


async def test_calls_at_once_wait_for_others_too() -> None:
    it = built(
        """
        @plugin
        async def it(request, call_next):
            one, other = await asyncio.gather(call_next(request), call_next(request))
            return one
        """,
        deadline=0.1,
    )

    async def slow(_: Request) -> Response:
        await asyncio.sleep(0.2)
        return Response(200)

    assert (await it(request(), slow)).status == 200


async def test_a_request_is_sent_on_ten_times_at_most() -> None:
    it = built("@plugin\nasync def it(request, call_next):\n    while True: await call_next(request)")
    seen = []

    async def count(request: Request) -> Response:
        seen.append(request)
        return Response(200)

    assert code_of(await it(request(), count)) == (500, "plugin.failed")
    assert len(seen) == 10


async def test_a_client_that_leaves_cancels_the_plugin() -> None:
    it = built("""
        left = False
        @plugin
        async def it(request):
            global left
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                left = True
                raise
    """)
    task = asyncio.ensure_future(it(request(), backend))
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert it._hooks.request is not None
    assert it._hooks.request.__globals__["left"]  # type: ignore[attr-defined]


async def test_time_and_cpu_are_those_of_the_plugin_alone() -> None:
    it = built(
        """
        @plugin
        async def outer(request, call_next):
            return await call_next(request)
        """,
        "outer",
    )
    meter = METERS.of("it")
    before = (meter.calls, meter.seconds, meter.cpu)

    async def busy(_: Request) -> Response:
        end = time.thread_time() + 0.1
        while time.thread_time() < end:
            pass
        await asyncio.sleep(0.05)
        while time.thread_time() < end + 0.05:
            pass
        return Response(200)

    await it(request(), busy)
    assert meter.calls == before[0] + 1
    assert meter.seconds - before[1] < 0.04
    assert meter.cpu - before[2] < 0.04
    burning = built("@plugin\nasync def it(head):\n    for _ in range(2_000_000): pass")
    cpu = meter.cpu
    begun = time.thread_time()
    await burning(request(), backend)
    assert abs((meter.cpu - cpu) - (time.thread_time() - begun)) < 0.02


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"header": "x"}, "the settings of it do not fit, header: Value error, too short"),
        ({}, "the settings of it do not fit, header: Field required"),
    ],
)
def test_settings_that_do_not_fit_refuse_the_program_without_their_value(settings: object, message: str) -> None:
    text = """
    class Settings(BaseModel):
        header: str
        @field_validator("header")
        def long(cls, value):
            if len(value) < 3:
                raise ValueError("too short")
            return value
    @plugin
    async def it(head: Head, settings: Settings): ...
    """
    with pytest.raises(ProgramError, match=message):
        built(text, settings=settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("it = 3", "it.py: it is no plugin"),
        (
            "class it(Plugin):\n    def __init__(self, settings): 1 / 0\n    async def on_head(self, head): ...",
            "division",
        ),
    ],
)
def test_a_plugin_that_cannot_be_built_refuses_the_program(text: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        built(text)


names = st.sampled_from(["host", "x-a", "x-b", "cookie"])
messages = st.tuples(
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.sampled_from(["/", "/orders?page=2", "/%2e"]),
    st.lists(st.tuples(names, st.text(st.characters(min_codepoint=32, max_codepoint=126)))),
    st.lists(st.binary(max_size=20), max_size=4),
)
IDLE = [
    "@plugin\nasync def it(head): ...",
    "@plugin\nasync def it(request): ...",
    "@plugin\nasync def it(request): await request.read()",
    "@plugin\nasync def it(request, response): ...",
    "@plugin\nasync def it(request, response): await response.read()",
    "@plugin\nasync def it(request, call_next): return await call_next(request)",
]


@pytest.mark.parametrize("text", IDLE)
@pytest.mark.parametrize("failure", ["closed", "open"])
@settings(max_examples=30)
@given(message=messages)
def test_a_plugin_that_does_nothing_changes_nothing(text: str, failure: str, message) -> None:
    method, target, fields, parts = message

    async def exchange() -> None:
        async def mirror(received: Request) -> Response:
            assert (received.method, received.target, received.headers) == (method, target, Headers(fields))
            response = Response(201, fields)
            response.arriving(pieces(await received.read()))
            return response

        sent = Request(method, target, fields)
        sent.arriving(pieces(*parts))
        answer = await built(text, failure=failure)(sent, mirror)
        assert (answer.status, answer.headers) == (201, Headers(fields))
        assert await answer.read() == b"".join(parts)

    asyncio.run(exchange())


HOLDING = {
    "task": """
        @plugin
        async def it(request):
            async def burn():
                while True: pass
            await asyncio.ensure_future(burn())
    """,
    "one of several": """
        @plugin
        async def it(request):
            async def burn():
                while True: pass
            await asyncio.gather(asyncio.sleep(100), burn())
    """,
}


@pytest.mark.parametrize("text", HOLDING.values(), ids=HOLDING)
async def test_a_task_that_holds_the_loop_is_interrupted_too(text: str, monkeypatch) -> None:
    monkeypatch.setattr(watchdog, "HELD", 0.1)
    monkeypatch.setattr(watchdog, "ASK_EVERY", 0.0)
    assert code_of(await built(text)(request(), backend)) == (504, "plugin.timeout")


async def test_a_body_that_holds_the_loop_is_interrupted_too(monkeypatch) -> None:
    monkeypatch.setattr(watchdog, "HELD", 0.1)
    monkeypatch.setattr(watchdog, "ASK_EVERY", 0.0)
    it = built("""
        async def body():
            yield b"two "
            while True: pass
        @plugin
        async def it(request): return Response(200, body=body())
    """)
    answer = await it(request(), backend)
    with pytest.raises(watchdog.Interrupted):
        await answer.read()
    assert (await built("@plugin\nasync def it(head): ...")(request(), backend)).status == 200
