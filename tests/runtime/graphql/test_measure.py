"""What an operation is found to be."""

import pytest

from crossway.model.graphql_limits import Limits, Outline
from crossway.runtime.graphql.documents import read
from crossway.runtime.graphql.measure import Measure, measure, root
from crossway.runtime.graphql.refusal import Refused
from runtime.graphql.limited import outlined

each = pytest.mark.parametrize


def measured(text: str, outline: Outline | None = None) -> Measure:
    document = read(text, 100_000)
    return measure(document, document.operation(None), outline)


def code(text: str, outline: Outline | None = None) -> str:
    with pytest.raises(Refused) as refused:
        measured(text, outline)
    return refused.value.code


def doubling(times: int) -> str:
    """A document whose fragments ask for two to the power of *times* fields."""
    fragments = [f"fragment f{n} on Q {{ a {{ ...f{n + 1} }} b {{ ...f{n + 1} }} }}" for n in range(times)]
    return "{ ...f0 } " + " ".join(fragments) + f" fragment f{times} on Q {{ x: c }}"


@each(
    ("text", "found"),
    [
        ("{a}", Measure(1, 1)),
        ("{a {b {c} d} e}", Measure(3, 2)),
        ("{a {... on T {... {b}}}}", Measure(2, 1)),
        ("{a{...F}} fragment F on T {b{...G}} fragment G on T {c{d}}", Measure(4, 1)),
        ("{a ...F} fragment F on Query {b c}", Measure(1, 3)),
        ("{p{...F} q{...F}} fragment F on T {a: x b: x}", Measure(2, 2, aliases=4)),
        ("query @x {...F @x ... @x {b @x}} fragment F on Q @x {a}", Measure(1, 2, directives=5)),
        ("{__typename}", Measure(1, 1)),
        ('{x: __type(name: "Q"){name}}', Measure(1, 1, aliases=1, introspects=True)),
        ("{a ...F} fragment F on Query {... {_service{sdl}}}", Measure(1, 2, introspects=True)),
    ],
)
def test_what_there_is_in_an_operation(text: str, found: Measure):
    assert measured(text) == found


def test_fragments_that_double_are_looked_at_once():
    assert measured(doubling(50)) == Measure(51, 2, aliases=2**50)


def test_an_operation_is_measured_once():
    document = read("query A {a} query B {b {c}}", 100)
    first = measure(document, document.operation("A"), None)
    assert measure(document, document.operation("A"), None) is first
    assert measure(document, document.operation("B"), None).depth == 2


@each(
    ("text", "told"),
    [
        ("{...F}", "GRAPHQL_VALIDATION_FAILED"),
        ("{...F} fragment F on T {a{...F}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{...F} fragment F on T {...G} fragment G on T {...F}", "GRAPHQL_VALIDATION_FAILED"),
        ("{__schema{types{fields{type{fields{type{fields{name}}}}}}}}", "MAX_DEPTH_LIMIT"),
        ("{__schema{types" + "{ofType" * 19 + "}" * 21, "MAX_DEPTH_LIMIT"),
        (
            "{...f0}" + "".join(f"fragment f{n} on Q{{...f{n + 1}}}" for n in range(3000)) + "fragment f3000 on Q{a}",
            "MAX_DEPTH_LIMIT",
        ),
    ],
    ids=["no fragment", "in itself", "in circles", "lists of the schema", "a deep schema", "a chain of fragments"],
)
def test_what_cannot_be_executed_is_refused(text: str, told: str):
    assert code(text) == told


@each(
    "text",
    ["{nothing}", "{customer(id: 1)}", "{hello {a}}", "{... on Nothing {a}}", "mutation {hello}", "{orders {first}}"],
)
def test_what_is_not_in_the_schema_is_refused(text: str):
    assert code(text, outlined(Limits())) == "GRAPHQL_VALIDATION_FAILED"


def test_a_schema_may_have_no_such_operation():
    outline = outlined(Limits(), "type Query {a: Int}")
    assert code("subscription {a}", outline) == "GRAPHQL_VALIDATION_FAILED"
    assert root(read("{a}", 100).operation(None), outline) == "Query"


def test_what_is_asked_of_a_client_is_told_with_the_field_that_asks():
    outline = outlined(Limits())
    assert measured("{hello customer(id: 1) {name}}", outline).guards == {}
    found = measured("{customer(id: 1) {...F} me {id}} fragment F on Customer {x: email}", outline).guards
    assert {outline.guards[place]: field for place, field in found.items()} == {
        (("customers:read", "pii"), ("admin",)): "Customer.email",
        ((),): "Query.me",
    }
