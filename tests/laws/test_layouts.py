"""The cheap route layouts answer as the documented rules do: a real Envoy, and a reference that knows no layout.

One Envoy serves the whole module. A configuration reaches it as it does in production, by delta ADS, and is live
some milliseconds later; then it is asked a few hundred times over one connection.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crossway.compile.envoy import host, layout
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.dialects.native import Loaded
from crossway.model import Gateway, Part, Ref, Route
from harness.proxy import Proxy, Reply, proxied
from laws.reference import Answer, Request, winner

pytestmark = pytest.mark.journey

REQUESTS = 250
HUGE = 10**9
LAYOUTS: Mapping[str, Mapping[str, int]] = {
    "list": {"LIST_LIMIT": HUGE, "LARGE_TABLE": HUGE, "MANY_HOSTS": HUGE},
    "tree": {"LIST_LIMIT": 0, "LARGE_TABLE": HUGE, "MANY_HOSTS": HUGE},
    "buckets of lists": {"LIST_LIMIT": HUGE, "LARGE_TABLE": 0, "MANY_HOSTS": 0},
    "buckets of trees": {"LIST_LIMIT": 0, "LARGE_TABLE": 0, "MANY_HOSTS": 0},
}
EDGE = Ref("gateways", "edge")

# Few words, so that most routes touch each other and most requests touch a route.
HOSTNAMES = ["*", "*.example.org", "*.b.example.org", "a.example.org", "a.b.example.org", "example.org", "[::1]"]
HOSTNAMES += ["c3.example.org", "c4.example.org"]
PATHS = [
    *("/", "/a", "/a/", "/ab", "/a/b", "/a;b", "/a%2Fb"),
    *("/*", "/a/*", "/ab/*", "/a/b/*", "/a/b/a/*"),
    *("/{x}", "/a/{x}", "/{x}/b", "/a/{x}/b", "/a/{long_name}/*", "/{x}/{y}/*", "/a/b/{x}"),
    *("^/", "^/a", "^/a/", "^/ab", "^/a/b", "^/a/b/", "^/a;", "^/a%2"),
    *("~/a.*", "~/[ab]+", "~.*b", "~/a/[^/]+", "~/.*"),
]
VALUES = ["1", {"prefix": "1"}, {"suffix": "1"}, {"contains": "2"}, {"regex": "[12]+"}, {"present": True}]
VALUES += [
    {"absent": True},
    {"not": "1"},
    {"not": {"prefix": "1"}},
    {"not": {"suffix": "1"}},
    {"not": {"contains": "2"}},
]

QUERIES = ["?qr=1", "?qr=2&q=1", "?q=2&q=1", "?q&q=1", "?&q=1&", "?r=?q=1", "?qrr=1&=1&qr=21", "?q=="]

values = st.sampled_from(VALUES)
few = {"min_size": 0, "max_size": 2}
matches = st.fixed_dictionaries(
    {"path": st.sampled_from(PATHS)},
    optional={
        "methods": st.lists(st.sampled_from(["GET", "POST", "DELETE"]), unique=True, **few),
        "headers": st.dictionaries(
            st.sampled_from(["x-one", "x-two"]), values | st.just({"not": {"regex": "1+"}}), **few
        ),
        "queries": st.dictionaries(st.sampled_from(["q", "r", "qr"]), values | st.just({"not": ""}), **few),
        "cookies": st.dictionaries(st.sampled_from(["c", "d"]), values | st.just({"not": {"regex": "[12]*"}}), **few),
    },
)
routes = st.fixed_dictionaries(
    {"matches": st.lists(matches, min_size=1, max_size=3)},
    optional={
        "hostnames": st.lists(st.sampled_from(HOSTNAMES), unique=True, **few),
        "listeners": st.lists(st.sampled_from(["main", "other"]), unique=True, **few),
        "priority": st.sampled_from([-1, 1, 2**31 - 1, -(2**31)]),
        "tiebreak": st.sampled_from(["2026-01-01/a", "2026-01-02/a", "b"]),
    },
)
listeners = st.lists(st.lists(st.sampled_from(HOSTNAMES), unique=True, max_size=2), min_size=1, max_size=2).filter(
    lambda hostnames: len(set(claims := [n for names in hostnames for n in names or ["*"]])) == len(claims)
)
configurations = st.tuples(listeners, st.lists(routes, min_size=1, max_size=12))


def built(port: int, hostnames: Sequence[Sequence[str]], entries: Sequence[Mapping[str, object]]) -> dict[Ref, Part]:
    """Return a gateway with its listeners on *port*, and routes that answer with their own names."""
    names = ["main", "other"][: len(hostnames)]
    # What Envoy makes of a path before routes see it is not the matter here.
    raw = {"paths": {"normalize": False, "merge_slashes": False, "escaped_slashes": "keep"}}
    doors = {
        name: {"address": "127.0.0.1", "port": port, "hostnames": claimed}
        for name, claimed in zip(names, hostnames, strict=True)
    }
    policies = load_policies()
    context = {"read_policy": lambda name, value: policies[name].spec.model_validate(value)}
    found: dict[Ref, Part] = {
        EDGE: Gateway.model_validate({"listeners": doors, "policies": raw}, context=context),
    }
    for number, entry in enumerate(entries):
        name = f"r{number}"
        there = [listener for listener in entry.get("listeners", ()) if listener in names]
        settings = {**entry, "listeners": there, "respond": {"body": name}}
        found[Ref("routes", name)] = Route.model_validate(settings)
    return found


def asked(seed: int) -> Iterator[Request]:
    """Yield requests that the configurations are likely to differ about."""
    dice = random.Random(seed)
    hosts = ["a.example.org", "a.b.example.org", "b.example.org", "x.y.b.example.org", "example.org", "elsewhere.test"]
    hosts += ["c3.example.org", "C4.example.org", "c4.example.org.:80"]
    hosts += ["A.Example.ORG", "a.example.org:8080", "A.b.example.org:80", "[::1]", "[::1]:8080", "127.0.0.1", "org"]
    segments = ["a", "a", "b", "b", "ab", "", "a;b", "a%2Fb", "c", "A"]
    for _ in range(REQUESTS):
        path = "/" + "/".join(dice.choice(segments) for _ in range(dice.randint(0, 4)))
        query = dice.choice(
            ["", "", "", "?", "?q=1", "?r=12", "?q=2&r=1", "?q", "?q=1&q=2", "?/a/b", "?x=/b", *QUERIES]
        )
        headers = {name: dice.choice(["1", "12", "21", ""]) for name in ("x-one", "x-two") if dice.random() < 0.4}
        if dice.random() < 0.4:
            headers["cookie"] = dice.choice(["c=1", "d=12", "c=1; d=1", "c=2;d=21", "cc=1", "c="])
        yield Request(dice.choice(hosts), path + query, dice.choice(["GET", "GET", "POST", "DELETE"]), headers)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(tmp_path_factory.mktemp("layouts")) as proxy:
        yield proxy


def serve(proxy: Proxy, resources: Mapping[Ref, Part], limits: Mapping[str, int]) -> None:
    """Make *resources* live, in the layout that *limits* lead to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "LIST_LIMIT", limits["LIST_LIMIT"])
        patch.setattr(layout, "LARGE_TABLE", limits["LARGE_TABLE"])
        patch.setattr(layout, "MANY_HOSTS", limits["MANY_HOSTS"])
        pipeline = Pipeline(load_policies())
        pipeline.adopt(Loaded(resources, (), ()))
        proxy.serve(pipeline.resources())


