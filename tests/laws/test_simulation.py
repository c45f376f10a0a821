"""The simulation says what a real Envoy does: which route, which path, host and headers at the backend, which answer.

One Envoy serves the whole module and takes one random configuration after the other. ``CROSSWAY_SIMULATION=deep`` runs
twenty times as many.
"""

import json
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crossway.compile.envoy import host, layout, names
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.dialects.native import Loaded
from crossway.model import Gateway, Part, Ref, Route, Service
from crossway.simulation.effect import Forwarded
from crossway.simulation.entrance import Answered
from crossway.simulation.outcome import outcome
from crossway.simulation.request import Request, joined
from crossway.simulation.router import Routed, Router, router
from harness.proxy import Proxy, Reply, proxied
from harness.upstreams import Echo, Upstreams
from laws.test_layouts import LAYOUTS

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1200)]

DEEP = os.environ.get("CROSSWAY_SIMULATION") == "deep"
REQUESTS = 60
EDGE = Ref("gateways", "edge")

# What a backend or a client sees and nobody can foretell, or what the test server adds.
CHANCE = {"x-request-id", "date", "content-length", "connection", "transfer-encoding", "x-service"}

HOSTNAMES = ["*", "*.example.org", "a.example.org", "a.b.example.org"]
PATHS = [
    *("/", "/a", "/a/b", "/a%2Fb", "/*", "/a/*", "/a/b/*", "/{x}", "/a/{x}", "/{x}/b", "/a/{y}/*", "/{x}/{y}/*"),
    *("^/a", "^/a/", "^/a/b", "^/a%2"),
    *("~/a.*", "~/[ab]+", "~/(\\w+)/b.*"),
]
values = st.sampled_from(
    [
        "1",
        {"prefix": "1"},
        {"regex": "[12]+"},
        {"present": True},
        {"absent": True},
        {"not": "1"},
        {"not": {"suffix": "1"}},
    ]
)
matches = st.fixed_dictionaries(
    {"path": st.sampled_from(PATHS)},
    optional={
        "methods": st.lists(st.sampled_from(["GET", "POST"]), unique=True, max_size=1),
        "headers": st.dictionaries(st.sampled_from(["x-one", "x-two"]), values, max_size=1),
        "queries": st.dictionaries(st.sampled_from(["q"]), values, max_size=1),
        "cookies": st.dictionaries(st.sampled_from(["c"]), values, max_size=1),
        "source_ips": st.sampled_from([["10.0.0.0/8"], ["127.0.0.0/8"]]),
    },
)
texts = st.sampled_from(["v", "{host}", "<{path}>", "{client_ip}", "{service}{route}", "100%", "{method} {{host}}"])
headers = st.dictionaries(
    st.sampled_from(["x-one", "x-two", "x-new", "x-h", "accept", "x-forwarded-host"]), texts, max_size=2
)
edits = st.fixed_dictionaries(
    {},
    optional={
        "set": headers,
        "add": headers,
        "add_if_absent": headers,
        "remove": st.lists(st.sampled_from(["x-one", "x-two", "x-new", "user-agent", "cookie"]), max_size=2),
    },
)
edited = st.fixed_dictionaries({}, optional={"request": edits, "response": edits})
rewrites = st.fixed_dictionaries(
    {},
    optional={
        "path": st.one_of(
            st.sampled_from(
                [{"path_prefix": "/"}, {"path_prefix": "/v2"}, {"path_prefix": "/v2/"}, {"path": "/fix%ed"}]
            ),
            st.sampled_from(
                [
                    {"regex": {"pattern": "/a", "replacement": "/z"}},
                    {"regex": {"pattern": "([a-z])/?", "replacement": "<\\1>"}},
                    {"regex": {"pattern": "x*", "replacement": "-"}},
                ]
            ),
        ),
        "host": st.sampled_from(["b.example", {"from_header": "x-h"}, "backend"]),
    },
)
redirects = st.sampled_from(
    [
        {"scheme": "https"},
        {"hostname": "c.example", "status": 301},
        {"path": "/there", "keep_query": False},
        {"path": "/there"},
        {"path_prefix": "/new", "port": 99},
        {"path_prefix": "/new/"},
        {"path_prefix": "/", "scheme": "http", "port": 80, "status": 308},
    ]
)
actions = st.one_of(
    st.just({"to": "one"}),
    st.just({"to": [{"service": "one", "weight": 0}, {"service": "two", "weight": 3}]}),
    edited.map(
        lambda headers: {"to": [{"service": "one", "weight": 0}, {"service": "two", "policies": {"headers": headers}}]}
    ),
    edited.map(lambda headers: {"to": {"service": "one", "policies": {"headers": headers}}}),
    st.just({"to": {"service": "one", "policies": {"rewrite": {"host": "c.example"}}}}),
    st.just({"to": {"status": 500}}),
    redirects.map(lambda redirect: {"redirect": redirect}),
    st.sampled_from([{"body": "hello"}, {"status": 418, "body": "no", "content_type": "text/x"}, {"status": 404}]).map(
        lambda respond: {"respond": respond}
    ),
)
routes = st.fixed_dictionaries(
    {"matches": st.lists(matches, min_size=1, max_size=2), "action": actions, "headers": edited, "rewrite": rewrites},
    optional={
        "hostnames": st.lists(st.sampled_from(HOSTNAMES), unique=True, max_size=2),
        "tiebreak": st.sampled_from(["a", "b"]),
    },
)
paths = st.fixed_dictionaries(
    {},
    optional={
        "normalize": st.just(False),
        "merge_slashes": st.just(False),
        "escaped_slashes": st.sampled_from(["keep", "reject", "unescape"]),
    },
)
clients = st.sampled_from(
    [{}, {}, {"trusted_hops": 1}, {"trusted_hops": 2}, {"trusted_proxies": ["127.0.0.0/8"]}, {"header": "x-client"}]
)
policies = st.fixed_dictionaries(
    {"paths": paths, "client_ip": clients, "headers": edited},
    optional={"limits": st.sampled_from([{"underscores": "drop"}, {"underscores": "allow", "header_count": 9}])},
)


