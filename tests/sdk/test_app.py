import asyncio
from datetime import timedelta

import pytest
from pydantic import BaseModel

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document
from crossway.runtime.once import Once
from crossway.sdk.app import Crossway
from crossway.sdk.http import Request, Response
from crossway.sdk.plugin import Head
from crossway.sdk.policies import headers, rate_limit, retry
from crossway.sdk.service import SHARED


def line(text: str) -> int:
    """Return the line of this file in which *text* first stands."""
    with open(__file__) as file:  # noqa: PTH123
        return next(number for number, each in enumerate(file, start=1) if text in each)


def test_the_app_of_the_architecture_page_says_what_yaml_says():
    cw = Crossway()
    cw.service("users", "http://127.0.0.1:9001")
    orders = cw.service("orders", "http://127.0.0.1:9002")
    cw.route("/orders/*", to=orders, policies=[rate_limit("100/minute", by="client_ip")])
    assert cw.documents() == {
        "gateways": {"edge": {"listeners": {"http": {"port": 8080}}}},
        "services": {"users": {"endpoints": ["127.0.0.1:9001"]}, "orders": {"endpoints": ["127.0.0.1:9002"]}},
        "routes": {
            "orders": {
                "matches": [{"path": "/orders/*"}],
                "to": "orders",
                "policies": {"rate_limit": {"limit": "100/minute", "by": "client_ip"}},
            }
        },
    }


def test_a_url_is_the_service_that_the_reader_makes_of_it():
    urls = ["http://a.example", "https://a.example:8443", "h2c://[::1]:50051", "https://a.example/"]
    cw = Crossway()
    for number, url in enumerate(urls):
        cw.service(f"s{number}", url)
    pipeline = Pipeline(load_policies())
    as_yaml = pipeline.read([Document("a.yaml", "services:\n" + "".join(f"  s{n}: {u}\n" for n, u in enumerate(urls)))])
    services = cw.documents()["services"]
    as_app = pipeline.read([Document("b.yaml", f"services: {services}")])
    assert as_yaml.findings == as_app.findings == ()
    for one, other in zip(as_yaml.resources.values(), as_app.resources.values(), strict=True):
        assert one.model_dump() == other.model_dump()


def test_gateways_and_what_holds_for_all_of_them():
    cw = Crossway()
    cw.gateway(port=9000, policies=[retry(1)])
    cw.gateway("inside", listeners={"http": 9001})
    cw.policy(retry(3), headers(response={"set": {"x-a": "b"}}))
    gateways = cw.documents()["gateways"]
    assert gateways["edge"]["listeners"] == {"http": {"port": 9000}}
    assert gateways["inside"]["listeners"] == {"http": 9001}
    assert gateways["edge"]["policies"]["retry"] == 1
    assert gateways["inside"]["policies"] == {"retry": 3, "headers": {"response": {"set": {"x-a": "b"}}}}


def test_the_default_gateway_has_them_too():
    cw = Crossway()
    cw.policy(retry(3))
    assert cw.documents()["gateways"]["edge"]["policies"] == {"retry": 3}


def test_consumers_and_certificates():
    cw = Crossway()
    cw.consumer("ada", credentials={"api_keys": ["k"]})
    cw.certificate("shop", certificate="shop.pem", key="shop.key")
    documents = cw.documents()
    assert documents["consumers"] == {"ada": {"credentials": {"api_keys": ["k"]}}}
    assert documents["certificates"] == {"shop": {"certificate": "shop.pem", "key": "shop.key"}}


@pytest.mark.parametrize(
    ("match", "name", "conditions"),
    [
        ("/orders/*", "orders", [{"path": "/orders/*"}]),
        ("/", "root", [{"path": "/"}]),
        ("GET /users/{user_id}", "get-users-user_id", [{"path": "/users/{user_id}", "methods": ["GET"]}]),
        ("get|HEAD  /a", "get-head-a", [{"path": "/a", "methods": ["get", "HEAD"]}]),
        (["/a", "POST /b"], "a", [{"path": "/a"}, {"path": "/b", "methods": ["POST"]}]),
    ],
)
def test_what_a_route_matches_and_is_called(match, name, conditions):
    cw = Crossway()
    cw.route(match, to="s")
    assert cw.documents()["routes"] == {name: {"matches": conditions, "to": "s"}}


def test_where_a_route_leads():
    cw = Crossway()
    one, two = cw.service("one", "127.0.0.1:1"), cw.service("two", ["127.0.0.1:2", "127.0.0.1:3"])
    cw.route("/a", to=[(one, 90), (two, 10)])
    cw.route("/b", to={"service": two, "subset": "v2"})
    cw.route("/c", to=Response(418, {"content-type": "text/plain"}, "tea"))
    cw.route("/d", redirect={"path": "/a"}, hostnames="a.example")
    routes = cw.documents()["routes"]
    assert routes["a"]["to"] == [{"service": "one", "weight": 90}, {"service": "two", "weight": 10}]
    assert routes["b"]["to"] == {"service": "two", "subset": "v2"}
    assert routes["c"]["respond"] == {"status": 418, "body": "tea", "content_type": "text/plain"}
    assert routes["d"] == {"matches": [{"path": "/d"}], "hostnames": ["a.example"], "redirect": {"path": "/a"}}


