import pytest
from pydantic import BaseModel

from crossway.runtime.trial import Trial
from crossway.sdk.app import Crossway
from crossway.sdk.http import Request, Response
from crossway.sdk.plugin import Head, Next, Plugin, plugin
from crossway.sdk.policies import cache, compose
from crossway.sdk.testing import _loop


@pytest.fixture
def gateway():
    with _loop() as loop:
        found = Trial(loop)
        yield found
        found.close()


@pytest.mark.parametrize(
    ("method", "path", "host", "name"),
    [
        ("GET", "/a", "localhost", "exact"),
        ("POST", "/a", "localhost", "prefix"),
        ("GET", "/a/b", "localhost", "prefix"),
        ("GET", "/ab", "localhost", "rest"),
        ("GET", "/users/7", "localhost", "template"),
        ("GET", "/users/7/8", "localhost", "rest"),
        ("GET", "/v12/x", "localhost", "regex"),
        ("GET", "/b", "localhost", "rest"),
        ("GET", "/text/x", "localhost", "text"),
        ("GET", "/a", "in.shop.example:8080", "below"),
    ],
)
def test_the_route_of_a_request(gateway, method, path, host, name):
    cw = Crossway()
    routes = {
        "rest": "/*",
        "prefix": "/a/*",
        "exact": "GET /a",
        "template": "/users/{id}",
        "text": "^/tex",
        "behind": "~/b.*",
    }
    for route, match in routes.items():
        cw.route(match, to=Response(body=route), name=route)
    cw.route("~/v[0-9]+/.*", to=Response(body="regex"), name="regex", priority=1)
    cw.route("/*", to=Response(body="below"), name="below", hostnames="*.shop.example", priority=1)
    gateway.app(cw)
    assert gateway.request(method, path, headers={"host": host}).text == name


def test_plugins_run_in_their_order_and_are_stopped(gateway):
    steps = []

    class Outer(Plugin):
        async def start(self) -> None:
            steps.append("start")

        async def around(self, request: Request, call_next: Next) -> Response:
            steps.append("outer")
            return await call_next(request)

        async def stop(self) -> None:
            steps.append("stop")

    class Inner(Plugin):
        async def on_request(self, request: Request) -> None:
            steps.append(f"inner {request.path}")

    gateway.use(Outer)
    gateway.use(Inner)
    assert gateway.get("/x").status == 200
    gateway.close()
    assert steps == ["start", "outer", "inner /x", "stop"]


class Words(BaseModel):
    header: str = "x-word"
    most: int = 3


@plugin
async def word(head: Head, settings: Words) -> None:
    head.headers[settings.header] = "1"


@plugin
async def bare(head: Head) -> None: ...


@pytest.mark.parametrize(
    ("used", "settings", "told"),
    [
        (word, {"headr": "x"}, r"plugin word has no setting 'headr'.*did you mean 'header'"),
        (word, {"most": "many"}, r"plugin word: .* is not of type"),
        (bare, {"header": "x"}, r"plugin bare has no setting 'header'"),
    ],
)
def test_settings_that_a_configuration_refuses_a_test_refuses_too(gateway, used, settings, told):
    gateway.use(used, settings)
    with pytest.raises(ValueError, match=told):
        gateway.get("/")


def test_policies_that_are_python_run_too(gateway):
    cw = Crossway()
    users = cw.service("users", "http://127.0.0.1:9001")
    cw.route("/cached", to=users, policies=[cache("1m")])
    cw.route(
        "/composed/{id}",
        policies=[
            compose(steps={"user": {"service": "users", "path": "/users/{path.id}"}}, body={"is": "steps.user.body"})
        ],
    )
    gateway.app(cw)
    gateway.service("users", lambda request: {"path": request.path})
    for _ in range(3):
        assert gateway.get("/cached").json() == {"path": "/cached"}
    assert len(gateway.received("users")) == 1
    assert gateway.get("/composed/7").json() == {"is": {"path": "/users/7"}}


def test_what_a_proxy_alone_knows(gateway):
    cw = Crossway()
    cw.route(matches=[{"path": "/", "headers": {"x-a": "b"}}], to="users")
    gateway.app(cw)
    with pytest.raises(NotImplementedError, match="--envoy"):
        gateway.get("/")
