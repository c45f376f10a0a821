"""Which operations may be executed, for whom."""

import json

import pytest
import yaml
from graphql import get_introspection_query

from crossway.model.graphql_limits import Limits
from crossway.runtime.graphql.documents import Documents
from crossway.runtime.graphql.refusal import Refused
from crossway.runtime.graphql.rules import Client, Rules, check_cost, client
from crossway.sdk.http import Headers
from runtime.graphql.limited import outlined

each = pytest.mark.parametrize

STRANGER = Client()


def rules(settings: str = "{}") -> Rules:
    return Rules(Limits.model_validate(yaml.safe_load(settings)))


def shop(settings: str = "{}") -> Rules:
    limits = Limits.model_validate(yaml.safe_load(settings))
    return Rules(limits, outlined(limits))


def code(rules: Rules, text: str, who: Client = STRANGER) -> str:
    """Return the code with which an operation is refused; nothing if it may be executed."""
    try:
        rules.judge(rules.read(text), None, {}, who)
    except Refused as refused:
        return refused.code
    return ""


@each(
    ("settings", "text", "told"),
    [
        ("depth: 3", "{a{b{c}}}", "MAX_DEPTH_LIMIT"),
        ("aliases: 2", "{a: x b: x}", "MAX_ALIASES_LIMIT"),
        ("root_fields: 2", "{a b}", "MAX_ROOT_FIELDS_LIMIT"),
        ("directives: 2", "{a @x @x}", "MAX_DIRECTIVES_LIMIT"),
        ("tokens: 5", "{a b c}", "MAX_TOKENS_LIMIT"),
    ],
)
def test_a_bound_is_the_most_that_passes(settings: str, text: str, told: str):
    assert code(rules(settings), text) == ""
    name, _, bound = settings.partition(": ")
    assert code(rules(f"{name}: {int(bound) - 1}"), text) == told


def test_an_operation_of_another_type_is_refused():
    queries = rules("operations: [query]")
    assert code(queries, "{a}") == ""
    assert code(queries, "mutation {a}") == code(queries, "subscription {a}") == "OPERATION_TYPE_NOT_ALLOWED"


def test_what_nobody_executes_is_not_bound():
    shallow = rules("depth: 1")
    document = shallow.read("query A {a} query B {b{c}}")
    assert shallow.judge(document, "A", {}, Client()) == (document, document.operations["A"], 0)


def test_the_cost_is_told_and_has_a_bound():
    bound = shop("cost: 20")
    document = bound.read("query($n: Int) {customers(first: $n) {name}}")
    assert bound.judge(document, None, {"n": 20}, Client()).cost == 20
    with pytest.raises(Refused) as refused:
        bound.judge(document, None, {"n": 21}, Client())
    assert refused.value.error["extensions"] == {"code": "COST_ESTIMATED_TOO_EXPENSIVE", "cost": 21, "maximum": 20}


def test_a_cost_is_told_as_a_number_that_every_client_reads():
    check_cost(5, 5)
    with pytest.raises(Refused) as refused:
        check_cost(10**100, 5)
    assert refused.value.error["extensions"] == {"code": "COST_ESTIMATED_TOO_EXPENSIVE", "cost": 2**53, "maximum": 5}


def test_a_document_that_is_known_is_not_read_again():
    documents = Documents()
    limits = Limits()
    first = Rules(limits, documents=documents)
    assert first.read("{a}") is first.read("{a}") is documents.get("{a}")


def test_tools_may_introspect_where_that_is_allowed():
    query = get_introspection_query(specified_by_url=True, schema_description=True, input_value_deprecation=True)
    assert code(rules(), query) == "INTROSPECTION_DISABLED"
    assert code(rules(), query, Client(frozenset({"docs"}), is_known=True)) == "INTROSPECTION_DISABLED"
    assert code(rules("introspection: allow"), query) == ""
    some = rules("introspection: [docs]")
    assert code(some, query) == "INTROSPECTION_DISABLED"
    assert code(some, query, Client(frozenset({"staff", "docs"}), is_known=True)) == ""


class TestScopes:
    EMAIL = "customers:read pii"

    @each(
        ("query", "scopes"),
        [
            ("{customer(id: 1) {email}}", EMAIL),
            ("{customer(id: 1) {x: email}}", EMAIL),
            ("{customer(id: 1) {...F}} fragment F on Customer {friends {email}}", EMAIL),
            ("{node(id: 1) {... on Customer {email}}}", EMAIL),
            ("{node(id: 1) {... on Person {email}}}", EMAIL),
            ("{customers {orders {edges {node {customer {email}}}}}}", EMAIL),
            ("{customer(id: 1) {email}}", "admin"),
            ("{report {rows}}", "reports"),
            ("{r: report {__typename}}", "reports"),
        ],
    )
    def test_a_field_needs_those_of_the_schema(self, query: str, scopes: str):
        known = shop()
        assert code(known, query) == "UNAUTHENTICATED"
        for less in ("", "other", "customers:read", "pii"):
            assert code(known, query, Client(frozenset(less.split()), is_known=True)) == "UNAUTHORIZED_FIELD_OR_TYPE"
        assert code(known, query, Client(frozenset(scopes.split()), is_known=True)) == ""

    def test_fields_and_types_need_those_written(self):
        known = shop("fields: {Query.hello: [a, b], Orders: [[a], [c]], Person.name: n}")
        a, b, c = (Client(frozenset({name}), is_known=True) for name in "abc")
        assert code(known, "{hello}", a) == "UNAUTHORIZED_FIELD_OR_TYPE"
        assert code(known, "{hello}", Client(frozenset("ab"), is_known=True)) == ""
        for query in ("{orders {total}}", "{customers {orders {total}}}", "{orders {__typename}}"):
            assert code(known, query, b) == "UNAUTHORIZED_FIELD_OR_TYPE"
            assert code(known, query, c) == ""
        assert code(known, "{customer(id: 1) {name}}") == ""  # only who asks through the interface is asked
        assert code(known, "{node(id: 1) {... on Person {name}}}") == "UNAUTHENTICATED"

    def test_what_needs_a_client_that_is_known_takes_any(self):
        assert code(shop(), "{me {id}}") == "UNAUTHENTICATED"
        assert code(shop(), "{me {id}}", Client(frozenset({"a"}))) == "UNAUTHENTICATED"
        assert code(shop(), "{me {id}}", Client(is_known=True)) == ""


@each(
    ("headers", "who"),
    [
        ({}, Client()),
        ({"x-consumer-username": "ada"}, Client(is_known=True)),
        ({"x-consumer-username": "ada", "x-consumer-groups": "a,,b"}, Client(frozenset("ab"), is_known=True)),
        ({"x-crossway-claims": "-"}, Client()),
        ({"x-crossway-claims": "{}"}, Client(is_known=True)),
        ({"x-crossway-claims": json.dumps({"scope": "a b"})}, Client(frozenset("ab"), is_known=True)),
        ({"x-crossway-claims": json.dumps({"scope": ["a", 1], "scp": "b"})}, Client(frozenset("ab"), is_known=True)),
        ({"x-crossway-claims": json.dumps({"scope": None, "sub": "a"})}, Client(is_known=True)),
    ],
)
def test_a_client_is_who_authentication_has_found(headers: dict[str, str], who: Client):
    assert client(Headers(headers)) == who