class Settings(BaseModel):
    header: str = "x-stamp"
    seconds: int = 1


async def stamp(head: Head, settings: Settings) -> None:
    head.headers[settings.header] = "1"


def test_plugins_are_named_and_given_their_settings():
    cw = Crossway()
    cw.plugin(stamp)
    assert cw.plugin(name="other", deadline=timedelta(seconds=2), failure="open")(check) is check
    cw.route("/a", to="s", plugins=[stamp, (check, {"header": "y"}), "installed", (stamp, Settings(header="z"))])
    documents = cw.documents()
    assert documents["plugins"] == {
        "stamp": {"file": __file__, "attribute": "stamp"},
        "other": {"file": __file__, "attribute": "check", "deadline": "2000ms", "failure": "open"},
    }
    assert documents["routes"]["a"]["policies"] == {
        "plugins": [
            "stamp",
            {"plugin": "other", "settings": {"header": "y"}},
            "installed",
            {"plugin": "stamp", "settings": {"header": "z"}},
        ]
    }


async def check(request: Request, settings: Settings) -> None: ...


def test_what_only_code_can_say_is_found_by_its_name():
    cw = Crossway()
    cw.service("users", "http://127.0.0.1:9001")

    @cw.compose("GET /profile/{user_id}", policies=[retry(2)], plugins=["stamp"])
    async def profile(user_id: str):
        return user_id

    @cw.websocket("/ws")
    async def chat(websocket): ...

    async def site(scope, receive, send): ...

    cw.mount("/admin/*", site)
    cw.route("/shop/*", to=site)
    documents = cw.documents()
    assert {name: settings["attribute"] for name, settings in documents["plugins"].items()} == {
        "profile": "cw.handlers.profile",
        "chat": "cw.handlers.chat",
        "admin": "cw.handlers.admin",
        "shop": "cw.handlers.shop",
    }
    assert documents["plugins"]["chat"]["isolation"] == "process"
    assert documents["routes"]["profile"] == {
        "matches": [{"path": "/profile/{user_id}", "methods": ["GET"]}],
        "policies": {"retry": 2, "app": {"plugin": "profile", "services": ["users"]}, "plugins": ["stamp"]},
    }
    assert documents["routes"]["admin"]["matches"] == [{"path": "/admin/*"}]
    assert [name for name, _ in cw.handlers] == ["profile", "chat", "admin", "shop"]


def test_every_call_is_known_by_its_line():
    cw = Crossway()
    cw.service("a", "127.0.0.1:1")  # the service
    cw.route("/a", to="a", policies=[retry(1),
        rate_limit("1/minute")])  # fmt: skip

    @cw.compose("/b")  # the composition
    async def b(): ...

    places = {f"{each.kind}.{each.name}": each.places for each in cw.declared()}
    assert places["services.a"][()][:2] == (__file__, line("# the service\n"))
    assert places["routes.b"][()].line == places["plugins.b"][()].line == line("# the composition\n")
    assert places["routes.a"]["policies", "rate_limit"].line == places["routes.a"]["policies", "retry"].line + 1
    assert places["routes.a"]["policies", "retry"].column == 38


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda cw: cw.route("/a", to="a", policies=[retry(1), retry(2)]), "retry stands here twice"),
        (lambda cw: cw.route("/a", to="a", policies=["retry"]), "is no policy"),
        (lambda cw: cw.route("/a", to=object()), "cannot stand in a configuration"),
        (lambda cw: cw.route("/a", to="a", plugins=[lambda: None]), "@cw.plugin above it"),
        (lambda cw: cw.route("/a", to=Response(headers={"x-a": "b"})), "no header but content-type"),
        (lambda cw: cw.route(["/a", "/b"], to=print), "one path"),
        (lambda cw: cw.plugin(print), "print"),
        (lambda cw: (cw.mount("/a", print), cw.mount("/a", print)), "two handlers are called 'a'"),
    ],
)
def test_what_no_configuration_could_say_is_raised(mistake, message):
    with pytest.raises((TypeError, ValueError), match=message):
        mistake(Crossway())


async def test_calls_at_once_and_identical_ones_once():
    calls = []
    both = asyncio.Event()

    async def call(service, request):
        calls.append(f"{service} {request.method} {request.target}")
        if len(calls) == 2:
            both.set()
        await both.wait()  # one after the other, they would never come back
        return Response(json={"path": request.path})

    cw = Crossway()
    users = cw.service("users", "http://127.0.0.1:9001")
    SHARED.set(Once(call))
    async with asyncio.timeout(5):
        a, again, b = await cw.gather(
            users.get("/a", params={"x": 1}), users.get("/a", params={"x": 1}), users.get("/b")
        )
        await users.get("/b")
        await users.get("/b", headers={"accept": "text/plain"})
        await users.post("/b", json={})
        await users.post("/b", json={})
    assert a.json() == again.json() == {"path": "/a"}
    assert a is not again
    assert b.json() == {"path": "/b"}
    assert calls == ["users GET /a?x=1", "users GET /b", "users GET /b", "users POST /b", "users POST /b"]


async def test_the_first_error_is_raised_and_the_rest_cancelled():
    cancelled = asyncio.Event()

    async def broken():
        raise ConnectionError("away")

    async def endless():
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(ConnectionError, match="away"):
        await Crossway().gather(endless(), broken())
    assert cancelled.is_set()
