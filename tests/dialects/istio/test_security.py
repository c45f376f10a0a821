import pytest

from dialects.istio.scene import authorization, guarded, written

NOBODY = {"authorize": {"deny": [{"paths": ["/*"]}]}}
RULE = "{to: [{operation: {paths: [/a]}}]}"
KEYS = "jwksUri: 'https://id.test/keys'"


def tokens(rules: str, name: str = "t") -> str:
    return written(
        "RequestAuthentication", f"jwtRules: [{rules}]", name=name, metadata="namespace: istio-system", group="security"
    )


def test_nothing_is_closed_where_nothing_is_said():
    assert guarded().policies == {}


def test_policies_add_up():
    found = guarded(
        authorization(f"rules: [{RULE}]", name="a"),
        authorization("rules: [{to: [{operation: {paths: [/b]}}]}]", name="b"),
        authorization(f"action: DENY, rules: [{RULE}]", name="c"),
    ).policies
    assert found == {"authorize": {"allow": [{"paths": ["/a"]}, {"paths": ["/b"]}], "deny": [{"paths": ["/a"]}]}}


def test_one_without_rules_allows_nothing_and_takes_nothing_from_others():
    assert guarded(authorization("action: ALLOW")).policies == NOBODY
    both = guarded(authorization("action: ALLOW", name="a"), authorization(f"rules: [{RULE}]", name="b")).policies
    assert both == {"authorize": {"allow": [{"paths": ["/a"]}]}}


def test_who_is_always_allowed_can_still_be_denied():
    both = guarded(authorization("rules: [{}]", name="a"), authorization(f"action: DENY, rules: [{RULE}]", name="b"))
    assert both.policies == {"authorize": {"deny": [{"paths": ["/a"]}]}}


@pytest.mark.parametrize(
    "spec",
    [
        "action: LAUGH",
        "colour: red, rules: [{}]",
        f"action: DENY, rules: [{RULE}, {{colour: red}}]",
        "rules: [{colour: red}]",
        "rules: {}",
        "rules: [{to: [{operation: {paths: a}}]}]",
    ],
)
def test_what_is_not_understood_lets_nobody_in(spec):
    reading = guarded(authorization(spec))
    assert reading.policies == NOBODY
    assert reading.codes


def test_a_rule_that_allows_is_lost_alone():
    assert guarded(authorization(f"rules: [{{colour: red}}, {RULE}]")).policies == {
        "authorize": {"allow": [{"paths": ["/a"]}]}
    }


@pytest.mark.parametrize("rule", ["{issuer: i}", "{issuer: i, jwksUri: 'https://i', colour: red}", "{jwks: '{}'}"])
def test_tokens_that_nobody_can_verify_let_nobody_in(rule):
    assert guarded(tokens(f"{{issuer: j, {KEYS}}}", "s"), tokens(rule)).policies["authorize"] == NOBODY["authorize"]


def test_one_issuer_needs_no_list_and_several_are_one_policy():
    one = guarded(tokens(f"{{issuer: i, {KEYS}}}")).policies
    assert one["authentication"] == "optional"
    assert one["jwt"]["issuer"] == "i"
    two = guarded(tokens(f"{{issuer: i, {KEYS}}}", "s"), tokens(f"{{issuer: j, {KEYS}}}")).policies
    assert [issuer["issuer"] for issuer in two["jwt"]["issuers"]] == ["i", "j"]
