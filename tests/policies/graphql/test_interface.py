"""Words of definitions as names and types of GraphQL."""

import pytest

from crossway.policies.graphql.interface import Type, field_name, identifier, type_name, unused


@pytest.mark.parametrize(
    ("word", "name"), [("a", "a"), ("a-b c", "a_b_c"), ("2nd", "_2nd"), ("__x", "_x"), ("ä", "_"), ("", "_")]
)
def test_any_word_is_a_name(word: str, name: str) -> None:
    assert identifier(word) == name


def test_types_and_operations_are_written_as_people_do() -> None:
    assert (type_name("order-item v2"), type_name("..."), field_name("List-orders")) == (
        "OrderItemV2",
        "Value",
        "listOrders",
    )


def test_a_name_that_is_taken_has_a_number() -> None:
    assert (unused("a", ()), unused("a", {"a"}), unused("a", {"a", "a_2"})) == ("a", "a_2", "a_3")


def test_a_type_is_written_as_graphql_does() -> None:
    type_ = Type(item=Type("Order").optional())
    assert (str(type_), str(type_.optional()), type_.named) == ("[Order]!", "[Order]", "Order")
    assert str(type_.renamed({"Order": "Purchase"})) == "[Purchase]!"
