"""The proxy decides as the rules say: a plain reading of them in Python, held against a real Envoy.

The simulation, which does not know who asks, is held against it, too: it may not know, and must not be wrong. Thirty
random configurations stand on as many hosts of one Envoy. Who sends a request is told to it by the two filters that the
tests put in front: one verifies a real token, the other says who the consumer is. ``CROSSWAY_AUTHORIZE=deep`` takes
twenty times as many, by chance.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import os
import random
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crossway.compile import identity
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.route import compile_route
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document, errors
from crossway.plan.host import Candidate
from crossway.protos import from_dict, pack, unpack
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.simulation.access import access
from crossway.simulation.request import Request
from crossway.simulation.router import Routed, router
from harness.proxy import Proxy, proxied
from harness.static import message_of

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

DEEP = os.environ.get("CROSSWAY_AUTHORIZE") == "deep"
CONFIGURATIONS = 600 if DEEP else 30
REQUESTS = 40
KEY = secrets.token_bytes(32)
AS = "x-as-"
"""What a header of the test begins with that says what one of the gateway's own is to be."""

Claims = Mapping[str, Any]
Holds = Callable[["Asked"], bool | None]


@dataclass(frozen=True)
class Asked:
    """A request as the rules see it."""

    method: str
    target: str
    host: str
    client: str
    headers: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    """What the gateway says of the consumer, in its headers."""
    claims: Claims | None = None

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def among(self, header: str, wanted: list[str]) -> bool:
        return header in self.own and not set(self.own[header].split(",")).isdisjoint(wanted)

    def claim(self, *steps: str) -> Any:
        """Return the claim at *steps*; `None` for none."""
        found: Any = self.claims
        for step in steps:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found


def says(test: Callable[[Any], bool], *steps: str) -> Holds:
    """Return whether a claim, or one item of it, meets *test*."""

    def holds(asked: Asked) -> bool:
        found = asked.claim(*steps)
        return any(test(item) for item in (found if isinstance(found, list) else [found]) if item is not None)

    return holds


def matches(pattern: str) -> Holds:
    return lambda asked: re.fullmatch(pattern, asked.path) is not None


def clock(begin: int, end: int) -> str:
    now = datetime.now(UTC)
    return f"{now + timedelta(hours=begin):%H:%M}-{now + timedelta(hours=end):%H:%M}"


def number(text: str) -> Callable[[Any], bool]:
    return lambda value: value == text or (not isinstance(value, bool | str | dict) and value == float(text))


