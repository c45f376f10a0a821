"""What is computed from an edit is what would be computed from scratch.

A pipeline lives through a sequence of edits; after each one a new pipeline reads the same documents. The two must give
the same resources, by name and version, and say the same, word for word and place by place.
"""

from collections.abc import Mapping
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document, Finding, Ref

POLICIES = load_policies()

Key = tuple[str, str, str]
"""Namespace, kind and name of an entry."""
State = Mapping[Key, Any]

MATCHES: list[Any] = [
    [{"path": "/a"}],
    [{"path": "/a/*", "headers": {"x": "1", "y": "2"}}],
    [{"path": "/a/*", "headers": {"y": "2", "x": "1"}}],
    [{"path": "/a/{id}", "methods": ["GET"]}, {"path": "~/b.*", "queries": {"q": "1", "r": {"present": True}}}],
]
ROUTES: list[Any] = [
    *({"matches": matches, "respond": {"body": "x"}} for matches in MATCHES),
    *({"hostnames": [name], "to": "one"} for name in ("a.example.org", "*.example.org", "nobody.test")),
    {"to": [{"service": "one", "weight": 1}, {"service": "two", "weight": 2}], "policies": {"retry": {"attempts": 1}}},
    {"to": "two", "policies": {"timeout": {"request": "1s"}, "headers": {"request": {"set": {"x": "1", "y": "2"}}}}},
    {"to": "two", "policies": {"timeout": {"request": "1s"}, "headers": {"request": {"set": {"y": "2", "x": "1"}}}}},
    {"to": "shop/one", "policies": {"mirror": {"to": "two"}}},
    {"to": "one", "policies": {"no_such": {}}},
    {"to": "one", "policies": {"retry": {"attempts": "many"}}},
    {"to": {"service": "one", "subset": "v1"}, "gateways": ["inner"]},
    {"to": "one", "gateways": ["edge"], "listeners": ["secure"], "priority": 3},
    {"to": "one", "listeners": ["raw"]},
    {"to": "one", "policies": {"api_key": {}, "basic_auth": {}, "authentication": "any"}},
    {"to": "one", "policies": {"jwt": {"jwks": {"secret": "x" * 32}, "consumer_claim": "sub"}}, "priority": 1},
    {"to": "two", "policies": {"jwt": {"issuer": "a", "jwks": {"secret": "y" * 32}}, "mtls": {}}},
    {"redirect": {"scheme": "https"}},
    {"to": "one", "respond": {}},
    {"matches": [{"path": "relative"}], "to": "one"},
]
SERVICES: list[Any] = [
    "http://127.0.0.1:9001",
    "https://backend.test",
    {"endpoints": ["127.0.0.1:9001", "127.0.0.1:9002"], "policies": {"load_balancing": "random"}},
    {"endpoints": {"address": "127.0.0.1:9001", "labels": {"v": "1"}}, "subsets": {"v1": {"v": "1"}, "v2": {"v": "2"}}},
    {"endpoints": {"address": "127.0.0.1:9001", "labels": {"v": "1"}}, "subsets": {"v2": {"v": "2"}, "v1": {"v": "1"}}},
    {"endpoints": ["127.0.0.1:9001"], "tls": {"ca": "roots"}},
    {"endpoints": ["127.0.0.1:9001"], "policies": {"timeout": {"request": "2s"}, "retry": {}}},
    {
        "endpoints": ["127.0.0.1:9001"],
        "policies": {"retry": {"attempts": 2}, "headers": {"request": {"remove": ["x"]}}},
    },
]
GATEWAYS: list[Any] = [
    {"listeners": {"http": 8080}},
    {"listeners": {"http": {"port": 8080, "hostnames": ["*.example.org"]}, "other": 8080}},
    {"listeners": {"http": 8080, "secure": {"port": 8443, "tls": {"certificates": ["web"]}}}},
    {"listeners": {"secure": {"port": 8443, "http3": True, "tls": {"certificates": ["web", "roots"]}}}},
    {"listeners": {"http": {"port": 8080, "redirect_to_https": True}, "raw": {"port": 9000, "protocol": "tcp"}}},
    {"listeners": {"a": 8080, "b": {"port": 8080, "protocol": "tcp"}}},
    {"listeners": {"http": 8080}, "policies": {"timeout": {"request": "3s"}, "limits": {}}},
    {"listeners": {"http": {"port": 8080, "policies": {"headers": {"request": {"set": {"z": "1"}}}}}}},
]
CERTIFICATES: list[Any] = [
    {"certificate": "web.pem", "key": "web.key"},
    {"ca": "roots.pem"},
    {"ca": "roots.pem", "key": "alone.key"},
]
CONSUMERS: list[Any] = [
    {},
    {"groups": ["gold"], "credentials": {"api_key": ["k-one"], "jwt": [{"subject": "1"}]}},
    {"credentials": {"api_key": ["k-one", {"key": "k-two", "id": "two"}]}},
    {"credentials": {"basic_auth": [{"username": "a", "password": "b"}], "api_key": ["a key"]}},
]
NAMESPACES: list[Any] = [
    {},
    {"policies": {"timeout": {"request": "4s"}}},
    {"policies": {"headers": {"request": {"set": {"n": "1"}}}}},
]

