"""System query options, as clients write them."""

import pytest

from crossway.model.odata import QueryLimits
from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.options import pairs, read, split
from crossway.runtime.odata.syntax import Call, Literal

each = pytest.mark.parametrize
LIMITS = QueryLimits()


def test_all_of_them() -> None:
    options = read(
        "$filter=a%20eq%201&$select=a,b&$expand=c($top=1;$expand=d/$ref),e&$orderby=a+desc&$top=2&$skip=3&$count=true"
        "&$search=x&$format=json&$skiptoken=4&custom=5&@p='q'",
        LIMITS,
    )
    assert options.filter is not None
    assert (options.select, options.top, options.skip, options.count) == ((("a",), ("b",)), 2, 3, True)
    assert (options.format, options.skiptoken, options.aliases) == ("json", 4, {"@p": Literal("q", "String")})
    first, second = options.expand
    assert (first.words, first.options.top, second.words) == (("c",), 1, ("e",))
    assert first.options.expand[0].words == ("d", "$ref")


@each("query", ["$TOP=1", "top=1", "%24top=1", "$top=%31"])
def test_names_are_written_in_several_ways(query: str) -> None:
    assert read(query, LIMITS).top == 1


@each(
    ("text", "meant"),
    [
        ("a b", ("and", "a", "b")),
        ('"a b" AND c', ("and", "a b", "c")),
        ("a OR b c", ("or", "a", ("and", "b", "c"))),
        ("NOT (a OR b)", ("not", ("or", "a", "b"))),
        (r'"a \"b\" c"', 'a "b" c'),
        ("and", "and"),
    ],
)
def test_search(text: str, meant: object) -> None:
    def shown(node: object) -> object:
        if isinstance(node, Call):
            return (node.name, *map(shown, node.operands))
        assert isinstance(node, Literal)
        return node.value

    assert shown(read(f"$search={text}", LIMITS).search) == meant


@each("text", ["", "(a", "a)", "AND a", "a OR", 'a "b', " ".join("a" * 21)])
def test_what_cannot_be_searched(text: str) -> None:
    with pytest.raises(ODataError):
        read(f"$search={text}", LIMITS)


def test_levels_count_as_depth() -> None:
    assert read("$expand=a($levels=max)", LIMITS).expand[0].options.levels == 3
    assert read("$expand=a($expand=b($levels=max))", LIMITS).expand[0].options.expand[0].options.levels == 2
    with pytest.raises(ODataError) as raised:
        read("$expand=a($levels=4)", LIMITS)
    assert raised.value.code == "odata.expand_too_deep"


def test_a_budget_is_for_all_expressions_together() -> None:
    half = "%20or%20".join(["a"] * 60)
    assert read(f"$filter={half}", LIMITS).filter
    with pytest.raises(ODataError) as raised:
        read(f"$filter={half}&$expand=b($filter={half})", LIMITS)
    assert raised.value.code == "odata.too_many_nodes"


def test_what_is_passing_is_not_ours() -> None:
    options = read("$apply=x&$skiptoken=abc&$deltatoken=1&index=1&@a=[1]", LIMITS, passing=True)
    assert options.written == ("$apply", "$deltatoken", "$index")
    with pytest.raises(ODataError):
        read("$apply=x", LIMITS)


def test_pieces() -> None:
    assert split("a(b,c),'d,e',f", ",") == ["a(b,c)", "'d,e'", "f"]
    assert list(pairs("a=1&b&&c=%26%3D+d")) == [("a", "1"), ("b", ""), ("c", "&= d")]
