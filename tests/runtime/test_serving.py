"""Requests as the proxy hands them over. The peer here does what pyvoy does, and nothing else."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import pytest

from crossway.compile.program import PEER, WORD
from crossway.runtime.handler import Next
from crossway.runtime.lasting import LISTEN_AFTER
from crossway.runtime.problem import problem
from crossway.runtime.serving import Event, serve
from crossway.runtime.tunnel import Switched
from crossway.sdk.http import BodyTooLarge, Request, Response


class EmptyRecvCallable:
    """What pyvoy gives for a request that is over with its head. Its name is what tells."""

    def __init__(self, proxy: "Proxy") -> None:
        self._proxy = proxy

    async def __call__(self) -> Event:
        return {"type": "http.disconnect"} if self._proxy.is_gone else {"type": "http.request", "body": b""}


class Proxy:
    """The proxy's end: the pieces of a body, and what it was told to send."""

    def __init__(self, method: str = "GET", pieces: list[bytes] | None = None, *, ends: bool = True, **headers: str):
        self.told: list[Event] = []
        self.is_gone = False
        self.begun: list[asyncio.Future[Event]] = []
        self._pieces = None if pieces is None else deque(pieces)
        self._ends = ends
        fields = {"host": "a.test", "x-request-id": "r-1", WORD: "entry"} | headers
        self.scope = {
            "type": "http",
            "method": method,
            "raw_path": b"/a%2Fb",
            "query_string": b"c=d",
            "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in fields.items()],
            "client": ("203.0.113.7", 1234),
        }

    def receive(self) -> "asyncio.Future[Event]":
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self.begun.append(future)
        self._answer()
        return future

    def _answer(self) -> None:
        for future in self.begun:
            if future.done():
                continue
            if self.is_gone:
                future.set_result({"type": "http.disconnect"})
            elif self._pieces:
                piece = self._pieces.popleft()
                future.set_result(
                    {"type": "http.request", "body": piece, "more_body": bool(self._pieces) or not self._ends}
                )
            elif self._ends:
                future.set_result({"type": "http.request", "body": b"", "more_body": False})

    def hang_up(self) -> None:
        self.is_gone = True
        self._answer()

    async def sending(self, event: Event) -> None:
        self.told.append(event)

    async def serve(self, handler: Next | None) -> None:
        entries = {"entry": handler} if handler else {}
        receive = EmptyRecvCallable(self) if self._pieces is None else self.receive
        await serve(entries, self.scope, receive, self.sending)

    async def answer(self, handler: Next | None) -> Response:
        """Return what was told as one answer."""
        await self.serve(handler)
        start, *bodies = self.told
        assert not bodies[-1].get("more_body")
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        response = Response(start["status"], fields)
        response.arriving(b"".join(body["body"] for body in bodies))
        return response


async def echo(request: Request) -> Response:
    body = await request.read()
    return Response(200, body=b"%s %s %s" % (request.method.encode(), request.target.encode(), body))


async def pouring(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_request_arrives_as_the_client_sent_it():
    seen: list[Request] = []

    async def handler(request: Request) -> Response:
        seen.append(request)
        return await echo(request)

    answer = await Proxy(x_a="caf\u00e9").answer(handler)
    assert (answer.status, answer.body) == (200, b"GET /a%2Fb?c=d ")
    (request,) = seen
    assert request.headers["x-a"] == "caf\u00e9"
    assert request.headers[PEER] == "203.0.113.7"
    assert WORD not in request.headers
    assert request.is_read


@pytest.mark.parametrize("pieces", [[b""], [b"a"], [b"a", b"b", b"c"], [b"a", b""]])
async def test_a_body_arrives_whole(pieces):
    assert (await Proxy("POST", pieces).answer(echo)).body == b"POST /a%2Fb?c=d " + b"".join(pieces)


async def test_a_body_is_given_piece_by_piece():
    async def handler(request: Request) -> Response:
        return Response(200, body="-".join([piece.decode() async for piece in request.stream()]))

    assert (await Proxy("POST", [b"a", b"b"]).answer(handler)).body == b"a-b"


async def test_who_asks_for_another_protocol_has_no_body():
    """Its stream does not end before the connection does."""
    answer = await asyncio.wait_for(Proxy("GET", [], ends=False, upgrade="websocket").answer(echo), 5)
    assert answer.body == b"GET /a%2Fb?c=d "


async def test_an_answer_in_pieces_leaves_in_pieces_and_its_head_at_once():
    proxy = Proxy()

    async def handler(_: Request) -> Response:
        return Response(200, body=pouring(b"a", b"b"))

    await proxy.serve(handler)
    bodies = [(event["body"], event.get("more_body", False)) for event in proxy.told[1:]]
    assert bodies == [(b"", True), (b"a", True), (b"b", True), (b"", False)]


async def test_a_head_has_no_body_but_its_length():
    answer = await Proxy("HEAD").answer(echo)
    assert answer.body == b""
    assert answer.headers["content-length"] == str(len(b"HEAD /a%2Fb?c=d "))


async def test_what_frames_a_message_is_the_proxys():
    async def handler(_: Request) -> Response:
        response = Response(200, body=b"a")
        response.headers.add("transfer-encoding", "chunked")
        response.headers.add("connection", "close")
        return response

    assert (await Proxy().answer(handler)).headers.items() == [("content-length", "1")]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BodyTooLarge("the body has more than 1 bytes"), 413, "request.too_large"),
        (TimeoutError(), 504, "python.timeout"),
        (ConnectionError("refused"), 502, "python.no_answer"),
        (KeyError("x"), 500, "python.failed"),
    ],
)
async def test_an_error_is_an_answer_that_names_the_request(error, status, code, capsys):
    async def handler(_: Request) -> Response:
        raise error

    answer = await Proxy().answer(handler)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (answer.json()["code"], answer.json()["request_id"]) == (code, "r-1")
    assert ("KeyError" in capsys.readouterr().err) == (status == 500)