def built(port: int, echo: Echo, policies: Mapping[str, Any], entries: list[dict[str, Any]]) -> dict[Ref, Part]:
    known = load_policies()
    context = {"read_policy": lambda name, value: known[name].spec.model_validate(value)}
    told = {"headers": {"response": {"set": {"x-route": "{route}"}}}}
    edge = {"listeners": {"main": {"address": "127.0.0.1", "port": port, "policies": told}}, "policies": policies}
    found: dict[Ref, Part] = {EDGE: Gateway.model_validate(edge, context=context)}
    for name in ("one", "two"):
        found[Ref("services", name)] = Service.model_validate({"endpoints": [echo.address]})
    for number, entry in enumerate(entries):
        rewrite = {**entry["rewrite"].get("path", {}), **{k: v for k, v in entry["rewrite"].items() if k == "host"}}
        route = {key: entry[key] for key in ("matches", "hostnames", "tiebreak") if key in entry}
        attached = {"headers": entry["headers"]} | ({"rewrite": rewrite} if rewrite else {})
        action = entry["action"]
        if "path_prefix" in action.get("redirect", {}) and any(m["path"].startswith("~") for m in entry["matches"]):
            action = {"to": "one"}
        found[Ref("routes", f"r{number}")] = Route.model_validate(
            {**route, **action, "policies": attached}, context=context
        )
    return found


def asked(seed: int) -> Iterator[Request]:
    """Yield requests that the configurations are likely to differ about."""
    dice = random.Random(seed)
    hosts = ["a.example.org", "A.b.Example.org", "b.example.org:8080", "example.org", "a.example.org.:80", "[::1]:8080"]
    segments = [
        "a",
        "a",
        "b",
        "b",
        "ab",
        "",
        ".",
        "..",
        "%2e",
        "%2F",
        "a%2Fb",
        "c;d",
        "..;x",
        "%41",
        "%zz",
        "a\\b",
        "x",
    ]
    rare = ["#", "é", "%00", " x"]
    choices = {
        "x-one": ["1", "12", ""],
        "x-two": ["1", "21"],
        "x-h": ["h.example", ""],
        "x-client": ["10.1.1.1", "nonsense"],
        "x-forwarded-for": ["10.9.8.7", "10.9.8.7, 127.0.0.1", "1.2.3.4,5.6.7.8", "nonsense"],
        "x-forwarded-proto": ["https"],
        "x-forwarded-host": ["f.example"],
        "x-envoy-retry-on": ["5xx"],
        "x-crossway-scope": ["a"],
        "x-real-ip": ["9.9.9.9"],
        "accept": ["text/html"],
        "user-agent": ["test"],
        "te": ["trailers", "gzip"],
        "content-type": ["application/grpc", "text/plain"],
        "cookie": ["c=1", 'c="1"; d=2', "c=2;c=1", "cc=1"],
        "x_under": ["1"],
    }
    for _ in range(REQUESTS):
        path = "/" + "/".join(dice.choice(segments) for _ in range(dice.randint(0, 4)))
        if dice.random() < 0.03:
            path += dice.choice(rare)
        query = dice.choice(["", "", "", "?", "?q=1", "?q=2&q=1", "?x=//../%2F", "?q&r"])
        pairs = [(name, dice.choice(texts)) for name, texts in choices.items() if dice.random() < 0.25]
        pairs = [pair for pair in pairs if pair[0] not in {"x_under", "content-type"} or dice.random() < 0.2]
        pairs += [("x-one", "2")] if dice.random() < 0.1 else []
        yield Request(dice.choice(hosts), path + query, dice.choice(["GET", "GET", "POST"]), headers=joined(pairs))


