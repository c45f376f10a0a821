import pytest
from pydantic import TypeAdapter, ValidationError

from crossway.policies.jwt.claims import Claims, claim_filter
from crossway.protos import to_dict

READ = TypeAdapter(Claims)


def principals(*, optional=False, **wanted):
    rules = to_dict(claim_filter(READ.validate_python(wanted), optional=optional))["rbac"]["rules"]
    assert rules.get("action", "ALLOW") == "ALLOW"
    return rules["policies"]["claims"]["principals"]


def test_one_value_is_a_list_of_one():
    assert READ.validate_python({"a": "x", "b": ["x", 1], "c": True}) == {"a": ("x",), "b": ("x", 1), "c": (True,)}


@pytest.mark.parametrize("value", [None, {}, [None], [["x"]], {"x": 1}])
def test_what_no_claim_is_compared_with(value):
    with pytest.raises(ValidationError):
        READ.validate_python({"a": value})


def test_all_claims_must_hold_and_of_the_values_of_each_one():
    (every,) = principals(a=["x", "y"], b=True)
    first, second = every["and_ids"]["ids"]
    assert len(first["or_ids"]["ids"]) == 2
    assert len(second["or_ids"]["ids"]) == 1


def test_a_dot_leads_into_a_claim():
    (every,) = principals(**{"realm.roles": "admin"})
    (claim,) = every["and_ids"]["ids"][0]["or_ids"]["ids"]
    assert claim["metadata"]["filter"] == "envoy.filters.http.jwt_authn"
    assert [step["key"] for step in claim["metadata"]["path"]] == ["claims", "realm", "roles"]


@pytest.mark.parametrize(
    ("value", "matcher"),
    [
        ("x", {"string_match": {"exact": "x"}}),
        (True, {"bool_match": True}),
        (3, {"double_match": {"exact": 3}}),
        (0.5, {"double_match": {"exact": 0.5}}),
    ],
)
def test_a_value_is_compared_with_its_type_alone_or_in_a_list(value, matcher):
    (every,) = principals(a=value)
    (claim,) = every["and_ids"]["ids"][0]["or_ids"]["ids"]
    assert claim["metadata"]["value"]["or_match"]["value_matchers"] == [matcher, {"list_match": {"one_of": matcher}}]


def test_whoever_may_come_without_a_token_is_let_through_without_one():
    strict, nobody = principals(a="x", optional=True)
    assert principals(a="x") == [strict]
    assert nobody["not_id"]["metadata"]["value"] == {"present_match": True}
    assert [step["key"] for step in nobody["not_id"]["metadata"]["path"]] == ["header", "alg"]
