"""Which route a request takes, asked of the running product."""

import collections
from collections.abc import Iterator

import pytest

from harness.background import Background
from harness.client import connected
from harness.configurations import telling
from harness.gateway import Gateway
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

UNIMPLEMENTED = "12"

HOSTS = {
    "exact": {"hostnames": ["a.test"], "matches": [{"path": "/"}]},
    "below": {"hostnames": ["*.a.test"], "matches": [{"path": "/"}]},
    "further-below": {"hostnames": ["*.b.a.test"], "matches": [{"path": "/"}]},
    "inside": {"hostnames": ["in.b.a.test"], "matches": [{"path": "/only"}]},
    "anywhere": {"matches": [{"path": "/"}, {"path": "/only"}, {"path": "/anywhere"}]},
    "upper": {"hostnames": ["UPPER.test"], "matches": [{"path": "/"}]},
    "two-names": {"hostnames": ["one.test", "two.test"], "matches": [{"path": "/"}]},
}
PATHS = {
    "exact": {"matches": [{"path": "/exact"}]},
    "prefix": {"matches": [{"path": "/prefix/*"}]},
    "longer-prefix": {"matches": [{"path": "/prefix/longer/*"}]},
    "template": {"matches": [{"path": "/users/{id}"}]},
    "template-with-rest": {"matches": [{"path": "/users/{id}/files/*"}]},
    "regex": {"matches": [{"path": "~/v[0-9]+/.*"}], "priority": 1},
    "by-text": {"matches": [{"path": "^/text"}]},
    "by-longer-text": {"matches": [{"path": "^/text/lo"}]},
    "slash": {"matches": [{"path": "/trailing/"}]},
    "rest": {"matches": [{"path": "/*"}]},
}
CONDITIONS = {
    "get": {"matches": [{"path": "/methods", "methods": ["get", "HEAD"]}]},
    "post": {"matches": [{"path": "/methods", "methods": ["POST"]}]},
    "header-exact": {"matches": [{"path": "/headers", "headers": {"X-Exact": "one"}}]},
    "header-prefix": {"matches": [{"path": "/headers", "headers": {"x-prefix": {"prefix": "be"}}}]},
    "header-suffix": {"matches": [{"path": "/headers", "headers": {"x-suffix": {"suffix": "end"}}}]},
    "header-contains": {"matches": [{"path": "/headers", "headers": {"x-contains": {"contains": "mid"}}}]},
    "header-regex": {"matches": [{"path": "/headers", "headers": {"x-regex": {"regex": "[a-c]+"}}}]},
    "header-present": {"matches": [{"path": "/headers", "headers": {"x-present": {"present": True}}}]},
    "header-absent": {"matches": [{"path": "/absent", "headers": {"x-absent": {"absent": True}}}]},
    "header-other": {"matches": [{"path": "/other-header", "headers": {"x-other": {"not": "one"}}}]},
    "query-exact": {"matches": [{"path": "/queries", "queries": {"exact": "one"}}]},
    "query-prefix": {"matches": [{"path": "/queries", "queries": {"prefix": {"prefix": "be"}}}]},
    "query-regex": {"matches": [{"path": "/queries", "queries": {"regex": {"regex": "[a-c]+"}}}]},
    "query-present": {"matches": [{"path": "/queries", "queries": {"present": {"present": True}}}]},
    "query-absent": {"matches": [{"path": "/absent-query", "queries": {"absent": {"absent": True}}}]},
    "query-other": {"matches": [{"path": "/other-query", "queries": {"other": {"not": "one"}}}]},
    "cookie-exact": {"matches": [{"path": "/cookies", "cookies": {"exact": "one"}}]},
    "cookie-prefix": {"matches": [{"path": "/cookies", "cookies": {"prefix": {"prefix": "be"}}}]},
    "cookie-present": {"matches": [{"path": "/cookies", "cookies": {"present": {"present": True}}}]},
    "cookie-absent": {"matches": [{"path": "/absent-cookie", "cookies": {"absent": {"absent": True}}}]},
    "cookie-other": {"matches": [{"path": "/other-cookie", "cookies": {"other": {"not": {"prefix": "one"}}}}]},
    "grpc-method": {"matches": [{"grpc": "shop.Orders/Get"}]},
    "grpc-service": {"matches": [{"grpc": "shop.Orders"}]},
    "any-of": {"matches": [{"path": "/one"}, {"path": "/two", "methods": ["POST"]}]},
    "all-of": {"matches": [{"path": "/all", "headers": {"x-a": "1", "x-b": "2"}, "queries": {"c": "3"}}]},
    "local": {"matches": [{"path": "/source", "source_ips": ["127.0.0.0/8"]}]},
    "remote": {"matches": [{"path": "/source-elsewhere", "source_ips": ["10.0.0.0/8"]}]},
}
PRECEDENCE = {
    "exact": {"matches": [{"path": "/a/b"}]},
    "template": {"matches": [{"path": "/a/{id}"}]},
    "prefix": {"matches": [{"path": "/a/*"}]},
    "shorter-prefix": {"matches": [{"path": "/*"}]},
    "regex": {"matches": [{"path": "~/a/b|/r/.*"}]},
    "prefix-before-regex": {"matches": [{"path": "/r/*"}]},
    "with-method": {"matches": [{"path": "/m", "methods": ["GET"]}]},
    "with-headers": {"matches": [{"path": "/m", "headers": {"x-a": "1", "x-b": "1"}}]},
    "with-header": {"matches": [{"path": "/m", "headers": {"x-a": "1"}}]},
    "with-query": {"matches": [{"path": "/m", "queries": {"q": "1"}}]},
    "without": {"matches": [{"path": "/m"}]},
    "first-by-name": {"matches": [{"path": "/tie"}]},
    "second-by-name": {"matches": [{"path": "/tie"}]},
    "last-by-tiebreak": {"matches": [{"path": "/older"}], "tiebreak": "2026-02"},
    "younger": {"matches": [{"path": "/older"}], "tiebreak": "2026-01"},
    "text": {"matches": [{"path": "^/segment"}]},
    "segment": {"matches": [{"path": "/segment/*"}]},
    "special": {"matches": [{"path": "/fall/through", "headers": {"x-special": "1"}}]},
    "ordinary": {"matches": [{"path": "/fall/*"}]},
    "ahead": {"matches": [{"path": "/ahead/*"}], "priority": 1},
    "behind": {"matches": [{"path": "/ahead/exact"}]},
    "last-of-all": {"matches": [{"path": "/late"}], "priority": -1},
    "late": {"matches": [{"path": "/late/*"}]},
}
ACTIONS = {
    "scheme": {"matches": [{"path": "/scheme"}], "redirect": {"scheme": "https"}},
    "hostname": {"matches": [{"path": "/hostname"}], "redirect": {"hostname": "other.test"}},
    "port": {"matches": [{"path": "/port"}], "redirect": {"port": 9999}},
    "everything": {
        "matches": [{"path": "/everything"}],
        "redirect": {"scheme": "https", "hostname": "other.test", "port": 8443, "path": "/new", "status": 308},
    },
    "path": {"matches": [{"path": "/path/*"}], "redirect": {"path": "/whole", "status": 301}},
    "prefix": {"matches": [{"path": "/old/*"}], "redirect": {"path_prefix": "/new", "status": 307}},
    "prefix-away": {"matches": [{"path": "/away/*"}], "redirect": {"path_prefix": "/", "status": 303}},
    "by-text": {"matches": [{"path": "^/text"}], "redirect": {"path_prefix": "/new/"}},
    "query-away": {"matches": [{"path": "/query"}], "redirect": {"path": "/clean", "keep_query": False}},
    "answer": {
        "matches": [{"path": "/answer"}],
        "respond": {"status": 418, "body": '{"tea": "100%"}', "content_type": "application/json"},
    },
    "nothing": {"matches": [{"path": "/nothing"}], "respond": {"status": 204}},
}