PATHS: list[tuple[str, Holds]] = [
    ("/a", matches("/a")),
    ("/a/*", matches("/a(/.*)?")),
    ("/*", matches("/.*")),
    ("/u/{id}", matches("/u/[^/]+")),
    ("/u/{id}/*", matches("/u/[^/]+(/.*)?")),
    ("~/v[0-9]+(/.*)?", matches("/v[0-9]+(/.*)?")),
    ("~.*secret", matches(".*secret")),
    ("/a.b", matches(r"/a\.b")),
    ("^/a", matches("/a.*")),
    ("^/u/", matches("/u/.*")),
]
HEADERS: list[tuple[Any, Callable[[str | None], bool]]] = [
    ("1", lambda text: text == "1"),
    (["1", "2"], lambda text: text in ("1", "2")),
    ({"prefix": "ab"}, lambda text: text is not None and text.startswith("ab")),
    ({"suffix": "yz"}, lambda text: text is not None and text.endswith("yz")),
    ({"contains": "m"}, lambda text: text is not None and "m" in text),
    ({"regex": "[0-9]+"}, lambda text: text is not None and re.fullmatch("[0-9]+", text) is not None),
    ({"present": True}, lambda text: text is not None),
    ([{"absent": True}, {"exact": "1"}], lambda text: text in (None, "1")),
    ({"not": "1"}, lambda text: text != "1"),
    ({"not": {"regex": "[0-9]*"}}, lambda text: text is None or re.fullmatch("[0-9]*", text) is None),
]
CLAIMS: list[tuple[Any, Holds]] = [
    ({"role": "admin"}, says(lambda value: value == "admin", "role")),
    ({"role": ["admin", {"prefix": "team-"}]}, says(lambda v: v == "admin" or str(v).startswith("team-"), "role")),
    ({"level": 3}, says(number("3"), "level")),
    ({"level": "2.5"}, says(number("2.5"), "level")),
    ({"admin": True}, says(lambda value: value is True or value == "true", "admin")),
    ({"realm.role": "admin"}, says(lambda value: value == "admin", "realm", "role")),
    ({"https://a.example/role": "admin"}, says(lambda value: value == "admin", "https://a.example/role")),
    ({"role": {"present": True}}, lambda asked: asked.claim("role") is not None),
    ({"role": {"absent": True}}, lambda asked: asked.claim("role") is None),
    ({"role": {"not": "admin"}}, lambda asked: not says(lambda value: value == "admin", "role")(asked)),
]
EXPRESSIONS: list[tuple[str, Holds]] = [
    ('request.method == "GET"', lambda asked: asked.method == "GET"),
    ('request.headers["x-one"] == "1"', lambda a: a.headers["x-one"] == "1" if "x-one" in a.headers else None),
    ('request.headers["x-one"] != "1"', lambda a: a.headers["x-one"] != "1" if "x-one" in a.headers else None),
    ('!("x-one" in request.headers)', lambda asked: "x-one" not in asked.headers),
    ('"gold" in groups', lambda asked: asked.among(identity.GROUPS, ["gold"])),
    ('!("a.b" in tags)', lambda asked: not asked.among(identity.TAGS, ["a.b"])),
    ('consumer == "alice"', lambda a: a.own[identity.CONSUMER] == "alice" if identity.CONSUMER in a.own else None),
    ('claims.role == "admin"', lambda a: None if a.claim("role") is None else a.claim("role") == "admin"),
    ("claims.level > 2", lambda a: a.claim("level") > 2 if type(a.claim("level")) in (int, float) else None),
    ('has(claims.role) || request.url_path == "/a"', lambda a: a.path == "/a" or (a.claims and "role" in a.claims)),
    ('request.url_path == "/a"', lambda asked: asked.path == "/a"),
    ('request.query.contains("secret")', lambda asked: "secret" in asked.target.partition("?")[2]),
]
WINDOWS: list[tuple[Any, bool]] = [
    ({"hours": clock(-2, 2)}, True),
    ({"hours": clock(2, 4)}, False),
    ([{"hours": clock(3, 4)}, {"days": ["mon-sun"]}], True),
]
HOSTS: list[tuple[str, str]] = [("*.test", r".+\.test"), ("API.test", r"api\.test"), ("*", ".*")]
NETWORKS = ["10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0"]
NAMES = {
    "consumers": (identity.CONSUMER, ["alice", "bob", "a.c"]),
    "groups": (identity.GROUPS, ["gold", "staff", "a.b", "gold-2"]),
    "tags": (identity.TAGS, ["gold", "a.b"]),
    "plans": (identity.PLAN, ["free", "paid"]),
}


def conditions(dice: random.Random) -> Iterator[tuple[str, Any, Holds]]:
    """Yield some conditions: the field, what is written there, and whether it holds."""
    for name, (header, names) in NAMES.items():
        if dice.random() < 0.15:
            wanted = dice.sample(names, dice.randint(1, 2))
            yield name, wanted, lambda asked, header=header, wanted=wanted: asked.among(header, wanted)
    if dice.random() < 0.3:
        methods = dice.sample(["GET", "POST", "DELETE"], dice.randint(1, 2))
        yield "methods", methods, lambda asked: asked.method in methods
    if dice.random() < 0.3:
        paths = dice.sample(PATHS, dice.randint(1, 3))
        yield "paths", [path for path, _ in paths], lambda asked: any(holds(asked) for _, holds in paths)
    if dice.random() < 0.25:
        name, (written, test) = dice.choice(["x-one", "X-Two"]), dice.choice(HEADERS)
        yield "headers", {name: written}, lambda asked: test(asked.headers.get(name.lower()))
    if dice.random() < 0.2:
        networks = dice.sample(NETWORKS, dice.randint(1, 2))
        yield "client_ips", networks, lambda asked: inside(asked.client, networks)
    if dice.random() < 0.2:
        written, holds = dice.choice(CLAIMS)
        yield "claims", written, holds
    if dice.random() < 0.2:
        scopes = dice.sample(["read", "write", "read write", "all"], dice.randint(1, 2))
        yield "scopes", scopes, lambda asked: any(set(scope.split()) <= has_scopes(asked) for scope in scopes)
    if dice.random() < 0.2:
        windows, open_now = dice.choice(WINDOWS)
        yield "during", windows, lambda _: open_now
    if dice.random() < 0.1:
        host, pattern = dice.choice(HOSTS)
        yield "hostnames", [host], lambda asked: re.fullmatch(f"(?i){pattern}(:[0-9]+)?", asked.host) is not None
    if dice.random() < 0.25:
        text, holds = dice.choice(EXPRESSIONS)
        yield "cel", text, holds


