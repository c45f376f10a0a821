"""Values of services as those of GraphQL."""

import pytest
from graphql import GraphQLError
from graphql.type import GraphQLLeafType

from crossway.model.graphql_plan import Choice, Field, Operation, Plan
from crossway.runtime.graphql.schema import Schema

SDL = """
type Query { big: BigInt when: DateTime any: JSON state: State text: String thing: Thing change(it: It): Int }
type A { a: Int } type B { b: Int } union Thing = A | B
enum State { on_hold off } scalar BigInt scalar DateTime scalar JSON input It { unit_price: Int }
"""
SCHEMA = Schema(
    Plan(
        SDL,
        {"x": Operation("one", "one", "GET", "/x")},
        {"Query": {"text": Field(key="the-text")}},
        inputs={"It": {"unit_price": "unit-price"}},
        enums={"State": {"on_hold": "on-hold"}},
        choices={"Thing": Choice(shapes=(("A", ("a",)), ("B", ())))},
    )
)


def serialized(name: str, value: object) -> object:
    type_ = SCHEMA.graph.type_map[name]
    assert isinstance(type_, GraphQLLeafType)
    return SCHEMA.serialize(type_)(value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("BigInt", 2**80, 2**80),
        ("BigInt", "-12", -12),
        ("DateTime", "2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"),
        ("JSON", {"a": [1]}, {"a": [1]}),
        ("State", "on-hold", "on_hold"),
        ("State", "off", "off"),
        ("String", 7, "7"),
    ],
)
def test_values_that_fit(name: str, value: object, told: object) -> None:
    assert serialized(name, value) == told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BigInt", 1.5),
        ("BigInt", True),
        ("BigInt", "1x"),
        ("BigInt", "9" * 5000),
        ("DateTime", 7),
        ("State", "on_hold"),
    ],
)
def test_values_that_do_not(name: str, value: object) -> None:
    with pytest.raises(GraphQLError):
        serialized(name, value)


def test_fields_have_their_keys() -> None:
    assert (SCHEMA.field("Query", "text").key, SCHEMA.field("Query", "big")) == ("the-text", Field())


def test_types_are_told_apart_by_their_keys() -> None:
    choose = SCHEMA.chooser("Thing")
    assert (choose({"a": 1}), choose({"c": 1})) == ("A", "B")
