"""The plugin of pytest, as it is used: by tests in a directory of their own, without Envoy and with it."""

import textwrap
from importlib.metadata import entry_points

import pytest

pytest_plugins = ("pytester",)
INSTALLED = () if entry_points(group="pytest11", name="crossway") else ("-p", "crossway.sdk.testing")

STAMP = """
from pydantic import BaseModel
from crossway import Head, Next, Request, Response, plugin

class Settings(BaseModel):
    header: str = "x-stamp"

@plugin
async def stamp(head: Head, settings: Settings) -> Response | None:
    if "x-forbidden" in head.headers:
        return Response(403, body="no")
    head.headers[settings.header] = "1"

@plugin
async def shout(request: Request, call_next: Next) -> Response:
    response = await call_next(request)
    response.body = (await response.read()).upper()
    return response

@plugin
async def broken(request: Request) -> None:
    raise ValueError("broken")
"""

APP = """
import asyncio
from crossway import Crossway, Request, Response, retry

cw = Crossway()
users = cw.service("users", "http://127.0.0.1:9001")
orders = cw.service("orders", "http://127.0.0.1:9002")
cw.route("/orders/*", to=orders)
cw.route("GET /orders/{id}/status", to=Response(200, {"content-type": "text/plain"}, "fine"))

@cw.compose("GET /profile/{user_id}")
async def profile(user_id: int):
    user, recent = await cw.gather(users.get(f"/users/{user_id}"), orders.get("/orders", params={"user": user_id}))
    return {"user": user.json(), "orders": recent.json()}

async def site(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": scope["root_path"].encode()})

cw.mount("/admin", site)
"""

TESTS = """
from app import cw
from crossway import Response
from stamp import broken, shout, stamp

def test_a_plugin_with_settings(gateway):
    gateway.use(stamp, {"header": "x-mark"})
    assert gateway.get("/orders/7?a=b").status == 200
    (request,) = gateway.received()
    assert (request.target, request.headers["x-mark"]) == ("/orders/7?a=b", "1")

def test_an_answer(gateway):
    gateway.use(stamp)
    response = gateway.get("/", headers={"x-forbidden": "1"})
    assert (response.status, response.body, gateway.received()) == (403, b"no", [])

def test_around(gateway):
    gateway.use(shout)
    gateway.service("backend", lambda request: request.body)
    assert gateway.post("/", body="hello").text == "HELLO"

def test_a_plugin_that_fails(gateway):
    gateway.use(broken)
    response = gateway.get("/")
    assert (response.status, response.json()["code"]) == (500, "plugin.failed")

def test_an_open_one_that_fails(gateway):
    gateway.use(broken, failure="open")
    assert gateway.get("/").status == 200

def test_an_app(gateway):
    gateway.app(cw)

    async def user(request):
        return {"id": request.path.rpartition("/")[2]}

    gateway.service("users", user)
    gateway.service("orders", lambda request: [request.params])
    assert gateway.get("/profile/7").json() == {"user": {"id": "7"}, "orders": [{"user": "7"}]}
    assert gateway.get("/profile/seven").status == 400
    assert gateway.get("/orders/8/status").text == "fine"
    assert gateway.get("/orders/8").json() == [{}]
    assert gateway.get("/admin/x").text == "/admin"
    assert gateway.get("/nothing").status == 404
    assert [request.path for request in gateway.received("orders")] == ["/orders", "/orders/8"]

async def test_from_a_test_that_is_asynchronous(gateway):
    gateway.use(stamp)
    assert gateway.get("/").status == 200
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(stamp=STAMP, app=APP, test_all=TESTS)
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.syspathinsert()
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    return project.runpytest_subprocess(*INSTALLED, "-n", "0", "-q", *options, timeout=100)


def test_without_envoy_in_milliseconds(project):
    result = run(project, "--durations=0", "-vv")
    result.assert_outcomes(passed=7)
    slow = [line for line in result.outlines if " call " in line and float(line.split("s ")[0]) > 0.5]
    assert not slow


@pytest.mark.journey
def test_through_a_real_envoy(project):
    run(project, "--envoy").assert_outcomes(passed=7)


def test_a_service_that_the_test_does_not_have_is_away(project):
    project.makepyfile(
        test_all=textwrap.dedent("""
            from app import cw

            def test_away(gateway):
                gateway.app(cw)
                assert gateway.get("/orders/7").status == 502
        """)
    )
    run(project).assert_outcomes(passed=1)


def test_what_needs_a_proxy_says_so(project):
    project.makepyfile(
        test_all=textwrap.dedent("""
            from crossway import Crossway

            def test_redirect(gateway):
                cw = Crossway()
                cw.route("/a", redirect={"path": "/b"})
                gateway.app(cw)
                gateway.get("/a")
        """)
    )
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("*test it with --envoy*")
