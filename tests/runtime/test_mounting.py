import asyncio
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from crossway.runtime import mounting
from crossway.runtime.mounting import Mounted
from crossway.sdk.http import Request


async def nobody(_request):
    raise AssertionError("an application calls nobody")


async def users(request: StarletteRequest):
    return JSONResponse(
        {
            "path": request.url.path,
            "root": request.scope["root_path"],
            "id": request.path_params["id"],
            "query": dict(request.query_params),
            "url": str(request.url),
            "client": request.client.host if request.client else None,
            "headers": sorted(request.headers),
        }
    )


async def echo(request: StarletteRequest):
    return PlainTextResponse(await request.body(), headers={"content-digest": "sha-256=:x:"})


def app(*more: Route, **settings) -> Starlette:
    return Starlette(routes=[Route("/users/{id}", users), Route("/echo", echo, methods=["POST"]), *more], **settings)


async def test_an_application_sees_the_request_below_its_prefix():
    handler = Mounted(app(), "/admin")
    fields = {
        "host": "shop.example:8443",
        "x-forwarded-proto": "https",
        "x-forwarded-for": "10.0.0.1, 192.0.2.7",
        "x-crossway-peer": "127.0.0.1",
    }
    response = await handler(Request("GET", "/admin/users/a%20b?x=1", fields), nobody)
    assert response.status == 200
    assert response.headers["content-length"] == str(len(response.body))
    assert response.json() == {
        "path": "/admin/users/a b",
        "root": "/admin",
        "id": "a b",
        "query": {"x": "1"},
        "url": "https://shop.example:8443/admin/users/a b?x=1",
        "client": "192.0.2.7",
        "headers": ["host", "x-forwarded-for", "x-forwarded-proto"],
    }


async def test_what_it_says_of_its_body_stays():
    response = await Mounted(app())(Request("POST", "/echo", body=b"hello"), nobody)
    assert (response.body, response.headers["content-digest"]) == (b"hello", "sha-256=:x:")


async def test_bodies_pass_piece_by_piece_in_both_directions():
    passed = []

    async def upload():
        for number in range(3):
            passed.append(f"sent {number}")
            yield b"%d" % number

    async def mirror(_scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            event = await receive()
            more = event["more_body"]
            passed.append(f"got {event['body'].decode()}")
            await send({"type": "http.response.body", "body": event["body"], "more_body": more})

    request = Request("POST", "/", body=upload())
    response = await Mounted(mirror)(request, nobody)
    assert passed[:2] == ["sent 0", "got 0"]
    assert "sent 2" not in passed
    assert [piece async for piece in response.stream()] == [b"0", b"1", b"2"]


async def test_it_waits_for_whoever_takes_its_answer():
    sent = 0

    async def endless(_scope, _receive, send):
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            sent += 1

    mounted = Mounted(endless)
    stream = (await mounted(Request("GET", "/"), nobody)).stream()
    assert await anext(stream) == b"x"
    for _ in range(20):
        await asyncio.sleep(0)
    assert sent <= 2
    await stream.aclose()
    await mounted.stop()
    assert not mounted._running


async def test_a_client_that_leaves_is_a_disconnect():
    told = asyncio.Event()

    async def patient(_scope, receive, send):
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"
        with pytest.raises(OSError, match="left"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
        told.set()

    waiting = asyncio.ensure_future(Mounted(patient)(Request("GET", "/"), nobody))
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5):
        await told.wait()
    assert (await asyncio.gather(waiting, return_exceptions=True))[0].__class__ is asyncio.CancelledError


async def test_a_client_that_leaves_within_the_answer_is_a_disconnect():
    over = asyncio.Event()

    async def ticks():
        try:
            while True:
                yield b"tick\n"
                await asyncio.sleep(0)
        finally:
            over.set()

    async def page(_request):
        return StreamingResponse(ticks())

    response = await Mounted(app(Route("/ticks", page)))(Request("GET", "/ticks"), nobody)
    stream = response.stream()
    assert await anext(stream) == b"tick\n"
    await stream.aclose()
    async with asyncio.timeout(5):
        await over.wait()


async def test_one_that_does_not_care_is_ended(monkeypatch):
    monkeypatch.setattr(mounting, "AFTER_LEAVING", 0.01)
    ended = asyncio.Event()

    async def deaf(_scope, _receive, _send):
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.ensure_future(Mounted(deaf)(Request("GET", "/"), nobody))
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5):
        await ended.wait()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_background_tasks_run_after_the_answer_and_end(monkeypatch):
    monkeypatch.setattr(mounting, "AFTER_ANSWER", 0.02)
    steps = []
    done = asyncio.Event()

    async def work():
        steps.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            done.set()

    async def page(_request):
        return PlainTextResponse("ok", background=BackgroundTask(work))

    response = await Mounted(app(Route("/page", page)))(Request("GET", "/page"), nobody)
    assert response.body == b"ok"
    async with asyncio.timeout(5):
        await done.wait()
    assert steps == ["begun"]


async def test_what_it_raises_before_its_answer_is_raised():
    async def broken(_scope, _receive, _send):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await Mounted(broken)(Request("GET", "/"), nobody)


async def test_what_it_raises_within_its_answer_cuts_it():
    async def broken(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        raise ValueError("broken")

    response = await Mounted(broken)(Request("GET", "/"), nobody)
    with pytest.raises(ValueError, match="broken"):
        await response.read()


@pytest.mark.parametrize("events", [[], [{"type": "http.response.start", "status": 200}]])
async def test_one_that_does_not_answer(events):
    async def silent(_scope, _receive, send):
        for event in events:
            await send(event)

    with pytest.raises(RuntimeError, match="before the end of its answer"):
        await Mounted(silent)(Request("GET", "/"), nobody)


async def test_it_starts_once_and_shares_its_state():
    steps = []

    @asynccontextmanager
    async def lifespan(_):
        steps.append("up")
        yield {"pool": "warm"}
        steps.append("down")

    async def page(request):
        return PlainTextResponse(request.state.pool)

    mounted = Mounted(app(Route("/page", page), lifespan=lifespan))
    await mounted.start()
    for _ in range(2):
        assert (await mounted(Request("GET", "/page"), nobody)).body == b"warm"
    assert steps == ["up"]
    await mounted.stop()
    assert steps == ["up", "down"]


async def test_one_that_cannot_start_says_why():
    @asynccontextmanager
    async def lifespan(_):
        raise OSError("no database")
        yield

    with pytest.raises(RuntimeError, match="no database"):
        await Mounted(app(lifespan=lifespan)).start()


async def test_one_without_lifespan_starts_and_stops():
    async def plain(scope, _receive, _send):
        assert scope["type"] == "http"

    mounted = Mounted(plain)
    await mounted.start()
    await mounted.stop()


async def test_the_scope_of_the_proxy_is_passed_on():
    sent = []

    async def send(event):
        sent.append(event)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/admin/users/7",
        "raw_path": b"/admin/users/7",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"a"), (b"x-crossway-entry", b"1")],
    }
    await Mounted(app(), "/admin").raw(scope, receive, send)
    assert sent[0]["status"] == 200
    assert b'"headers":["host"]' in sent[1]["body"]
