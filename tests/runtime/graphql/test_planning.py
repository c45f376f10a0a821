"""What comes out of an operation, held to graphql-core's own execution of it: over values that fit, and that do not."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from graphql import GraphQLError, GraphQLObjectType, GraphQLResolveInfo, execute_sync, parse, print_schema
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from crossway.model.graphql_plan import Settings
from crossway.runtime.graphql.schema import Schema
from runtime.graphql.shop import CUSTOMERS, data, endpoint, openapi, settings, shop, told

PLAN = msgspec.json.decode(settings(), type=Settings).plan
SCHEMA = Schema(PLAN)
WILD = Schema(PLAN)
"""The same, for the execution of graphql-core: its scalars are those of the runtime, its objects those of JSON."""
for name, type_ in WILD.graph.type_map.items():
    if name in {"BigInt", "Date", "DateTime", "JSON"}:
        type_.coerce_output_value = SCHEMA.serialize(type_)  # type: ignore[attr-defined, arg-type]
    if isinstance(type_, GraphQLObjectType) and name not in {"Query", "Mutation"} and not name.startswith("__"):
        type_.is_type_of = lambda value, _: isinstance(value, dict)
SDL = print_schema(SCHEMA.graph).replace("(status: Status, x_tenant: String)", "")


def oracle(query: str, variables: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what graphql-core makes of *query*, over what the services know, one object after the other."""

    def resolve(source: Any, info: GraphQLResolveInfo, **_: Any) -> Any:
        if info.field_name == "getOrder":
            return source["orders"][0]
        if info.field_name in {"listOrders", "orders"}:
            if info.field_name == "orders" and not isinstance(source.get("name"), str):
                return None if source.get("name") is None else known["orders"]
            return known["orders"]
        if info.field_name in {"customer", "buyer", "friends"}:
            return _linked(info.field_name, source)
        if info.operation.operation.value == "query" and info.parent_type.name == "Query":
            raise GraphQLError("is not asked for")
        return source.get(SCHEMA.field(info.parent_type.name, info.field_name).key or info.field_name)

    def _linked(name: str, source: Any) -> Any:
        by_key = {one["id"]: one for one in known["customers"]}
        if name != "friends":
            return by_key.get(source.get("customerId"))
        keys = source.get("friendIds")
        return None if keys is None else [by_key[key] for key in keys if key in by_key]

    def choose(value: Any, _: GraphQLResolveInfo, abstract: Any) -> str:
        found = SCHEMA.chooser(abstract.name)(value) if isinstance(value, dict) else None
        if found is None:
            raise GraphQLError("is none of them")
        return found

    result = execute_sync(
        WILD.graph, parse(query), known, variable_values=variables, field_resolver=resolve, type_resolver=choose
    )
    return result.formatted  # type: ignore[return-value]


def nulled(answer: Mapping[str, Any]) -> set[tuple[object, ...]]:
    """Return the places that are null for an error."""
    found: set[tuple[object, ...]] = set()
    for error in answer.get("errors", ()):
        value, place = answer["data"], []
        for step in error["path"]:
            if value is None:
                break
            value = value[step]
            place.append(step)
        found.add(tuple(place))
    return found


CHECKED = [
    "{ listOrders { id total status placed lines { productId count unit_price } } }",
    "{ listOrders { __typename payment { __typename ... on Card { number } ... on Invoice { iban due } } } }",
    "{ listOrders { ...A ...B } } fragment A on Order { lines { count } } fragment B on Order { lines { productId } }",
    "{ listOrders { id customer { name friends { name friends { id } } } buyer { name } } }",
    "{ listOrders { first: id second: id c: customer { name } d: customer { email } } }",
    "query($yes: Boolean!) { listOrders { id @skip(if: $yes) ... @include(if: $yes) { total } } }",
    "query($yes: Boolean!) { listOrders { ...A @include(if: $yes) } } fragment A on Order { total }",
    "{ a: getOrder(id: 1) { id replaces { id } } __typename t: __typename }".replace("1", '"o0"'),
]


@pytest.mark.parametrize("query", CHECKED)
async def test_answers_are_those_of_the_specification(query: str) -> None:
    variables = {"yes": True} if "$yes" in query else {}
    answer = await told(endpoint(shop()), query, variables)
    assert "errors" not in answer
    expected = oracle(query, variables, data())
    assert answer == expected
    assert json.dumps(answer["data"]) == json.dumps(expected["data"]), "also in its order"