def inside(client: str, networks: list[str]) -> bool:
    address = ipaddress.ip_address(client)
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ipaddress.ip_network(network) for network in networks)


def has_scopes(asked: Asked) -> set[str]:
    return set(str(asked.claim("scope") or "").split())


def rule(dice: random.Random, *, inner: bool = False) -> tuple[dict[str, Any], Holds]:
    """Return a random rule, and whether it holds; `None` for nobody knows. An *inner* one has no exceptions."""
    found: list[tuple[str, Any, Holds]] = []
    while not found:
        found = list(conditions(dice))
    written = {name: value for name, value, _ in found}
    parts = [holds for _, _, holds in found]
    if not inner and dice.random() < 0.3:
        written["unless"], exception = rule(dice, inner=True)
        parts.append(lambda asked: opposite(exception(asked)))
    return written, lambda asked: every(parts, asked)


def every(parts: list[Holds], asked: Asked) -> bool | None:
    found = [holds(asked) for holds in parts]
    return False if False in found else None if None in found else True


def opposite(value: bool | None) -> bool | None:
    return None if value is None else not value


def configuration(dice: random.Random) -> tuple[dict[str, Any], Callable[[Asked], bool]]:
    """Return random settings of the policy, and whether a request may pass."""
    denied = [rule(dice) for _ in range(dice.randint(0, 2))]
    allowed = [rule(dice) for _ in range(dice.randint(0 if denied else 1, 3))]
    written = {"allow": [text for text, _ in allowed], "deny": [text for text, _ in denied]}

    def passes(asked: Asked) -> bool:
        if any(holds(asked) is not False for _, holds in denied):
            return False
        return not allowed or any(holds(asked) is True for _, holds in allowed)

    return written, passes


def requests(dice: random.Random, host: str) -> Iterator[Asked]:
    texts = ["1", "2", "abc", "xyz", "comma", "77", ""]
    for _ in range(REQUESTS):
        own = {
            header: ",".join(dice.sample([*names, "golden", "a-b", "axb"], dice.randint(1, 3)))
            for header, names in NAMES.values()
            if dice.random() < 0.6
        }
        yield Asked(
            method=dice.choice(["GET", "GET", "POST", "DELETE"]),
            target=dice.choice(
                ["/a", "/a/b", "/ab", "/a.b", "/axb", "/u/7", "/u/7/x", "/u/", "/v1", "/v1/x", "/x/secret"]
            )
            + dice.choice(["", "", "?", "?q=secret", "?/../secret"]),
            host=dice.choice([host, host.upper(), f"{host}:8080"]),
            client=dice.choice(["10.1.2.3", "10.9.9.9", "11.0.0.1", "2001:db8::7", "2001:db9::7", "::ffff:10.1.2.3"]),
            headers={name: dice.choice(texts) for name in ("x-one", "x-two") if dice.random() < 0.7},
            own={name: text.partition(",")[0] if name in SINGLE else text for name, text in own.items()},
            claims=claims(dice) if dice.random() < 0.7 else None,
        )


SINGLE = (identity.CONSUMER, identity.PLAN)


def claims(dice: random.Random) -> Claims:
    values = {
        "role": ["admin", "administrator", "team-a", ["user", "admin"], ["team-b"], [], 7],
        "level": [3, 2, 2.5, "3", "2.5", [1, 3], ["3"], True],
        "admin": [True, False, "true", [True], 1],
        "realm": [{"role": "admin"}, {"role": ["x"]}, {}, "admin"],
        "realm.role": ["admin"],
        "https://a.example/role": ["admin", "user"],
        "scope": ["read", "read write", "readwrite", "all", ""],
    }
    return {"iss": "test"} | {name: dice.choice(some) for name, some in values.items() if dice.random() < 0.6}


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(content: Claims) -> str:
    signed = f"{base64url(json.dumps({'alg': 'HS256'}).encode())}.{base64url(json.dumps(content).encode())}"
    return f"{signed}.{base64url(hmac.digest(KEY, signed.encode(), hashlib.sha256))}"


