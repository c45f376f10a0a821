"""Settings of GraphQL over services, as people write them."""

from typing import Any

import pytest
from pydantic import ValidationError

from crossway.model.graphql import Graphql

SOURCES = {"orders": {"service": "orders", "definition": "orders"}}
LINK = {"source": "orders", "operation": "listOrders", "arguments": {"ids": "orderIds"}}


def test_little_has_to_be_written() -> None:
    spec = Graphql.model_validate({"sources": SOURCES})
    assert (spec.max_calls, spec.parallel, spec.max_batch, spec.limits.depth) == (100, 20, 10, 15)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sources": {}},
        {"sources": {"a-b": SOURCES["orders"]}},
        {"sources": {"orders": {**SOURCES["orders"], "base": "v1"}}},
        {"links": {"Order": LINK}},
        {"links": {"Order.__x": LINK}},
        {"links": {"Order.x": {**LINK, "list": True}}},
        {"links": {"Order.x": {**LINK, "size": 2}}},
        {"links": {"Order.x": {**LINK, "arguments": {}}}},
        {"links": {"Order.x": {**LINK, "arguments": {"ids": "a", "b": "c"}, "many": "id"}}},
        {"links": {"Order.x": {**LINK, "arguments": {"ids": "a..b"}}}},
        {"rename": {"Order.a.b": "c"}},
        {"rename": {"Order": "__Order"}},
        {"hide": ["Order."]},
        {"max_batch": 0},
        {"forward": ["host"]},
    ],
)
def test_what_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Graphql.model_validate({"sources": SOURCES} | wrong)
