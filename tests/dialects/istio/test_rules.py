from typing import Any

import pytest

from crossway.dialects.istio.authorization_policy import PolicyRule
from crossway.dialects.istio.rules import native_rules

ISSUER = "https://id.test/realm"


def rules(rule: dict[str, Any], *, denies: bool = False) -> list[Any]:
    return native_rules(PolicyRule.model_validate(rule), [ISSUER], denies=denies)[0]


def source(**fields: Any) -> list[Any]:
    return rules({"from": [{"source": fields}]})


def operation(**fields: Any) -> list[Any]:
    return rules({"to": [{"operation": fields}]})


def test_a_rule_without_conditions_holds_for_everything():
    assert rules({}) == [{"paths": ["/*"]}]


@pytest.mark.parametrize(
    ("principal", "subjects"),
    [
        (f"{ISSUER}/ada", ["ada"]),
        (f"{ISSUER}/team/ada", ["team/ada"]),
        (f"{ISSUER}/a*", [{"prefix": "a"}]),
        (f"{ISSUER}/*", [{"present": True}]),
        ("https://id.*", [{"present": True}]),
        ("*ada", [{"suffix": "ada"}]),
        ("*realm/ada", [{"suffix": "realm/ada"}, "ada"]),
        ("https://other.test/ada", []),
        (ISSUER, []),
    ],
)
def test_a_principal_of_requests_is_issuer_and_subject(principal, subjects):
    assert source(requestPrincipals=[principal]) == [{"claims": {"iss": ISSUER, "sub": one}} for one in subjects]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/a", "/a"),
        ("/a*", "^/a"),
        ("/*", "/*"),
        ("*.png", "~.*\\.png"),
        ("/a/{*}/b", "~/a/[^/]+/b"),
        ("/a/{**}", "~/a/.*"),
    ],
)
def test_paths(path, said):
    assert operation(paths=[path]) == [{"paths": [said]}]


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        (["a.test", "a.test:*"], [{"hostnames": ["a.test"]}]),
        (["*.a.test"], [{"hostnames": ["*.a.test"]}]),
        (["A.test"], [{"hostnames": ["a.test"]}]),
        (["*a.test"], [{"headers": {"host": {"suffix": "a.test"}}}]),
        (["a.test", "b*"], [{"hostnames": ["a.test"]}, {"headers": {"host": {"prefix": "b"}}}]),
        (["*"], [{"paths": ["/*"]}]),
    ],
)
def test_hosts(hosts, said):
    assert operation(hosts=hosts) == said


def test_methods_with_wildcards_are_expressions():
    assert operation(methods=["P*"]) == [{"cel": 'request.method.startsWith("P")'}]


def test_what_must_not_hold_is_an_exception():
    assert operation(paths=["/a*"], notPaths=["/a/b"]) == [{"paths": ["^/a"], "unless": {"paths": ["/a/b"]}}]
    assert operation(notHosts=["*"]) == [{"paths": ["/*"], "unless": {"paths": ["/*"]}}]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("request.headers[X-A]", {"headers": {"x-a": "v"}}),
        ("request.auth.audiences", {"claims": {"aud": "v"}}),
        ("request.auth.presenter", {"claims": {"azp": "v"}}),
        ("request.auth.claims[a]", {"claims": {"a": "v"}}),
        ("request.auth.claims[a][b]", {"claims": {"a.b": "v"}}),
        ("request.auth.claims[https://x.test/a]", {"claims": {"https://x.test/a": "v"}}),
        ("connection.sni", {"cel": 'connection.requested_server_name == "v"'}),
    ],
)
def test_conditions(key, said):
    assert rules({"when": [{"key": key, "values": ["v"]}]}) == [said]


@pytest.mark.parametrize(
    "rule",
    [
        {"when": [{"key": "destination.ip", "values": ["10.0.0.1"]}]},
        {"when": [{"key": "request.auth.claims[a.b]", "values": ["c"]}]},
        {"when": [{"key": "destination.port", "values": ["http"]}]},
        {"when": [{"key": "request.headers[a]", "values": ["b"]}, {"key": "request.headers[a]", "values": ["c"]}]},
        {"to": [{"operation": {"paths": ["a"]}}]},
        {"from": [{"source": {"serviceAccounts": ["alone"]}}]},
    ],
)
def test_what_cannot_be_said_allows_nobody_and_denies_more(rule):
    allowed, wrong = native_rules(PolicyRule.model_validate(rule), [], denies=False)
    denied, _ = native_rules(PolicyRule.model_validate(rule), [], denies=True)
    assert allowed == []
    assert len(wrong) == 1
    assert len(denied) == 1


def test_sources_and_operations_are_combined():
    found = rules(
        {
            "from": [{"source": {"ipBlocks": ["10.0.0.1"]}}, {"source": {"principals": ["*"]}}],
            "to": [{"operation": {"methods": ["GET"]}}, {"operation": {"ports": [80]}}],
            "when": [{"key": "destination.port", "values": ["80", "81"]}],
        }
    )
    assert found == [
        {"client_ips": ["10.0.0.1/32"], "methods": ["GET"], "ports": [80, 81]},
        {"client_ips": ["10.0.0.1/32"], "ports": [80]},
        {"cel": "connection.mtls", "methods": ["GET"], "ports": [80, 81]},
        {"cel": "connection.mtls", "ports": [80]},
    ]


def test_ports_that_nobody_can_have_at_once_hold_never():
    rule = {"to": [{"operation": {"ports": [80]}}], "when": [{"key": "destination.port", "values": ["81"]}]}
    assert rules(rule) == []
