"""Expressions in URLs, read: their operators bind as the specification says, and nothing grows without measure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.syntax import Budget, Call, Lambda, Literal, Node, Parser, Path, duration, moment

each = pytest.mark.parametrize


def shown(node: Node) -> str:
    """Return an expression with all its parentheses."""
    match node:
        case Literal(value, _):
            return str(value)
        case Path(words):
            return "/".join(words)
        case Lambda(collection, every, variable, predicate):
            inner = f"{variable}:{shown(predicate)}" if predicate is not None else ""
            return f"{shown(collection)}/{'all' if every else 'any'}({inner})"
        case Call(name, operands):
            return f"({name} {' '.join(map(shown, operands))})"
    return node.name


@each(
    ("text", "meant"),
    [
        ("a or b and c eq 1", "(or a (and b (eq c 1)))"),
        ("a and b and (c and d)", "(and a b (and c d))"),
        ("not a eq b", "(eq (not a) b)"),
        ("1 add 2 mul 3 eq 7", "(eq (add 1 (mul 2 3)) 7)"),
        ("1 sub 2 sub 3 eq 0", "(eq (sub (sub 1 2) 3) 0)"),
        ("a gt 1 eq true", "(eq (gt a 1) True)"),
        ("-a lt -5", "(lt (negate a) -5)"),
        ("- (a) lt 5", "(lt (negate a) 5)"),
        ("a in (1,2) or b in @p", "(or (in a (list 1 2)) (in b @p))"),
        ("items/any(i: i/x eq 1)", "items/any(i:(eq i/x 1))"),
        ("items/any()", "items/any()"),
        ("items/$count gt 1", "(gt items/$count 1)"),
        ("$it/a eq null", "(eq $it/a None)"),
        ("contains( a , 'it''s (not)' )", "(contains a it's (not))"),
        ("colour has Shop.Colour'Red'", "(has colour Red)"),
        ("now() gt a", "(gt (now ) a)"),
    ],
)
def test_how_it_binds(text: str, meant: str) -> None:
    assert shown(Parser(text).whole()) == meant


@each(
    ("text", "value", "kind"),
    [
        ("'x'", "x", "String"),
        ("''", "", "String"),
        ("9223372036854775807", 2**63 - 1, "Int64"),
        ("1.50", "1.50", "Decimal"),
        ("1e3", 1000.0, "Double"),
        ("-INF", float("-inf"), "Double"),
        ("true", True, "Boolean"),
        ("7F0A1B2C-1111-2222-3333-444455556666", "7f0a1b2c-1111-2222-3333-444455556666", "Guid"),
        ("2024-02-29", "2024-02-29", "Date"),
        ("2024-02-29T10:00Z", moment("2024-02-29T10:00:00Z"), "DateTimeOffset"),
        ("2024-02-29T12:00:00.1234567+02:00", moment("2024-02-29T10:00:00.123456Z"), "DateTimeOffset"),
        ("10:00:00.5", "10:00:00.500000", "TimeOfDay"),
        ("duration'-P1DT2H'", -duration("P1DT2H"), "Duration"),
        ("binary'AQ=='", "AQ==", "Binary"),
    ],
)
def test_literals(text: str, value: object, kind: str) -> None:
    node = Parser(text).whole()
    assert isinstance(node, Literal)
    assert node.type == kind
    assert value in (node.value, str(node.value))


WRONG = [
    *("", "a eq", "a eq 1 1", "(a", "a)", "a eq 'x", "2024-02-31", "25:00:00", "a eq duration'x'", "duration'P'", "a#"),
    *("items/any(", "all()x", "items/all()", "items/any(1: 2)", "a eqq 1", "a in 1", 'a eq "b"', "contains(a,)"),
]


@each("text", WRONG)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ODataError) as raised:
        Parser(text).whole()
    assert (raised.value.status, raised.value.code) == (400, "odata.syntax")


@each("text", ["(" * 101, "not " * 101, "-" * 101, "a(" * 101, " add ".join("1" * 102), "a/any(b:" * 101])
def test_it_is_bounded_in_depth(text: str) -> None:
    with pytest.raises(ODataError) as raised:
        Parser(text).whole()
    assert raised.value.code == "odata.too_deep"


def test_it_is_bounded_in_nodes_and_length() -> None:
    with pytest.raises(ODataError) as raised:
        Parser(" or ".join(["a"] * 300), budget=Budget(nodes=500)).whole()
    assert raised.value.code == "odata.too_many_nodes"
    with pytest.raises(ODataError) as raised:
        Parser("a" * 40_000)
    assert raised.value.code == "odata.too_long"


@given(st.text(alphabet="ab'(),:/$@ 01-.eqandorintz", max_size=60))
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    try:
        Parser(text).whole()
    except ODataError as error:
        assert error.status == 400  # noqa: PT017  # either is fine


def test_orders() -> None:
    items = Parser("name desc, length(note) ,id asc", "$orderby").ordering()
    assert [(shown(node), descending) for node, descending in items] == [
        ("name", True), ("(length note)", False), ("id", False)]  # fmt: skip
