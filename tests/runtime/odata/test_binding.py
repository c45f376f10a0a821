"""What words mean in a schema, and which types fit."""

import pytest

from crossway.runtime.odata.binding import FUNCTIONS, Binder
from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.predicate import BINARY, UNARY
from crossway.runtime.odata.syntax import Parser
from crossway.runtime.odata.tree import ROOT, Const, Expression, Field, Operation, Place
from runtime.odata.shop import sets

each = pytest.mark.parametrize
SETS = sets()


def bound(text: str) -> Expression:
    return Binder(SETS, "Orders").bind(Parser(text).whole())


def test_a_path_leads_through_others() -> None:
    assert bound("customer/name") == Field(Place(ROOT, "Orders", ("customer",)), "name", "String")


@each(
    ("text", "kind"),
    [
        ("amount add id", "Int64"),
        ("amount add 1.5", "Decimal"),
        ("price add 1.5", "Double"),
        ("amount div 2", "Int64"),
        ("amount divby 2", "Double"),
        ("round(price)", "Double"),
        ("length(note)", "Int64"),
        ("items/$count", "Int64"),
        ("date(placed)", "Date"),
        ("note eq null", "Boolean"),
        ("cast(amount,Edm.Double)", "Double"),
    ],
)
def test_types(text: str, kind: str) -> None:
    assert bound(text).type == kind


def test_constants() -> None:
    assert bound("-(5)") == Const(-5, "Int64")
    match bound("placed ge 2024-01-01"):
        case Operation("ge", (_, Const(value, "DateTimeOffset"))):
            assert str(value) == "2024-01-01 00:00:00+00:00"
        case other:
            raise AssertionError(other)


@each(
    "text",
    ["note gt 1", "amount eq 'x'", "length(amount) eq 1", "note add 1 eq 2", "price mod 2 eq 1", "paid add 1 eq 1",
     "placed eq 'x'", "year(note) eq 1", "items eq null", "customer eq 1", "not amount", "id eq binary'AA'"],
)  # fmt: skip
def test_what_does_not_fit(text: str) -> None:
    with pytest.raises(ODataError) as raised:
        bound(text)
    assert (raised.value.status, raised.value.code) == (400, "odata.type")


@each(
    "text", ["note has 'x'", "id in @p", "id in (id,1)", "colour'x' eq 1", "cast(note,Edm.Int32) eq 1", "isof(Shop.X)"]
)
def test_what_is_not_supported(text: str) -> None:
    with pytest.raises(ODataError) as raised:
        bound(text)
    assert raised.value.status == 501


def test_a_name_that_is_nearly_one() -> None:
    with pytest.raises(ODataError, match="did you mean 'amount'"):
        bound("amuont eq 1")
    with pytest.raises(ODataError, match="did you mean 'contains'"):
        bound("contians(note,'x')")


def test_every_function_can_be_computed() -> None:
    assert set(FUNCTIONS) <= {*UNARY, *BINARY}