def on(host: str, routes: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Return *routes* on a host of their own, each answering with its own short name."""
    own = {}
    for name, settings in routes.items():
        action = {} if {"redirect", "respond"} & settings.keys() else {"respond": {"body": name}}
        own[f"{host}-{name}"] = {"hostnames": [f"{host}.test"], **settings, **action}
    return own


@pytest.fixture(scope="module")
def gateway(background: Background) -> Iterator[Gateway]:
    routes = {
        **HOSTS,
        **on("paths", PATHS),
        **on("conditions", CONDITIONS),
        **on("precedence", PRECEDENCE),
        **on("actions", ACTIONS),
    }
    with background.entered(Gateway(telling(routes))) as running:
        yield running


async def taken(gateway: Gateway, path: str, host: str, **request) -> str | None:
    """Return the name of the route that answers; `None` if there is none."""
    answer = await gateway.get(path, host=host, **request)
    if "grpc-status" in answer.headers:
        return None if answer.headers["grpc-status"] == UNIMPLEMENTED else answer.headers["grpc-message"]
    return answer.text if answer.status == 200 else None


@pytest.mark.parametrize(
    ("host", "path", "route"),
    [
        ("a.test", "/", "exact"),
        ("A.TEST", "/", "exact"),
        ("a.test:8080", "/", "exact"),
        ("A.Test:80", "/", "exact"),
        ("a.test.", "/", "exact"),
        ("x.a.test", "/", "below"),
        ("X.A.test:443", "/", "below"),
        ("y.x.a.test", "/", "below"),
        ("b.a.test", "/", "below"),
        ("x.b.a.test", "/", "further-below"),
        ("y.x.b.a.test", "/", "further-below"),
        ("other.test", "/", "anywhere"),
        ("127.0.0.1", "/", "anywhere"),
        ("[::1]:8080", "/", "anywhere"),
        ("xa.test", "/", "anywhere"),
        ("upper.test", "/", "upper"),
        ("one.test", "/", "two-names"),
        ("two.test", "/", "two-names"),
        # A host that is known never reaches the routes of a less specific one.
        ("a.test", "/anywhere", None),
        ("x.a.test", "/anywhere", None),
        ("in.b.a.test", "/only", "inside"),
        ("in.b.a.test", "/", None),
        ("other.test", "/nowhere", None),
    ],
)
async def test_hosts(gateway: Gateway, host: str, path: str, route: str | None) -> None:
    assert await taken(gateway, path, host) == route


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/exact", "exact"),
        ("/exact?query=/other", "exact"),
        ("/Exact", "rest"),
        ("/exact/", "rest"),
        ("/exactly", "rest"),
        ("/prefix", "prefix"),
        ("/prefix?x", "prefix"),
        ("/prefix/", "prefix"),
        ("/prefix/a/b", "prefix"),
        ("/prefixed", "rest"),
        ("/prefix/longer", "longer-prefix"),
        ("/prefix/longer/x", "longer-prefix"),
        ("/prefix/longest", "prefix"),
        ("/users/7", "template"),
        ("/users/7?x=1", "template"),
        ("/users/a.b-c~d", "template"),
        ("/users/a%20b", "template"),
        ("/users/", "rest"),
        ("/users", "rest"),
        ("/users/7/8", "rest"),
        ("/users/7/files/a/b", "template-with-rest"),
        ("/users/7/other/a", "rest"),
        ("/v12/x", "regex"),
        ("/v12", "rest"),
        ("/x/v12/x", "rest"),
        ("/text", "by-text"),
        ("/texts/a?b", "by-text"),
        ("/text/a", "by-text"),
        ("/text/longer/a", "by-longer-text"),
        ("/tex", "rest"),
        ("/trailing/", "slash"),
        ("/trailing", "rest"),
        ("/", "rest"),
    ],
)
async def test_paths(gateway: Gateway, path: str, route: str) -> None:
    assert await taken(gateway, path, "paths.test") == route


@pytest.mark.parametrize(
    ("request_line", "headers", "route"),
    [
        ("GET /methods", {}, "get"),
        ("POST /methods", {}, "post"),
        ("PUT /methods", {}, None),
        ("GET /headers", {"x-exact": "one"}, "header-exact"),
        ("GET /headers", {"x-exact": "ONE"}, None),
        ("GET /headers", {"x-exact": "one more"}, None),
        ("GET /headers", {"x-prefix": "before"}, "header-prefix"),
        ("GET /headers", {"x-suffix": "the end"}, "header-suffix"),
        ("GET /headers", {"x-contains": "amidst"}, "header-contains"),
        ("GET /headers", {"x-regex": "abc"}, "header-regex"),
        ("GET /headers", {"x-regex": "abcd"}, None),
        ("GET /headers", {"x-present": ""}, "header-present"),
        ("GET /headers", {}, None),
        ("GET /absent", {}, "header-absent"),
        ("GET /absent", {"x-absent": "no"}, None),
        ("GET /other-header", {}, "header-other"),
        ("GET /other-header", {"x-other": "two"}, "header-other"),
        ("GET /other-header", {"x-other": "one"}, None),
        ("GET /other-query", {}, "query-other"),
        ("GET /other-query?other=two&other=one", {}, "query-other"),
        ("GET /other-query?another=one", {}, "query-other"),
        ("GET /other-query?a=b&other=one", {}, None),
        ("GET /other-cookie", {}, "cookie-other"),
        ("GET /other-cookie", {"cookie": "a=b; other=two"}, "cookie-other"),
        ("GET /other-cookie", {"cookie": "a=b; other=one"}, None),
        ("GET /queries?exact=one", {}, "query-exact"),
        ("GET /queries?other=1&exact=one", {}, "query-exact"),
        ("GET /queries?exact=two", {}, None),
        pytest.param(
            *("GET /queries?exact=%6Fne", {}, "query-exact"),
            marks=pytest.mark.xfail(strict=True, reason="Envoy compares query parameters without decoding them"),
        ),
        ("GET /queries?prefix=before", {}, "query-prefix"),
        ("GET /queries?regex=abc", {}, "query-regex"),
        ("GET /queries?regex=abcd", {}, None),
        ("GET /queries?present", {}, "query-present"),
        ("GET /queries?present=1", {}, "query-present"),
        ("GET /absent-query", {}, "query-absent"),
        ("GET /absent-query?absent", {}, None),
        ("GET /cookies", {"cookie": "exact=one"}, "cookie-exact"),
        ("GET /cookies", {"cookie": "other=1; exact=one"}, "cookie-exact"),
        ("GET /cookies", {"cookie": "exact=two"}, None),
        ("GET /cookies", {"cookie": "prefix=before"}, "cookie-prefix"),
        ("GET /cookies", {"cookie": "present=anything"}, "cookie-present"),
        ("GET /cookies", {}, None),
        ("GET /absent-cookie", {}, "cookie-absent"),
        ("GET /absent-cookie", {"cookie": "other=1"}, "cookie-absent"),
        ("GET /absent-cookie", {"cookie": "absent=1"}, None),
        ("POST /shop.Orders/Get", {"content-type": "application/grpc"}, "grpc-method"),
        ("POST /shop.Orders/Put", {"content-type": "application/grpc+proto"}, "grpc-service"),
        ("POST /shop.Orders/Get", {"content-type": "application/json"}, None),
        ("POST /shop.Payments/Get", {"content-type": "application/grpc"}, None),
        ("GET /one", {}, "any-of"),
        ("POST /two", {}, "any-of"),
        ("GET /two", {}, None),
        ("GET /all?c=3", {"x-a": "1", "x-b": "2"}, "all-of"),
        ("GET /all?c=3", {"x-a": "1"}, None),
        ("GET /all", {"x-a": "1", "x-b": "2"}, None),
        ("GET /source", {}, "local"),
        ("GET /source", {"x-forwarded-for": "10.1.1.1"}, "local"),
        ("GET /source-elsewhere", {}, None),
        ("GET /source-elsewhere", {"x-forwarded-for": "10.1.1.1"}, None),
    ],
)
async def test_conditions(gateway: Gateway, request_line: str, headers: dict[str, str], route: str | None) -> None:
    method, path = request_line.split()
    assert await taken(gateway, path, "conditions.test", method=method, headers=headers) == route


@pytest.mark.parametrize(
    ("request_line", "headers", "route"),
    [
        ("GET /a/b", {}, "exact"),
        ("GET /a/c", {}, "template"),
        ("GET /a/c/d", {}, "prefix"),
        ("GET /b", {}, "shorter-prefix"),
        ("GET /r/x", {}, "prefix-before-regex"),
        ("GET /m", {}, "with-method"),
        ("GET /m?q=1", {"x-a": "1", "x-b": "1"}, "with-method"),
        ("POST /m?q=1", {"x-a": "1", "x-b": "1"}, "with-headers"),
        ("POST /m?q=1", {"x-a": "1"}, "with-header"),
        ("POST /m?q=1", {}, "with-query"),
        ("POST /m", {}, "without"),
        ("GET /tie", {}, "first-by-name"),
        ("GET /older", {}, "younger"),
        ("GET /segment/a", {}, "segment"),
        ("GET /segments", {}, "text"),
        ("GET /fall/through", {"x-special": "1"}, "special"),
        # What fails a condition goes on to the less specific path.
        ("GET /fall/through", {}, "ordinary"),
        ("GET /ahead/exact", {}, "ahead"),
        ("GET /late", {}, "late"),
    ],
)
async def test_precedence(gateway: Gateway, request_line: str, headers: dict[str, str], route: str) -> None:
    method, path = request_line.split()
    assert await taken(gateway, path, "precedence.test", method=method, headers=headers) == route


async def test_what_is_never_reached_is_said(gateway: Gateway) -> None:
    findings = [(item["code"], item["path"]) for item in (await gateway.state())["findings"]]
    assert sorted(findings) == [
        ("route.overlap", "routes.precedence-last-by-tiebreak.matches[0]"),
        ("route.overlap", "routes.precedence-second-by-name.matches[0]"),
        ("route.unreachable", "routes.precedence-behind.matches[0]"),
        ("route.unreachable", "routes.precedence-last-of-all.matches[0]"),
        ("route.unreachable", "routes.precedence-regex.matches[0]"),
    ]


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/scheme?a=1", 302, "https://actions.test/scheme?a=1"),
        ("/hostname", 302, "http://other.test:$http/hostname"),
        ("/port", 302, "http://actions.test:9999/port"),
        ("/everything?a=1", 308, "https://other.test:8443/new?a=1"),
        ("/path/x?a=1", 301, "http://actions.test:$http/whole?a=1"),
        ("/old", 307, "http://actions.test:$http/new"),
        ("/old/x/y?a=1", 307, "http://actions.test:$http/new/x/y?a=1"),
        ("/away/x", 303, "http://actions.test:$http/x"),
        ("/away", 303, "http://actions.test:$http/"),
        ("/texts?a=1", 302, "http://actions.test:$http/new/s?a=1"),
        ("/text/s", 302, "http://actions.test:$http/new/s"),
        ("/query?a=1", 302, "http://actions.test:$http/clean"),
    ],
)
async def test_redirects(gateway: Gateway, path: str, status: int, location: str) -> None:
    port = str(gateway.port("http"))
    answer = await gateway.get(path, host=f"actions.test:{port}")
    assert answer.status == status
    # The default port may be named (RFC 3986, section 6.2.3).
    assert answer.headers["location"].replace("test:443/", "test/") == location.replace("$http", port)
    assert answer.body == b""


async def test_answers_of_the_gateway(gateway: Gateway) -> None:
    answer = await gateway.get("/answer", host="actions.test")
    assert (answer.status, answer.json) == (418, {"tea": "100%"})
    assert answer.headers["content-type"] == "application/json"
    head = await gateway.get("/answer", host="actions.test", method="HEAD")
    assert (head.status, head.body) == (418, b"")
    nothing = await gateway.get("/nothing", host="actions.test")
    assert (nothing.status, nothing.body) == (204, b"")


async def test_what_no_route_takes_is_a_problem(gateway: Gateway) -> None:
    answer = await gateway.get("/nowhere", host="nobody.test")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] in {404, "404"}
    assert answer.json["request_id"] == answer.headers["x-request-id"]


WEIGHTS = """
gateways: {edge: {listeners: {http: $http}}}
services:
  large: "http://127.0.0.1:$large"
  small: "http://127.0.0.1:$small"
  none: "http://127.0.0.1:$none"
routes:
  weighted:
    matches: [{path: /weighted}]
    to: [{service: large, weight: 80}, {service: small, weight: 20}, {service: none, weight: 0}]
  mirrored:
    matches: [{path: /mirrored}]
    to: large
    policies: {mirror: {to: small}}
  nobody:
    matches: [{path: /nobody}]
    to: away
"""


@pytest.fixture(scope="module")
def backends(upstreams: Upstreams) -> dict[str, Echo]:
    return {name: upstreams.echo(name) for name in ("large", "small", "none")}


@pytest.fixture(scope="module")
def weighted(background: Background, backends: dict[str, Echo]) -> Iterator[Gateway]:
    ports = {name: backend.port for name, backend in backends.items()}
    with background.entered(Gateway(WEIGHTS, **ports)) as running:
        yield running


async def test_weights(weighted: Gateway) -> None:
    answered: collections.Counter[str] = collections.Counter()
    async with connected(weighted.port("http")) as connection:
        for _ in range(500):
            answered[(await connection.request("/weighted")).json["service"]] += 1
    assert 350 < answered["large"] < 450
    assert answered["large"] + answered["small"] == 500


async def test_mirrored_requests_arrive_and_nobody_waits_for_their_answers(weighted: Gateway, backends) -> None:
    headers = {"x-case-id": "mirrored"}
    answer = await weighted.get("/mirrored?a=1", method="POST", headers=headers, body="hello")
    assert answer.json["service"] == "large"
    (copy,) = await until(lambda: backends["small"].of_case("mirrored"))
    assert (copy.method, copy.path, copy.body, copy.headers["host"]) == ("POST", "/mirrored?a=1", "hello", "test")


async def test_a_route_to_a_service_that_is_not_there_is_closed_alone(weighted: Gateway) -> None:
    answer = await weighted.get("/nobody")
    assert (answer.status, answer.json["code"]) == (503, "reference.dangling")
    (finding,) = (await weighted.state())["findings"]
    assert (finding["code"], finding["path"]) == ("reference.dangling", "routes.nobody.to[0].service")
