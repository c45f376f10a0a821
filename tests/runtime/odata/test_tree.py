"""Which ways an expression passes."""

import pytest

from crossway.runtime.odata.binding import Binder
from crossway.runtime.odata.syntax import Parser
from crossway.runtime.odata.tree import Ways, ways
from runtime.odata.shop import sets


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("note eq 'x'", {}),
        ("customer/name eq 'x' and items/$count gt 1", {"customer": {}, "items": {}}),
        ("items/any(i: i/order/note eq note)", {"items": {"order": {}}}),
        ("customer/orders/any(o: o/items/any(i: i/count gt o/amount))", {"customer": {"orders": {"items": {}}}}),
        ("length(customer/name) in (1,2)", {"customer": {}}),
    ],
)
def test_ways(text: str, passed: Ways) -> None:
    assert ways(iter([Binder(sets(), "Orders").bind(Parser(text).whole())])) == passed
