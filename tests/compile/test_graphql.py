"""Schemas: what can be read, what is wrong with the others, and what the runtime is told."""

import pytest
from graphql import GraphQLSchema, introspection_from_schema
from msgspec import json

from crossway.compile.graphql import outline, read_document, read_schema
from crossway.model import Defined, Finding
from crossway.model.graphql_limits import Limits, Outline
from harness.shop import SDL

each = pytest.mark.parametrize


def schema(text: str) -> GraphQLSchema:
    found = read_schema(Defined(text.encode()))
    assert isinstance(found, GraphQLSchema), found
    return found


@each(
    ("text", "said"),
    [
        ("", "1:1: Unexpected <EOF>."),
        ("type Query {", "1:13: Expected Name, found <EOF>."),
        ("type Query { a: Nothing }", "1:17: Unknown type 'Nothing'."),
        ("type Other { a: Int }", "Query root type must be provided."),
        ("type Query { a: Int } type Query { b: Int }", "There can be only one type named 'Query'."),
        ("type Query implements I { a: Int } interface I { b: Int }", "Interface field I.b expected"),
        ("type Query { a: A } input A { a: A! }", "must be Output Type"),
        ("type Query { a: " + "[" * 5000, "nested too deeply"),
        ("{ query }", "it is no schema of GraphQL"),
        ('{"data": {"__schema": {}}}', "it is no schema of GraphQL"),
        ('{"data": {"__schema": []}}', "it is no schema of GraphQL"),
        ('{"data": null}', "it is no schema of GraphQL"),
    ],
)
def test_a_schema_that_is_none_says_why(text: str, said: str) -> None:
    found = read_schema(Defined(text.encode()))
    assert isinstance(found, str)
    assert said in found


def test_a_schema_of_too_many_tokens_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossway.compile.graphql.LARGEST_SCHEMA", 100)
    found = read_schema(Defined(b"type Query { a: Int }" + b" scalar S" * 100))
    assert found == "1:444: Document contains more than 100 tokens. Parsing aborted."


def test_a_schema_in_another_encoding_is_none() -> None:
    assert isinstance(read_schema(Defined(b"type Query { a: Int } # \xff")), str)


def test_directives_need_no_definition() -> None:
    schema('type Query @shareable { a: Int @cost(weight: "3") } type T @key(fields: "id") { id: ID! }')


def test_an_introspection_is_a_schema() -> None:
    told = json.encode({"data": introspection_from_schema(schema(SDL))})
    found = read_schema(Defined(told))
    assert isinstance(found, GraphQLSchema)
    assert "Customer" in found.type_map


def test_a_schema_that_refers_to_itself_has_an_end() -> None:
    found = outline(schema("type Query { a: A } type A { a: [A!]! b: B } type B { a: A } union U = A | B"), Limits())
    assert isinstance(found, Outline)
    assert found.types["A"].fields["a"].type == "A"
    assert found.types["U"].fields == {}


def test_a_large_schema_is_told_briefly() -> None:
    types = "".join(f"type T{n} {{ {' '.join(f'f{m}(first: Int): [T{m}!]!' for m in range(10))} }}" for n in range(200))
    found = outline(schema(f"type Query {{ t: T0 }} {types}"), Limits.model_validate({"cost": 100}))
    assert isinstance(found, Outline)
    assert len(found.model_dump_json()) < 2**17


def test_one_that_is_too_large_for_a_proxy_is_told() -> None:
    fields = " ".join(f"{'f' * 50_000}{n}: Int" for n in range(100))
    found = outline(schema(f"type Query {{ {fields} }}"), Limits())
    assert isinstance(found, Finding)
    assert found.code == "graphql.schema"


def test_weights_that_are_no_numbers_are_not_there() -> None:
    text = 'type Query { a: A @cost(weight: "much") b: A @cost(weight: "2.5") } type A { c: Int }'
    found = outline(schema(text), Limits.model_validate({"cost": 1}))
    assert isinstance(found, Outline)
    assert [field.cost for field in found.types["Query"].fields.values()] == [0, 3]


@each(
    ("text", "said"),
    [
        ("{ hello }", ""),
        ("{ hello", "1:8: Expected Name, found <EOF>."),
        ("{ bye }", "1:3: Cannot query field 'bye' on type 'Query'."),
        ("{ hello }" * 9000, "20000 tokens"),
    ],
)
def test_a_document_is_checked(text: str, said: str) -> None:
    found = read_document(text, schema(SDL))
    assert isinstance(found, str) == bool(said)
    assert said in str(found)
