"""Questions about heads, as the proxy asks them."""

import asyncio
import gc

import pytest

from crossway.compile.program import CALL, LENGTH, TOLD_AS, WORD
from crossway.runtime import heads
from crossway.runtime.heads import GOES_ON, Asked
from crossway.runtime.problem import problem
from crossway.sdk.http import Request, Response

HEADERS = {"host": "a.test", "x-request-id": "r-1", "cookie": "a=1", "x-gone": "1", WORD: "entry"}


def question(method: str = "GET", target: str = "/a?b=c", **headers: str) -> bytes:
    """Return a question of the proxy, which adds headers of its own to it."""
    fields = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    fields |= {"x-envoy-internal": "true", "content-length": "0"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}".removesuffix("\r\n").encode("latin-1")


async def asked(answer, head: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return what is said to the question *head* if the entry answers *answer*, or what that returns."""

    async def handler(request: Request) -> Response:
        return answer(request) if callable(answer) else answer

    said = await heads.answer({"entry": handler}.get, head)
    top, _, body = said.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    fields = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    assert ("content-length", str(len(body))) in fields or head.startswith(b"HEAD")
    return int(first.split()[1]), [field for field in fields if field[0] != "content-length"], body


async def test_a_handler_sees_the_request_as_the_client_has_sent_it():
    seen: list[Request] = []
    head = question("POST", x_forwarded_for="203.0.113.7", x_envoy_internal="", **{LENGTH: "12"}, x_l="caf\xe9")
    await asked(lambda request: seen.append(request) or GOES_ON, head)
    (request,) = seen
    assert (request.method, request.path, request.query) == ("POST", "/a", "b=c")
    assert dict(request.headers.items()) == {
        **{name: value for name, value in HEADERS.items() if name != WORD},
        "x-forwarded-for": "203.0.113.7",
        "content-length": "12",
        "x-l": "caf\xe9",
    }
    assert request.body == b""


async def test_a_request_goes_on_as_it_is():
    assert await asked(GOES_ON, question()) == (200, [], b"")


async def test_a_request_goes_on_with_what_is_different():
    def change(request: Request) -> Response:
        request.headers["x-new"] = "1"
        request.headers["host"] = "b.test"
        request.headers.add("cookie", "b=2")
        request.headers.add("x-two", "1")
        request.headers.add("x-two", "2")
        del request.headers["x-gone"]
        return GOES_ON

    status, fields, _ = await asked(change, question())
    assert status == 200
    assert sorted(fields) == [
        ("cookie", "a=1; b=2"),
        ("host", "b.test"),
        ("x-envoy-auth-headers-to-remove", "x-gone"),
        ("x-new", "1"),
        ("x-two", "1, 2"),
    ]


@pytest.mark.parametrize("status", [201, 302, 403, 418, 499])
async def test_an_answer_is_told_as_it_is(status):
    answer = Response(status, [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("connection", "close")], "no")
    assert await asked(answer, question()) == (status, [("set-cookie", "a=1"), ("set-cookie", "b=2")], b"no")


@pytest.mark.parametrize(("status", "told"), [(200, 600), (500, 900), (504, 904), (511, 911), (599, 900)])
async def test_an_answer_that_would_mean_something_else_is_told_as_another(status, told):
    assert (await asked(Response(status, body="x"), question()))[::2] == (told, b"x")
    assert told in TOLD_AS.values()


async def test_an_answer_that_comes_in_pieces_is_told_as_a_whole():
    async def pieces():
        yield b"a"
        yield b"b"

    assert (await asked(Response(403, body=pieces()), question()))[2] == b"ab"


async def test_to_head_there_is_no_body():
    assert (await asked(Response(403, body="no"), question("HEAD")))[2] == b""


async def test_an_error_is_an_answer():
    def fail(_: Request) -> Response:
        raise ConnectionError

    status, fields, body = await asked(fail, question())
    assert (status, dict(fields)["content-type"]) == (902, "application/problem+json")
    assert b"python.no_answer" in body


async def test_a_problem_says_which_request_it_was():
    assert b'"request_id":"r-1"' in (await asked(problem(403, "a.b", "No."), question()))[2]


async def test_an_entry_that_is_none_is_told():
    said = await heads.answer({}.get, question())
    assert said.startswith(b"HTTP/1.1 903 ")
    assert b"python.unknown_entry" in said


async def test_a_call_of_a_plugin_goes_to_its_service_and_a_request_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert await heads.onward("inner", "route", Request("GET", "/")) is GOES_ON
    with pytest.raises(ConnectionError):
        await heads.onward("inner", f"{CALL}service", Request("GET", "/"))


async def test_a_connection_carries_one_question_after_the_other_and_ends_with_its_asker(tmp_path):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def handler(request: Request) -> Response:
        if request.path == "/a":
            return GOES_ON
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return GOES_ON

    path = str(tmp_path / "heads.sock")
    server = await asyncio.get_running_loop().create_unix_server(lambda: Asked({"entry": handler}.get), path)
    reader, writer = await asyncio.open_unix_connection(path)
    for _ in range(2):
        head = question() + b"\r\n\r\n"
        writer.write(head[:10])
        await writer.drain()
        writer.write(head[10:])
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    writer.write(question(target="/waits") + b"\r\n\r\n")
    await begun.wait()
    writer.close()
    await asyncio.wait_for(ended.wait(), 5)
    await writer.wait_closed()
    server.close()


async def test_a_question_may_have_a_body_which_comes_in_pieces():
    seen: list[bytes] = []

    async def handler(request: Request) -> Response:
        seen.append(request.body)
        return GOES_ON

    class Transport(asyncio.Transport):
        written = b""

        def write(self, data: bytes) -> None:
            self.written += data

    transport = Transport()
    protocol = Asked({"entry": handler}.get)
    protocol.connection_made(transport)
    for body in (b"a=1&b=2", b"", b"c\r\n\r\nd"):
        whole = question("POST").replace(b"content-length: 0", b"content-length: %d" % len(body)) + b"\r\n\r\n" + body
        before = len(transport.written)
        for start in range(0, len(whole), 5):
            assert len(transport.written) == before
            protocol.data_received(whole[start : start + 5])
        assert protocol._task is not None
        await protocol._task
        assert len(transport.written) > before
    assert seen == [b"a=1&b=2", b"", b"c\r\n\r\nd"]


async def test_it_listens_for_as_long_as_the_proxy_lives(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    heads._Thread().begin(lambda _: None, lambda: None)
    gc.collect()
    reader, writer = await asyncio.open_unix_connection(heads.HEADS_SOCKET)
    writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 ")
    writer.close()