async def test_a_problem_of_a_handler_names_the_request_too():
    async def handler(_: Request) -> Response:
        return problem(422, "transform.malformed", "It is no JSON.")

    assert (await Proxy().answer(handler)).json()["request_id"] == "r-1"


async def test_a_route_whose_program_is_not_here_says_so():
    answer = await Proxy().answer(None)
    assert (answer.status, answer.json()["code"]) == (503, "python.unknown_entry")


@pytest.mark.parametrize("pieces", [None, []], ids=["no body", "a body that does not come"])
async def test_a_client_that_leaves_ends_the_work(pieces):
    proxy = Proxy("POST", pieces, ends=False)
    started, ended = asyncio.Event(), asyncio.Event()

    async def handler(_: Request) -> Response:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(proxy.serve(handler))
        await started.wait()
        proxy.hang_up()
        await asyncio.wait_for(ended.wait(), 5)
    assert proxy.told == []


async def test_looking_after_the_client_takes_nothing_from_the_body():
    proxy = Proxy("POST", [b"a", b"b"])

    async def handler(request: Request) -> Response:
        await asyncio.sleep(3 * LISTEN_AFTER)  # it looks meanwhile
        return await echo(request)

    assert (await proxy.answer(handler)).body.endswith(b" ab")


async def test_what_was_asked_of_the_proxy_is_never_cancelled():
    """It answers all the same, and fails on a future that is cancelled."""
    proxy = Proxy("POST", [b"a"], ends=False)

    async def handler(request: Request) -> Response:
        async with asyncio.timeout(0.01):
            await request.read()
        raise AssertionError

    assert (await proxy.answer(handler)).status == 504
    proxy.hang_up()
    assert not any(future.cancelled() for future in proxy.begun)


async def test_an_answer_that_breaks_off_is_cut_off():
    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise ConnectionError("reset")

    async def handler(_: Request) -> Response:
        return Response(200, body=broken())

    proxy = Proxy()
    with pytest.raises(ConnectionError, match="the answer ends too early: reset"):
        await proxy.serve(handler)
    assert proxy.told[-1]["more_body"]


async def test_an_answer_that_breaks_off_because_the_client_left_is_no_error():
    proxy = Proxy()

    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        proxy.hang_up()
        raise ConnectionError("server request completed")

    async def handler(_: Request) -> Response:
        return Response(200, body=broken())

    await proxy.serve(handler)


async def test_who_cancels_us_is_obeyed():
    started = asyncio.Event()

    async def handler(_: Request) -> Response:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.ensure_future(Proxy().serve(handler))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_trailers_reach_a_client_that_takes_them():
    async def handler(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"a"
            response.trailers["x-a"] = "1"

        response = Response(200, body=pieces())
        return response

    proxy = Proxy(te="trailers")
    await proxy.serve(handler)
    assert proxy.told[0]["trailers"]
    assert proxy.told[-1] == {"type": "http.response.trailers", "headers": [(b"x-a", b"1")]}
    proxy = Proxy()
    assert (await proxy.answer(handler)).body == b"a"
    assert not proxy.told[0]["trailers"]


async def test_a_call_of_grpc_is_refused_with_a_status_and_nothing_else():
    async def handler(_: Request) -> Response:
        return problem(403, "plugin.no", "No.")

    proxy = Proxy("POST", [b"a"], content_type="application/grpc", te="trailers")
    answer = await proxy.answer(handler)
    assert (answer.status, answer.body, answer.headers["grpc-status"]) == (200, b"", "7")
    assert "r-1" in answer.headers["grpc-message"]
    assert not proxy.told[0]["trailers"]


async def test_what_nobody_asked_for_is_not_agreed_to():
    async def handler(_: Request) -> Response:
        return Switched()

    for proxy in (Proxy(), Proxy(upgrade="websocket")):
        answer = await proxy.answer(handler)
        assert (answer.status, answer.json()["code"]) == (502, "python.no_answer")
