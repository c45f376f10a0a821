import pytest

from dialects.gateway_api.writing.written import EDGE, rule, written


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("timeout: 5s", {"timeouts": {"request": "5s"}}),
        ("timeout: {request: 5s, backend: 1s}", {"timeouts": {"request": "5s", "backendRequest": "1s"}}),
        ("retry: 2", {"retry": {"attempts": 2}}),
        ("session_affinity: {cookie: {name: s}}", {"sessionPersistence": {"sessionName": "s", "type": "Cookie"}}),
        ("session_affinity: {header: x}", {"sessionPersistence": {"type": "Header", "sessionName": "x"}}),
    ],
)
def test_a_policy_is_a_field_of_the_rule(policy, said):
    assert {**rule(f"{{to: one, policies: {{{policy}}}}}"), "backendRefs": None} == {**said, "backendRefs": None}


@pytest.mark.parametrize(
    ("policy", "name", "said"),
    [
        (
            "headers: {request: {set: {x: '{{route}}'}, remove: [y]}}",
            "requestHeaderModifier",
            {"set": [{"name": "x", "value": "{route}"}], "remove": ["y"]},
        ),
        ("headers: {response: {add: {x: a}}}", "responseHeaderModifier", {"add": [{"name": "x", "value": "a"}]}),
        (
            "rewrite: {path: /v2, host: a.example}",
            "urlRewrite",
            {"hostname": "a.example", "path": {"type": "ReplaceFullPath", "replaceFullPath": "/v2"}},
        ),
        (
            "mirror: {to: one, percent: 10}",
            "requestMirror",
            {"backendRef": {"name": "one", "port": 9001}, "percent": 10},
        ),
        (
            "cors: {origins: ['https://a.example'], max_age: 1m}",
            "cors",
            {"allowOrigins": ["https://a.example"], "maxAge": 60},
        ),
    ],
)
def test_a_policy_is_a_filter(policy, name, said):
    (filter_,) = rule(f"{{to: one, policies: {{{policy}}}}}")["filters"]
    assert filter_[name] == said


@pytest.mark.parametrize(
    "policy",
    [
        "timeout: {idle: 1m}",
        "timeout: 1.5s",
        "retry: {on: [5xx]}",
        "headers: {request: {set: {x: '{client_ip}'}}}",
        "headers: {request: {set: {x: 1}}}",
        "rewrite: {host: backend}",
        "rewrite: {path_prefix: /v2}",
        "mirror: {to: one, percent: 0.5%}",
        "cors: ['~https://.*']",
        "rate_limit: 5/minute",
    ],
)
def test_what_no_filter_says_is_a_policy_beside_the_route(policy):
    found = written(f"{EDGE}routes: {{a: {{to: one, policies: {{{policy}}}}}}}")
    (filter_,) = found["HTTPRoute a"]["spec"]["rules"][0]["filters"]
    assert filter_["extensionRef"] == {"group": "crossway.dev", "kind": "Policies", "name": "a"}
    assert list(found["crossway.dev/Policies a"]["spec"]) == [policy.partition(":")[0]]


def test_a_prefix_is_replaced_where_there_is_one():
    said = rule("{matches: [{path: /a/*}], to: one, policies: {rewrite: {path_prefix: /v2}}}")["filters"]
    assert said[0]["urlRewrite"]["path"] == {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/v2"}


def test_a_redirect_is_a_filter():
    (filter_,) = rule("{redirect: {scheme: https, port: 8443, status: 308}}")["filters"]
    assert filter_["requestRedirect"] == {"scheme": "https", "port": 8443, "statusCode": 308}