TURNED = object()
"""Stands for the settings that an entry has already, with every mapping written in the other order."""


def entries(kind: str, wanted: list[str], settings: list[Any]) -> st.SearchStrategy[tuple[Key, Any]]:
    """Entries come and go, and change: `None` removes one."""
    keys = st.tuples(st.sampled_from(["default", "default", "shop"]), st.just(kind), st.sampled_from(wanted))
    return st.tuples(keys, st.one_of(st.sampled_from([None, TURNED]), st.sampled_from(settings)))


ENTRIES = [("default", "routes", name) for name in "ab"] + [("default", "services", name) for name in ("one", "two")]
edits = st.one_of(
    entries("routes", ["a", "b", "c", "d"], ROUTES),
    entries("routes", ["a", "b", "c", "d"], ROUTES),
    entries("services", ["one", "two"], SERVICES),
    entries("gateways", ["edge", "inner"], GATEWAYS),
    entries("consumers", ["ada", "bob"], CONSUMERS),
    entries("certificates", ["web", "roots"], CERTIFICATES),
    st.tuples(st.just(("", "namespaces", "default")), st.sampled_from([None, *NAMESPACES])),
    st.tuples(st.just(("", "namespaces", "shop")), st.sampled_from([None, *NAMESPACES])),
    st.tuples(st.sampled_from(ENTRIES), st.just(TURNED)),
)
START: State = {
    ("default", "gateways", "edge"): GATEWAYS[2],
    ("default", "services", "one"): SERVICES[0],
    ("default", "services", "two"): SERVICES[2],
    ("default", "routes", "a"): ROUTES[1],
    ("default", "routes", "b"): ROUTES[8],
    ("default", "consumers", "ada"): CONSUMERS[1],
    ("default", "certificates", "web"): CERTIFICATES[0],
}


def turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: turned(item) for name, item in reversed(value.items())}
    return [turned(item) for item in value] if isinstance(value, list) else value


def written(state: State) -> tuple[str, str]:
    """Return the two documents that say *state*: one that can be cut, and one with the namespaces."""
    plain: dict[str, dict[str, Any]] = {}
    spaces: dict[str, dict[str, Any]] = {}
    for (namespace, kind, name), value in sorted(state.items()):
        if kind == "namespaces":
            spaces.setdefault(name, {}).update(value)
        elif namespace == "default":
            plain.setdefault(kind, {})[name] = value
        else:
            spaces.setdefault(namespace, {}).setdefault(kind, {})[name] = value
    dump = yaml.CSafeDumper
    return (
        "# a configuration\n" + yaml.dump(plain, Dumper=dump, sort_keys=False) if plain else "",
        yaml.dump({"namespaces": spaces}, Dumper=dump, sort_keys=False) if spaces else "",
    )


class Author:
    """Hands documents over as a source does: the same object for as long as the text stays."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}

    def documents(self, state: State) -> list[Document]:
        for name, text in zip(("main.yaml", "spaces.yaml"), written(state), strict=True):
            known = self._documents.get(name)
            if known is None or known.text != text:
                self._documents[name] = Document(name, text)
        return list(self._documents.values())


def brought(pipeline: Pipeline, documents: list[Document], lost: frozenset[str]) -> tuple[list[Any], list[Finding]]:
    """Return what *pipeline* gives and says once it was brought to *documents*, with the secrets in *lost* missing."""
    pipeline.adopt(pipeline.read(documents))
    secrets = {"certificate/web", "authorities/roots", "certificate/shop/web", "authorities/shop/roots"} - lost
    troubles = [Finding("certificate.expired", "it is over", about=Ref("certificates", "web"))] if lost else []
    pipeline.serve_certificates(secrets, troubles)
    resources = [(resource.type_url, resource.name, resource.version) for resource in pipeline.resources()]
    return resources, [*pipeline.findings(), *map(str, pipeline.routes()), *pipeline.ports()]


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(
        st.tuples(st.lists(edits, min_size=1, max_size=2), st.frozensets(st.sampled_from(["certificate/web"]))),
        min_size=1,
        max_size=10,
    )
)
def test_edits_lead_where_a_fresh_start_leads(steps):
    author, living = Author(), Pipeline(POLICIES)
    state = dict(START)
    brought(living, author.documents(state), frozenset())
    for changes, lost in steps:
        for key, value in changes:
            value = turned(state.get(key)) if value is TURNED else value
            state.pop(key, None)
            if value is not None:
                state[key] = value
        documents = author.documents(state)
        assert brought(living, documents, lost) == brought(Pipeline(POLICIES), documents, lost)
