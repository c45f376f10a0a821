"""What is native, written in Gateway API and read again, is the same plan: the same resources of Envoy, byte for byte.

Some of it is said in Gateway API's own words, some in policies beside them, some in kinds of Crossway's own. Nobody who
reads what was written can tell it from the original, and nothing more is wrong with it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crossway.dialects
from crossway.daemon.conversion import converted
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_dialects, load_policies
from crossway.dialects import gateway_api, kubernetes
from crossway.dialects.gateway_api.writing import write
from crossway.dialects.native import Loaded
from crossway.dialects.native.render import render_yaml
from crossway.dialects.native.values import parse_yaml
from crossway.dialects.native.writer import write_native
from crossway.model import Document, Ref, errors

POLICIES = load_policies()
DIALECTS = (kubernetes.DIALECT, gateway_api.DIALECT)
CASES = sorted(Path(crossway.dialects.__path__[0]).glob("*/cases/*.yaml"))

PEM = "-----BEGIN {0}-----\nMIIB\n-----END {0}-----\n"
PATHS = ["/a/*", "/", "/a", "/*", "/a/b/*", "~/a.*", "~/[ab]+", "^/a", "/{x}"]
VALUES = ["1", "2", {"regex": "[12]+"}, {"regex": "1"}, {"prefix": "1"}, {"not": "1"}]
NAMES = ["a", "b", "b-1", "Up", "x_y", "q.r", "1st"]
HOSTNAMES = ["a.example.org", "*.example.org", "b.example.org", "a.example.org", "*", "[::1]"]
SERVICES = ["one", "one-2", "two", "x_y", "three", "shop/one"]
LISTENERS = ["http", "other", "http", "raw", "web.1"]

ROUTE_POLICIES: Mapping[str, list[Any]] = {
    "timeout": ["5s", {"request": "1s500ms", "backend": "500ms"}, {"idle": "1m"}, {"request": 0}, "1.5s"],
    "retry": [2, {"attempts": 1}, {"on": ["5xx"]}, {"attempts": 2, "back_off": {"base": "50ms"}}, {}],
    "headers": [
        {"request": {"set": {"x": "1", "y": "{client_ip}"}}},
        {"request": {"set": {"x-b": "1", "x-a": "{{route}}"}, "remove": ["z"]}, "response": {"add": {"q": "w"}}},
        {"response": {"set": {"x": 1}}},
    ],
    "rewrite": [
        {"path_prefix": "/v2"},
        {"path": "/x", "host": "in.example"},
        {"host": "backend"},
        {"host": {"literal": "backend"}},
        {"path_prefix": "/"},
    ],
    "cors": ["*", ["https://a.example"], {"origins": ["https://*.a.example"], "methods": ["GET"], "max_age": "1m"}],
    "mirror": ["two", {"to": "one", "percent": 10}, ["one", {"to": "two", "percent": "0.5%"}], {"to": "no"}],
    "session_affinity": ["cookie", {"cookie": {"name": "s", "ttl": "1h"}}, {"header": "x-session"}],
    "rate_limit": ["5/minute", {"limit": "5/minute", "by": "client_ip"}],
    "compression": [{}],
}
ACTIONS: list[Any] = [
    *({"to": service} for service in SERVICES),
    {"to": {"status": 500}},
    {"to": [{"service": "one", "weight": 3}, {"service": "two", "weight": 0}]},
    {"to": [{"service": "one"}, {"status": 503, "weight": 2}]},
    {"to": {"service": "one", "policies": {"headers": {"request": {"set": {"v": "1"}}}}}},
    {"to": "nobody"},
    {"respond": {"body": "x"}},
    {"redirect": {"scheme": "https"}},
    {"redirect": {"path": "/x", "status": 308, "port": 8443}},
    {"redirect": {"path_prefix": "/x", "hostname": "b.example.org"}},
    {"redirect": {"scheme": "https", "keep_query": False}},
]

few = {"min_size": 0, "max_size": 2}
conditions = st.dictionaries(st.sampled_from(["x-one", "x-two"]), st.sampled_from(VALUES), **few)
matches = st.fixed_dictionaries(
    {},
    optional={
        "path": st.sampled_from(PATHS),
        "methods": st.lists(st.sampled_from(["GET", "POST", "PUT", "PROPFIND"]), unique=True, **few),
        "headers": conditions,
        "queries": conditions,
    },
)
calls = st.fixed_dictionaries({"grpc": st.sampled_from(["a.B", "a.B/C"])}, optional={"headers": conditions})
policies = st.fixed_dictionaries({}, optional={name: st.sampled_from(all_) for name, all_ in ROUTE_POLICIES.items()})
routes = st.tuples(
    st.sampled_from(ACTIONS),
    st.fixed_dictionaries(
        {},
        optional={
            "matches": st.lists(matches, min_size=1, max_size=3) | st.lists(calls, min_size=1, max_size=2),
            "hostnames": st.lists(st.sampled_from(HOSTNAMES), unique=True, **few),
            "gateways": st.lists(st.sampled_from(["edge", "edge", "Inner", "nowhere"]), unique=True, **few),
            "listeners": st.lists(st.sampled_from(LISTENERS), unique=True, **few),
            "priority": st.sampled_from([0, 0, 0, 1]),
            "tiebreak": st.sampled_from(["", "2026-01-01/a"]),
            "policies": policies,
        },
    ),
).map(lambda parts: {**parts[0], **parts[1]})
streams = st.fixed_dictionaries(
    {"to": st.sampled_from(["one", "two"]), "listeners": st.sampled_from([["raw"], ["raw", "web.1"], ["other"]])},
    optional={"hostnames": st.just(["a.example.org"])},
)
certificates = st.sampled_from(
    [
        {"certificate": PEM.format("CERTIFICATE"), "key": PEM.format("PRIVATE KEY")},
        {"certificate": PEM.format("CERTIFICATE"), "key": PEM.format("PRIVATE KEY"), "ca": PEM.format("CERTIFICATE")},
        {"certificate": "web.pem", "key": "web.key"},
    ]
)
authorities = st.sampled_from([{"ca": PEM.format("CERTIFICATE")}, {"ca": "roots.pem"}])
services = st.sampled_from(
    [
        "http://127.0.0.1:9001",
        "https://backend.test",
        "h2c://127.0.0.1:9001",
        {"endpoints": ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:81", "[fd00::1]:80", "10.0.0.4:80"]},
        {"endpoints": [{"address": "10.0.0.1:80", "zone": "z"}, {"address": "10.0.0.2:80", "weight": 2}]},
        {"endpoints": {"address": "10.0.0.1:80", "zone": "z"}},
        {"endpoints": ["unix:/tmp/s"]},
        {},
        {"endpoints": ["10.0.0.1:80"], "policies": {"load_balancing": "random"}},
        {"endpoints": ["10.0.0.1:80"], "tls": {"sni": "a.example", "ca": "roots"}},
        {"endpoints": ["10.0.0.1:80"], "tls": {"sni": "a.example"}, "protocol": "http2"},
        {"endpoints": ["10.0.0.1:80"], "tls": {"ca": ["roots", "web"], "sni": "a", "names": ["b", "spiffe://c/d"]}},
        {"endpoints": ["10.0.0.1:80"], "tls": {"verify": False}},
    ]
)
tls = st.sampled_from(
    [{"certificates": ["web"]}, {"certificates": ["web"], "profile": "modern"}, {"certificates": ["web", "shop/web"]}]
    + [{"certificates": ["web"], "client": client} for client in ({"ca": "roots"}, {"ca": ["roots", "web"]})]
    + [{"certificates": ["web"], "client": {"ca": "roots", "required": False, "verify": False}}]
)
listeners = st.fixed_dictionaries(
    {"port": st.sampled_from([8080, 8081, 8443])},
    optional={
        "address": st.sampled_from(["127.0.0.1", "127.0.0.1", "::"]),
        "hostnames": st.lists(st.sampled_from(HOSTNAMES), unique=True, **few),
        "tls": tls,
        "policies": st.sampled_from([{}, {}, {"timeout": "9s"}]),
    },
)
raw = st.sampled_from(
    [
        {"port": 9000, "protocol": "tcp"},
        {"port": 9000, "protocol": "udp"},
        {"port": 9000, "protocol": "tls", "hostnames": ["a.example.org"]},
        {"port": 9000, "protocol": "tcp", "tls": {"certificates": ["web"]}},
    ]
)
plain = st.sampled_from([8080, {"port": 8080, "hostnames": ["*.example.org"]}])
gateways = st.one_of(
    st.fixed_dictionaries({"http": plain}, optional={"raw": raw, "other": plain | listeners}),
    st.fixed_dictionaries({"http": listeners}, optional={"raw": raw, "web.1": raw, "other": listeners}),
)
configurations = st.fixed_dictionaries(
    {
        "gateways": st.fixed_dictionaries(
            {"edge": gateways.map(lambda of: {"listeners": of})},
            optional={"Inner": gateways.map(lambda of: {"listeners": of})},
        ),
        "services": st.fixed_dictionaries({"one": services, "two": services}, optional={"x_y": services}),
        "certificates": st.fixed_dictionaries({}, optional={"web": certificates, "roots": authorities}),
        "routes": st.dictionaries(st.sampled_from(NAMES), routes | streams, min_size=1, max_size=5),
        "namespaces": st.fixed_dictionaries(
            {},
            optional={
                "shop": st.fixed_dictionaries(
                    {},
                    optional={
                        "services": st.fixed_dictionaries({"one": services}),
                        "certificates": st.fixed_dictionaries({"web": certificates}),
                        "routes": st.dictionaries(st.sampled_from(NAMES), routes, max_size=2),
                        "policies": st.just({"timeout": "7s"}),
                    },
                )
            },
        ),
    }
)


def read(text: str) -> Loaded:
    return Pipeline(POLICIES, dialects=DIALECTS).read([Document("", text)])


def meaning(text: str) -> tuple[Any, Any]:
    """Return the resources of Envoy that *text* becomes, and what is said about it, without the places."""
    pipeline = Pipeline(POLICIES, dialects=DIALECTS)
    pipeline.adopt(pipeline.read([Document("", text)]))
    resources = {(item.type_url, item.name): item.version for item in pipeline.resources()}
    return resources, {(finding.about, finding.code, finding.path) for finding in pipeline.findings()}


def cut(configuration: dict[str, Any]) -> dict[Ref, object]:
    """Return the settings by resource."""
    spaces = {"default": configuration, **configuration["namespaces"]}
    return {
        Ref(kind, name, space): value
        for space, kinds in spaces.items()
        for kind, named in kinds.items()
        if kind not in {"namespaces", "policies"}
        for name, value in named.items()
    } | {
        Ref("namespaces", name): {key: value for key, value in space.items() if key == "policies"}
        for name, space in configuration["namespaces"].items()
    }


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(configurations)
def test_there_and_back_again(configuration):
    configured = cut(configuration)
    text = write_native(configured)
    wrong = {finding.about for finding in errors(read(text).findings)}
    configured = {ref: value for ref, value in configured.items() if ref not in wrong}
    text = write_native(configured)
    before, said = meaning(text)
    written = "---\n".join(map(render_yaml, write(configured, read)))
    after, said_then = meaning(written)
    assert after == before, written
    assert said_then == said, written


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_what_other_languages_say_can_be_written_too(case):
    (file,) = parse_yaml(case.read_text())
    pipeline = Pipeline(POLICIES, dialects=load_dialects())
    said = converted(pipeline, [Document("given.yaml", file["given"]), Document("native.yaml", file.get("native", ""))])
    wrong = {finding.about for finding in errors(read(write_native(said.settings)).findings)}
    configured = {ref: value for ref, value in said.settings.items() if ref not in wrong}
    written = "---\n".join(map(render_yaml, write(configured, read)))
    assert meaning(written) == meaning(write_native(configured)), written
