"""The plan travels as JSON, with nothing in it that goes without saying."""

import msgspec

from crossway.model.graphql_plan import Field, Link, Operation, Plan


def test_a_plan_is_what_was_written() -> None:
    link = Link({"ids": ("customer", "id")}, batch="ids", key=("id",))
    operation = Operation("customers", "cluster", "GET", "/customers")
    plan = Plan("type Query { a: Int }", {"x": operation}, {"Order": {"customer": Field(operation="x", link=link)}})
    text = msgspec.json.encode(plan)
    assert msgspec.json.decode(text, type=Plan) == plan
    assert b"descriptors" not in text