def head(asked: Asked) -> bytes:
    lines = [f"{asked.method} {asked.target} HTTP/1.1", f"host: {asked.host}", f"x-forwarded-for: {asked.client}"]
    lines += [f"{name}: {value}" for name, value in asked.headers.items()]
    lines += [f"{AS}{name}: {value}" for name, value in asked.own.items()]
    lines += [f"authorization: Bearer {token(asked.claims)}"] if asked.claims is not None else []
    return "\r\n".join([*lines, "", ""]).encode()


def in_front() -> list[hcm_v3.HttpFilter]:
    """Return what stands before the rules: it says who sends a request."""
    extension = "type.googleapis.com/envoy.extensions.filters.http."
    keys = json.dumps({"keys": [{"kty": "oct", "alg": "HS256", "k": base64url(KEY)}]})
    namespace, key = identity.CLAIMS
    provider = {
        "issuer": "test",
        "payload_in_metadata": key,
        "normalize_payload_in_metadata": {"space_delimited_claims": ["scope"]},
        "local_jwks": {"inline_string": keys},
    }
    wanted = {"requires_any": {"requirements": [{"provider_name": "test"}, {"allow_missing": {}}]}}
    jwt = {
        "@type": f"{extension}jwt_authn.v3.JwtAuthentication",
        "providers": {"test": provider},
        "rules": [{"match": {"prefix": "/"}, "requires": wanted}],
    }
    mutations = [
        {
            "append": {
                "header": {"key": name, "value": f"%REQ({AS}{name})%"},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
        }
        for name in identity.HEADERS
    ]
    told = {
        "@type": f"{extension}header_mutation.v3.HeaderMutation",
        "mutations": {"request_mutations": mutations},
    }
    filters = {namespace: jwt, "told": told}
    return [
        from_dict({"name": name, "typed_config": settings}, hcm_v3.HttpFilter) for name, settings in filters.items()
    ]


def equipped(resource: Resource) -> Resource:
    """Return a listener with what says who sends a request; other resources as they are."""
    listener = message_of(resource)
    if not isinstance(listener, listener_v3.Listener):
        return resource
    network = listener.filter_chains[0].filters[-1]
    manager = unpack(network.typed_config)
    assert isinstance(manager, hcm_v3.HttpConnectionManager)
    behind = list(manager.http_filters)
    del manager.http_filters[:]
    manager.http_filters.extend([*in_front(), *behind])
    network.typed_config.CopyFrom(pack(manager))
    return Resource.of(resource.name, listener)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(tmp_path_factory.mktemp("authorize")) as proxy:
        yield proxy


def test_the_proxy_decides_as_the_rules_say(proxy: Proxy) -> None:
    dice = random.Random(7 if not DEEP else None)
    made = {f"c{number}.test": configuration(dice) for number in range(CONFIGURATIONS)}
    listener = {"address": "127.0.0.1", "port": proxy.port, "policies": {"client_ip": {"trusted_hops": 1}}}
    document = {
        "gateways": {"edge": {"listeners": {"main": listener}}},
        "routes": {
            host.partition(".")[0]: {
                "hostnames": [host],
                "respond": {"status": 200},
                "policies": {"authorize": written},
            }
            for host, (written, _) in made.items()
        },
    }
    pipeline = Pipeline(load_policies())
    pipeline.adopt(pipeline.read([Document("c.json", json.dumps(document))]))
    assert errors(pipeline.findings()) == ()
    proxy.serve(map(equipped, pipeline.resources()))
    statuses, outcomes = set(), set()
    for host, (written, passes) in made.items():
        asked = list(requests(dice, host))
        for one, reply in zip(asked, proxy.ask(map(head, asked)), strict=True):
            statuses.add(reply.status)
            foretold = outcome_of(pipeline, one)
            assert foretold in ("unknown", "allowed" if reply.status == 200 else "refused"), (written, one, reply)
            outcomes.add(foretold)
            assert (reply.status == 200) is passes(one), (json.dumps(written), one, reply)
    assert statuses == {200, 403}
    assert outcomes == {"unknown", "allowed", "refused"}


def outcome_of(pipeline: Pipeline, asked: Asked) -> str:
    """Return what the simulation has to say of a request."""
    request = Request(asked.host, asked.target, asked.method, headers=asked.headers, client_ip=asked.client)
    routed = pipeline.ask(router).route(request)
    assert isinstance(routed, Routed)
    assert isinstance(routed.match, Candidate)
    assert routed.arrival is not None
    route = pipeline.ask(compile_route, routed.match.route, routed.match.index, routed.match.door).message
    (found,) = access(route, routed.arrival, identified=False)
    return found.outcome
