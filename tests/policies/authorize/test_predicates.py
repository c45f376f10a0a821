"""What the proxy makes of it is in tests/laws/test_authorize.py; here is what no proxy can say."""

import re

import pytest

from crossway.model import PathMatch
from crossway.policies.authorize.predicates import holds
from crossway.policies.authorize.rules import Rule
from crossway.protos import unpack


def predicate(undecided=False, **written):
    return holds(Rule.model_validate(written), undecided=undecided)


@pytest.mark.parametrize("groups", ["gold", "a,gold", "gold,b", "a,gold,b", "golden", "a,golden", "marigold", "", "g"])
def test_a_group_is_a_whole_member_of_the_list(groups):
    regex = predicate(groups=["gold"]).single_predicate.value_match.safe_regex.regex
    assert bool(re.fullmatch(regex, groups)) is ("gold" in groups.split(","))


@pytest.mark.parametrize("path", ["/a.b", "/a.b/*", "/*", "/u/{id}", "/u/{id}/*"])
@pytest.mark.parametrize("target", ["/a.b", "/axb", "/a.b/", "/a.b/c", "/a.bc", "/u/1", "/u/1/2", "/u/", "/u"])
@pytest.mark.parametrize("query", ["", "?", "?/a.b", "?/u/1"])
def test_the_query_is_no_part_of_the_path(path, target, query):
    match = PathMatch.model_validate(path)
    pattern = "[^/]+".join(map(re.escape, re.split(r"\{id\}", match.value.rstrip("/").removesuffix("/*"))))
    means = pattern + ("(/.*)?" if path.endswith("/*") else "")
    regex = predicate(paths=[path]).single_predicate.value_match.safe_regex.regex
    assert bool(re.fullmatch(regex, target + query)) is bool(re.fullmatch(means, target))


def test_what_cannot_be_decided_lets_nobody_in():
    """An expression that fails matches nothing, so it is turned round wherever that would open a door."""

    def is_turned_round(one):
        return one.HasField("not_matcher")

    assert not is_turned_round(predicate(cel="connection.mtls"))
    assert is_turned_round(predicate(cel="connection.mtls", undecided=True))
    exception = predicate(methods=["GET"], unless={"cel": "connection.mtls"}).and_matcher.predicate[1]
    assert is_turned_round(exception)
    assert is_turned_round(exception.not_matcher)
    exception = predicate(methods=["GET"], unless={"cel": "connection.mtls"}, undecided=True).and_matcher.predicate[1]
    assert is_turned_round(exception)
    assert not is_turned_round(exception.not_matcher)


@pytest.mark.parametrize(
    ("value", "also"),
    [
        ("3", ["double_match"]),
        ("-2.5", ["double_match"]),
        ("true", ["bool_match"]),
        ("03", []),
        ("1e3", []),
        ("admin", []),
        (str(2**53 - 1), ["double_match"]),
        (str(2**53), []),
        (str(2**53 + 1), []),
        ({"prefix": "3"}, []),
    ],
)
def test_a_claim_is_compared_as_what_it_may_be(value, also):
    custom = predicate(claims={"a": value}).single_predicate.custom_match.typed_config
    kinds = [matcher.WhichOneof("match_pattern") for matcher in unpack(custom).value.or_match.value_matchers]
    assert kinds == ["string_match", *also, "list_match", *["list_match"] * len(also)]


@pytest.mark.parametrize(
    ("name", "path"),
    [("sub", ["sub"]), ("realm.roles", ["realm", "roles"]), ("https://a.test/role", ["https://a.test/role"])],
)
def test_the_name_of_a_claim_goes_deeper_with_each_dot_unless_it_is_a_url(name, path):
    wanted = unpack(predicate(claims={name: "a"}).single_predicate.input.typed_config)
    assert [step.key for step in wanted.path] == ["claims", *path]


def test_of_several_exceptions_any_will_do():
    several = predicate(paths=["/*"], unless=[{"methods": ["GET"]}, {"ports": [80, 8080]}])
    method, port = several.and_matcher.predicate[-1].not_matcher.or_matcher.predicate
    assert method.single_predicate.value_match.safe_regex.regex == "GET"
    assert port.single_predicate.input.typed_config.type_url.endswith("DestinationPortInput")
    assert port.single_predicate.value_match.safe_regex.regex == "80|8080"
