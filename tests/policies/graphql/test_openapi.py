"""OpenAPI documents as schemas: what becomes of each of their words, and of documents that are broken or huge."""

import json
from typing import Any

import msgspec
import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Defined, Finding, Ref
from crossway.model.graphql import Graphql
from crossway.model.graphql_plan import Plan, Settings
from crossway.policies.graphql import compile_graphql

each = pytest.mark.parametrize


def compiled(text: str | dict[str, Any], beside: dict[str, bytes] | None = None, **more: Any) -> Plan | Finding:
    """Return the plan for one document, or what is wrong with it."""
    content = text if isinstance(text, str) else json.dumps(text)
    defined = Defined(content.encode(), beside or {})
    spec = Graphql.model_validate({"sources": {"one": {"service": "one", "definition": "one"}}} | more)
    site = Site(Ref("routes", "graph"), "default", definitions={Ref("definitions", "one"): defined})
    found = compile_graphql(spec, site)
    return msgspec.json.decode(found.steps[0].settings, type=Settings).plan if isinstance(found, Fragment) else found


def document(schemas: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document whose one operation answers with `Root`."""
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Root"}}}}
    operation = {"operationId": "getRoot", "responses": {"200": answer}} | more
    return {"openapi": "3.1.0", "paths": {"/root": {"get": operation}}, "components": {"schemas": schemas}}


def types(schema: dict[str, Any], **others: Any) -> str:
    """Return the schema in GraphQL for a `Root` with one field `a` of *schema*, without what is always there."""
    root = {"type": "object", "required": ["a"], "properties": {"a": schema}}
    plan = compiled(document({"Root": root, **others}))
    assert isinstance(plan, Plan), plan
    return plan.sdl.removeprefix("type Query {\n  getRoot: Root\n}\n")


@each(
    ("schema", "type_"),
    [
        ({"type": "string"}, "String!"),
        ({"type": ["string", "null"]}, "String"),
        ({"type": "string", "nullable": True}, "String"),
        ({"type": "string", "format": "uuid"}, "ID!"),
        ({"type": "string", "format": "date-time"}, "DateTime!"),
        ({"type": "integer"}, "Int!"),
        ({"type": "integer", "format": "int64"}, "BigInt!"),
        ({"type": "number"}, "Float!"),
        ({"type": "boolean"}, "Boolean!"),
        ({"type": "array", "items": {"type": "string"}}, "[String!]!"),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, "[Int]!"),
        ({"type": "array"}, "[JSON!]!"),
        ({"type": "object"}, "JSON!"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "JSON!"),
        ({}, "JSON!"),
        (True, "JSON!"),
        ({"type": ["string", "integer"]}, "JSON!"),
        ({"enum": [1, 2], "type": "integer"}, "Int!"),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, "String"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "JSON!"),
        ({"allOf": [{"type": "string"}]}, "String!"),
        ({"$ref": "#/components/schemas/Root"}, "Root!"),
    ],
)
def test_a_schema_is_a_type(schema: Any, type_: str) -> None:
    assert types(schema).startswith(f"type Root {{\n  a: {type_}\n}}")


def test_parts_of_a_schema_are_its_fields() -> None:
    base = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    more = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"n": {"type": "integer"}}}]}
    assert "type RootA {\n  id: String!\n  n: Int\n}" in types(more, Base=base)


def test_words_become_names_that_graphql_allows() -> None:
    properties = {"unit-price": {"type": "number"}, "2nd": {"type": "string"}, "__x": {"type": "string"}}
    plan = compiled(document({"Root": {"type": "object", "properties": properties}}))
    assert isinstance(plan, Plan)
    assert {name: field.key for name, field in plan.fields["Root"].items()} == {
        "unit_price": "unit-price",
        "_2nd": "2nd",
        "_x": "__x",
    }


def test_values_of_enums_do_as_well() -> None:
    plan = compiled(document({"Root": {"properties": {"a": {"enum": ["on-hold", "true", "x y", "x_y"]}}}}))
    assert isinstance(plan, Plan)
    assert plan.enums == {"RootA": {"on_hold": "on-hold", "true_": "true", "x_y": "x y", "x_y_2": "x_y"}}


def test_recursive_schemas_are_recursive_types() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Tree"}, "leaf": {"type": "string"}}}
    assert "type Tree {\n  left: Tree\n  leaf: String\n}" in types({"$ref": "#/components/schemas/Tree"}, Tree=tree)


def test_a_chain_of_references_may_be_long() -> None:
    types_ = {f"T{n}": {"properties": {"next": {"$ref": f"#/components/schemas/T{n + 1}"}}} for n in range(1500)}
    end = {"properties": {"a": {"type": "string"}}}
    assert "type T1499 {\n  next: T1500\n}" in types({"$ref": "#/components/schemas/T0"}, **types_, T1500=end)


def test_references_lead_to_other_files() -> None:
    root = {"properties": {"a": {"$ref": "common/types.yaml#/Money"}}}
    beside = {
        "common/types.yaml": b"Money: {type: object, properties: {amount: {$ref: '#/Amount'}}}\nAmount: {type: number}"
    }
    plan = compiled(document({"Root": root}), beside)
    assert isinstance(plan, Plan)
    assert "type Money {\n  amount: Float\n}" in plan.sdl


def test_parameters_are_arguments() -> None:
    said = [
        {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
        {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
        {"name": "c", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "string"}}},
        {"name": "needed", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "first", "in": "query", "required": True, "schema": {"type": "integer", "default": 1}},
        {"name": "X-Tenant", "in": "header", "schema": {"type": "string"}},
        {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
        {"name": "session", "in": "cookie", "schema": {"type": "string"}},
    ]
    plan = compiled(document({"Root": {"properties": {"a": {"type": "string"}}}}, parameters=said))
    assert isinstance(plan, Plan)
    arguments = "ids: [String!], filter: JSON, c: [String!], needed: Int!, first: Int, X_Tenant: String"
    assert f"getRoot({arguments}): Root" in plan.sdl
    styles = [(one.name, one.style) for one in plan.operations["one.getRoot"].parameters]
    assert styles[:3] == [("ids", "form"), ("filter", "deep"), ("c", "comma")]


def test_the_server_says_what_stands_before_paths() -> None:
    said = document({"Root": {"properties": {"a": {"type": "string"}}}})
    for servers, base, path in (
        ([{"url": "https://x.example/v2/"}], None, "/v2/root"),
        ([{"url": "/v3"}], None, "/v3/root"),
        ([], None, "/root"),
        ([{"url": "/v3"}], "", "/root"),
        ([{"url": "/v3"}], "/other", "/other/root"),
    ):
        source = {"service": "one", "definition": "one"} | ({} if base is None else {"base": base})
        plan = compiled(said | {"servers": servers}, sources={"one": source})
        assert isinstance(plan, Plan)
        assert plan.operations["one.getRoot"].path == path


BROKEN: dict[str, tuple[str | dict[str, Any], str]] = {
    "no YAML": ("a: [", "is no YAML"),
    "no JSON": ("{:", "is no"),
    "a list": ("- a: 1", "is no object"),
    "Swagger 2": ("swagger: '2.0'", "is Swagger 2"),
    "something else": ("asyncapi: 3.0.0", "is no OpenAPI document"),
    "a reference to nothing": (document({"Root": {"$ref": "#/components/schemas/Nil"}}), "which is not there"),
    "a reference to no file": (document({"Root": {"$ref": "other.yaml#/A"}}), "refers to other.yaml"),
    "a reference to itself": (document({"Root": {"$ref": "#/components/schemas/Root"}}), "lead to each other"),
    "a part of itself": (
        document({"Root": {"allOf": [{"$ref": "#/components/schemas/Root"}], "properties": {"a": {}}}}),
        "part of itself",
    ),
    "a list of itself": (
        document({"Root": {"type": "array", "items": {"$ref": "#/components/schemas/Root"}}}),
        "inside one another",
    ),
    "text for a schema": (document({"Root": "x"}), "where an object is expected"),
    "too many types": (
        document({"Root": {"properties": {f"p{n}": {"properties": {"a": {}}} for n in range(2001)}}}),
        "more than 2000 types",
    ),
    "too many fields": (
        document({"Root": {"properties": {f"p{n}": {"type": "string"} for n in range(20_001)}}}),
        "more than 20,000 fields",
    ),
}


@each("why", BROKEN)
def test_what_is_no_schema_is_a_finding(why: str) -> None:
    text, message = BROKEN[why]
    found = compiled(text)
    assert isinstance(found, Finding)
    assert found.code == "graphql.definition"
    assert message in found.message


def test_a_bomb_of_aliases_is_a_finding() -> None:
    lines = ["a0: &a0 {type: string}"]
    lines += [f"a{n}: &a{n} {{anyOf: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 20)]
    text = "\n".join(
        [
            "openapi: 3.1.0",
            *lines,
            "paths: {/x: {get: {responses: {'200': {content: {application/json: {schema: *a19}}}}}}}",
        ]
    )
    found = compiled(text)
    assert isinstance(found, Finding)
    assert "200,000 in all" in found.message


def test_a_document_without_queries_is_a_finding() -> None:
    found = compiled({"openapi": "3.1.0", "paths": {}})
    assert isinstance(found, Finding)
    assert (found.code, found.message) == (
        "graphql.invalid",
        "no operation of the sources is a query, and a schema has one at least",
    )