SCALARS = st.none() | st.booleans() | st.integers(-(2**33), 2**33) | st.sampled_from(["x", "1", "open", "on-hold", ""])


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(good, good, good, SCALARS, st.just([]), st.just({}))


TEXT = st.sampled_from(["a", "b", "7"])
LINE = st.fixed_dictionaries(
    {"productId": mostly(TEXT)}, optional={"count": mostly(st.integers(0, 9)), "unit-price": mostly(st.floats(0, 9))}
)
PAYMENT = st.fixed_dictionaries(
    {}, optional={"number": mostly(TEXT), "iban": mostly(TEXT), "due": mostly(st.booleans())}
)
FIELDS = {
    "id": mostly(TEXT),
    "total": mostly(st.floats(0, 9)),
    "status": mostly(st.sampled_from(["open", "sent", "on-hold"])),
    "lines": mostly(st.lists(mostly(LINE), max_size=2)),
}
MORE = {"customerId": st.sampled_from([1, 2, 3, None]), "placed": mostly(TEXT), "payment": mostly(PAYMENT)}
PLAIN = st.fixed_dictionaries(FIELDS, optional=MORE)
ORDER = st.fixed_dictionaries(FIELDS, optional={**MORE, "replaces": mostly(PLAIN)})
CUSTOMER = st.fixed_dictionaries(
    {"name": mostly(TEXT)},
    optional={"email": mostly(TEXT), "friendIds": st.lists(st.sampled_from([1, 2, 9]), unique=True)},
)
KNOWN = st.builds(
    lambda orders, customers: {
        "orders": orders,
        "customers": [{**one, "id": number} for number, one in enumerate(customers, 1)],
    },
    st.lists(mostly(ORDER), max_size=4),
    st.lists(CUSTOMER, min_size=2, max_size=2),
)


@given(query=queries(SDL, fields=["listOrders"], allow_null=False), known=KNOWN)
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
async def test_any_answer_is_that_of_the_specification(query: str, known: dict[str, Any]) -> None:
    handler = endpoint(shop(known), max_calls=10_000, limits={"depth": 100, "aliases": 1000, "tokens": 50_000})
    answer = await told(handler, query)
    expected = oracle(query, {}, known)
    assert answer.get("data") == expected["data"]
    assert nulled(answer) == nulled(expected)


async def test_introspection_tells_the_schema() -> None:
    answer = await told(
        endpoint(shop()), '{ __type(name: "Line") { fields { name } } o: listOrders { id } __typename }'
    )
    names = [field["name"] for field in answer["data"]["__type"]["fields"]]
    assert names == ["productId", "count", "unit_price"]
    assert list(answer["data"]) == ["__type", "o", "__typename"]


@pytest.mark.parametrize("kind", ["union", "interface"])
async def test_types_are_told_apart_as_the_definition_says(kind: str) -> None:
    document = openapi(CUSTOMERS)
    schemas = document["components"]["schemas"]
    cat = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
    }
    said = {"propertyName": "kind", "mapping": {"c": "#/components/schemas/Cat"}}
    if kind == "union":
        schemas |= {"Cat": cat, "Dog": cat}
        pet = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")], "discriminator": said}
    else:
        base = {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}},
            "discriminator": said,
        }
        more = {"type": "object", "properties": {"lives": {"type": "integer"}}}
        schemas |= {"Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, more]}}
        schemas |= {"Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, more]}}
        pet = base
    schemas["Pet"] = pet
    schemas["Customer"]["properties"]["pets"] = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    known = data()
    known["customers"][0]["pets"] = [{"kind": "c", "lives": 9}, {"kind": "Dog"}]
    handler = endpoint(shop(known), definitions={"customers": json.dumps(document)})
    query = "{ getCustomer(id: 1) { pets { __typename ... on Cat { kind lives } } } }"
    pets = [{"__typename": "Cat", "kind": "c", "lives": 9}, {"__typename": "Dog"}]
    assert (await told(handler, query))["data"] == {"getCustomer": {"pets": pets}}
    known["customers"][0]["pets"] = [{"kind": "cow"}]
    answer = await told(endpoint(shop(known), definitions={"customers": json.dumps(document)}), query)
    assert answer["data"] == {"getCustomer": {"pets": None}}
    assert answer["errors"][0]["path"] == ["getCustomer", "pets", 0]
