"""What operations cost."""

import pytest
import yaml

from crossway.model.graphql_limits import Limits
from crossway.runtime.graphql.cost import cost
from crossway.runtime.graphql.documents import read
from runtime.graphql.limited import outlined

each = pytest.mark.parametrize


def costs(text: str, variables: dict[str, object] | None = None, settings: str = "1", sdl: str = "") -> int:
    limits = Limits.model_validate({"cost": yaml.safe_load(settings)})
    document = read(text, 1000)
    outline = outlined(limits, sdl) if sdl else outlined(limits)
    return cost(document, document.operation(None), variables or {}, outline)


@each(
    ("query", "expected"),
    [
        ("{hello}", 0),
        ("{customer(id: 1) {name}}", 1),
        ("{customers {name}}", 5),  # the default of the argument
        ("{customers(first: 20) {name}}", 20),
        ("{customers(first: -20) {name}}", 0),
        ("query($n: Int) {customers(first: $n) {name}}", 5),
        ("query($n: Int = 7) {customers(first: $n) {name}}", 7),
        ("{customers(first: 3) {friends(limit: 4) {name}}}", 3 + 3 * 4),
        ("{customers(first: 3) {friends {name}}}", 3 + 3 * 10),
        ("{orders(first: 4) {nodes {id}}}", 1 + 4),
        ("{orders(first: 4) {edges {node {id}}}}", 1 + 4 * 2),
        ("{orders {nodes {id}}}", 1 + 10),
        ("{orders(first: 4) {nodes {lines {sku}}}}", 1 + 4 * (1 + 3)),
        ("{customers(first: 3) {orders(first: 4) {nodes {id}}}}", 3 * (1 + 1 + 4)),
        ("{customers(first: 3) {orders(first: 4) {...O}}} fragment O on Orders {nodes {id}}", 3 * (1 + 1 + 4)),
        ("{a: orders(first: 4) {...O} b: orders(first: 2) {...O}} fragment O on Orders {nodes {id}}", 2 + 4 + 2),
        ("{node(id: 1) {... on Customer {friends(limit: 9) {id}}}}", 10),
        ("{__typename __schema {types {name}}}", 0),
        ("{customers(first: 1, first: 8) {name}}", 8),  # which no server should take
    ],
)
def test_an_operation_costs_what_it_may_return(query: str, expected: int):
    assert costs(query) == expected


@each(
    ("value", "expected"),
    [
        (1000, 1000),
        (1000.0, 1000),
        ("1000", 1000),
        (" 1000 ", 1000),
        (-1000, 0),
        ("-1000", 0),
        (1e308, 10**12),
        (10**400, 10**12),
        ("9" * 5000, 10**12),
        (True, 5),
        (None, 5),
        ("many", 5),
        ([1000], 5),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_length_in_variables_counts_however_it_is_written(value: object, expected: int):
    assert costs("query($n: Int) {customers(first: $n) {name}}", {"n": value}) == expected


@each(
    ("query", "variables"),
    [
        ("{found(input: {page: {size: 7}}) {id}}", {}),
        ("query($n: Int) {found(input: {page: {size: $n}}) {id}}", {"n": 7}),
        ("query($p: Page) {found(input: {page: $p}) {id}}", {"p": {"size": 7}}),
        ("query($i: Input) {found(input: $i) {id}}", {"i": {"page": {"size": 7}}}),
        ("query($i: Input = {page: {size: 7}}) {found(input: $i) {id}}", {}),
    ],
)
def test_a_length_may_stand_within_an_argument(query: str, variables: dict[str, object]):
    sdl = """
    type Query {found(input: Input): [Item]}
    input Input {page: Page}
    input Page {size: Int}
    type Item {id: ID}
    """
    lists = "{limit: 1, lists: {Query.found: {arguments: [input.page.size], assumed: 3}}}"
    assert costs(query, variables, lists, sdl) == 7
    for less in ("{page: {}}", "{page: 7}", "{}", "7"):
        assert costs(f"{{found(input: {less}) {{id}}}}", {}, lists, sdl) == 3


def test_a_cost_may_have_more_digits_than_numbers_of_machines():
    depth = 10
    query = "{customers(first: 2000000000) " + "{friends(limit: 2000000000) " * depth + "{id}" + "}" * depth + "}"
    assert costs(query) > 2**64


def test_weights_are_those_of_the_schema_and_those_written():
    assert costs("{report {rows}}") == 51
    written = "{limit: 1, types: {Customer: 2}, fields: {Query.customer: 4}, assumed: 3}"
    assert costs("{customer(id: 1) {name}}", settings=written) == 4 + 2
    assert costs("{customer(id: 1) {name friends {id}}}", settings=written) == 4 + 2 + 3 * 2
    lists = "{limit: 1, lists: {Query.customers: {arguments: [], assumed: 8}}}"
    assert costs("{customers {name}}", settings=lists) == 8