def differences(
    proxy: Proxy, resources: Mapping[Ref, Part], requests: Sequence[Request]
) -> list[tuple[Request, str | None, str | None]]:
    """Return each request that was answered otherwise than it must be, what it got and what it should have."""
    got = [answered(reply) for reply in proxy.ask(request_head(request) for request in requests)]
    wanted = [_name(winner(resources, EDGE, proxy.port, request)) for request in requests]
    return [(r, g, w) for r, g, w in zip(requests, got, wanted, strict=True) if g != w]


def request_head(request: Request) -> bytes:
    lines = [f"{request.method} {request.target} HTTP/1.1", f"host: {request.host}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answered(reply: Reply) -> str | None:
    """Return the name of the route that answered, `None` for a 404."""
    assert reply.status in {200, 404}, reply
    return reply.body if reply.status == 200 else None


def _name(answer: Answer | None) -> str | None:
    return answer.route.name if answer else None


@pytest.mark.parametrize("name", LAYOUTS)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(configuration=configurations, seed=st.integers(0, 2**32))
def test_every_layout_answers_as_the_rules_do(proxy, name, configuration, seed):
    resources = built(proxy.port, *configuration)
    serve(proxy, resources, LAYOUTS[name])
    assert differences(proxy, resources, list(asked(seed))) == []