def head(request: Request) -> bytes:
    lines = [f"{request.method} {request.path} HTTP/1.1", f"host: {request.host}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


Seen = dict[str, Any]


def seen(reply: Reply) -> Seen:
    """Return what a client and the backend saw."""
    # Some answers that Envoy gives before it routes carry what the route does to answers, and some do not.
    early = "path_normalization_failed" in reply.body + reply.headers.get("grpc-message", "")
    if "cluster_not_found" in (told := reply.headers.get("grpc-message", "")):
        reply = replace(reply, headers={name: value for name, value in reply.headers.items() if value != told})
    found: Seen = {"status": reply.status, "route": None if early else reply.headers.get("x-route")}
    if "location" in reply.headers:
        found["location"] = reply.headers["location"]
    if reply.headers.get("x-service"):
        told = json.loads(reply.body)
        named = told["headers"].pop("host")
        return found | {"target": told["path"], "host": named, "headers": comparable(told["headers"])}
    if found["route"]:
        found["answer"] = comparable(reply.headers)
        found["body"] = "" if "cluster_not_found" in reply.body else reply.body  # it says the id of the request
    return found


def foretold(pipeline: Pipeline, built_router: Router, request: Request) -> Seen:
    """Return the same, as the simulation has it."""
    routed = built_router.route(request)
    assert isinstance(routed, Routed)
    if isinstance(routed.match, Answered):
        answer = routed.match
        where = {"location": answer.headers["location"]} if "location" in answer.headers else {}
        return {"status": answer.status, "route": None} | where
    if routed.match is None:
        return {"status": 404, "route": None} if not grpc(request) else {"status": 200, "route": None}
    candidate = routed.match
    name = names.route(candidate.route, candidate.index)
    effect = outcome(pipeline.ask, request, routed.arrival, candidate, routed.place)
    if isinstance(effect, Forwarded):
        found = {"status": 200, "route": name, "target": effect.target, "headers": comparable(effect.headers)}
        return found | {"host": effect.host}
    if "x-route" not in effect.headers:  # a closed route tells nothing
        return {"status": effect.status, "route": None}
    found = {"status": effect.status, "route": effect.headers["x-route"], "answer": comparable(effect.headers)}
    if "location" in effect.headers:
        found["location"] = effect.headers["location"]
    return found | {"body": effect.body if effect.headers.get("content-type") != "application/grpc" else ""}


def grpc(request: Request) -> bool:
    return request.headers.get("content-type") == "application/grpc"


def comparable(headers: Mapping[str, str]) -> dict[str, list[str]]:
    """Return *headers* without what is made by chance, and their values apart."""
    found = {name: [part.strip() for part in value.split(",")] for name, value in headers.items() if name not in CHANCE}
    # A peer on the loopback stands there by the address of the machine.
    return found | {"x-forwarded-for": found["x-forwarded-for"][:-1]} if "x-forwarded-for" in found else found


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(tmp_path_factory.mktemp("simulation")) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


@pytest.mark.parametrize("name", ["list", "tree"])
@settings(
    max_examples=600 if DEEP else 30,
    deadline=None,
    derandomize=not DEEP,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(policies=policies, entries=st.lists(routes, min_size=1, max_size=8), seed=st.integers(0, 2**32))
def test_the_simulation_says_what_the_proxy_does(proxy, echo, name, policies, entries, seed):
    limits = LAYOUTS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "LIST_LIMIT", limits["LIST_LIMIT"])
        patch.setattr(layout, "LARGE_TABLE", limits["LARGE_TABLE"])
        patch.setattr(layout, "MANY_HOSTS", limits["MANY_HOSTS"])
        pipeline = Pipeline(load_policies())
        pipeline.adopt(Loaded(built(proxy.port, echo, policies, entries), (), ()))
        proxy.serve(pipeline.resources())
        simulated = pipeline.ask(router)
        for request in asked(seed):
            told = foretold(pipeline, simulated, request)
            assert seen(proxy.ask([head(request)])[0]) == told, request
