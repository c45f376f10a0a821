"""The law of the two backends: Python and SQL say the same of the same rows."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from crossway.runtime.odata.binding import Binder
from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.predicate import matches, sort
from crossway.runtime.odata.sql import Translation
from crossway.runtime.odata.syntax import Parser
from crossway.runtime.odata.tree import Row
from runtime.odata.shop import Data, linked, sets, write

SETS = sets()
WORDS = ["", "a", "A", "red", "Redwood", " red ", "it's", "100%", "a_b", "Ärger", "ärger"]
NUMBERS = st.integers(-6, 6)
PRICES = st.sampled_from([-2.5, -0.5, 0.0, 0.5, 1.0, 1.5, 2.25, 10.0])
MOMENTS = ["2024-01-31T23:59:59Z", "2024-02-29T00:00:00.250Z", "2025-06-01T12:30:00Z"]
DATES = ["2024-01-31", "2024-02-29", "2025-06-01"]
TIMES = ["00:00:00", "09:30:00", "23:59:59"]


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


CUSTOMER = st.fixed_dictionaries({"name": maybe(st.sampled_from(WORDS)), "city": maybe(st.sampled_from(WORDS))})
ORDER = st.fixed_dictionaries(
    {
        "customer_id": maybe(st.integers(1, 3)),
        "note": maybe(st.sampled_from(WORDS)),
        "price": maybe(PRICES),
        "amount": maybe(NUMBERS),
        "paid": maybe(st.booleans()),
        "placed": maybe(st.sampled_from(MOMENTS)),
        "due": maybe(st.sampled_from(DATES)),
        "at": maybe(st.sampled_from(TIMES)),
    }
)
ITEM = st.fixed_dictionaries(
    {"order_id": maybe(st.integers(1, 4)), "sku": maybe(st.sampled_from(WORDS)), "count": maybe(NUMBERS)}
)
DATA = st.fixed_dictionaries(
    {
        "Customers": st.lists(CUSTOMER, max_size=3),
        "Orders": st.lists(ORDER, max_size=4),
        "Items": st.lists(ITEM, max_size=5),
    }
).map(lambda data: {name: [{"id": place} | row for place, row in enumerate(rows, 1)] for name, rows in data.items()})


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


TEXTS = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["note", "customer/name", "customer/city"]),
        st.sampled_from(WORDS).map(quoted),
        st.tuples(st.sampled_from(["tolower", "toupper", "trim"]), TEXTS).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(TEXTS, TEXTS).map(lambda t: f"concat({t[0]},{t[1]})"),
        st.tuples(TEXTS, WHOLES).map(lambda t: f"substring({t[0]},{t[1]})"),
        st.tuples(TEXTS, WHOLES, WHOLES).map(lambda t: f"substring({t[0]},{t[1]},{t[2]})"),
    )
)
WHOLES = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["amount", "id", "customer_id", "items/$count"]),
        NUMBERS.map(str),
        st.tuples(st.sampled_from(["length"]), TEXTS).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(TEXTS, TEXTS).map(lambda t: f"indexof({t[0]},{t[1]})"),
        st.tuples(WHOLES, st.sampled_from(["add", "sub", "mul", "div", "mod"]), WHOLES).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        WHOLES.map(lambda text: f"-({text})"),
        st.tuples(st.sampled_from(["year", "month", "day", "hour", "minute", "second"])).map(
            lambda t: f"{t[0]}(placed)"
        ),
        st.sampled_from(["year(due)", "day(due)", "hour(at)", "second(at)"]),
    )
)
NUMBERS_ = st.deferred(
    lambda: st.one_of(
        WHOLES,
        st.just("price"),
        PRICES.map(str),
        st.tuples(NUMBERS_, st.sampled_from(["add", "sub", "mul"]), NUMBERS_).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["round", "floor", "ceiling"]), st.just("price")).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(WHOLES, WHOLES).map(lambda t: f"({t[0]} divby {t[1]})"),
    )
)
COMPARED = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
ALIKE = st.one_of(
    st.tuples(TEXTS, COMPARED, TEXTS),
    st.tuples(NUMBERS_, COMPARED, NUMBERS_),
    st.tuples(st.just("placed"), COMPARED, st.sampled_from([*MOMENTS, *DATES, "placed"])),
    st.tuples(st.sampled_from(["due", "date(placed)"]), COMPARED, st.sampled_from([*DATES, "due"])),
    st.tuples(st.sampled_from(["at", "time(placed)"]), COMPARED, st.sampled_from([*TIMES, "at"])),
    st.tuples(
        st.sampled_from(["note", "price", "paid", "placed", "customer/name"]),
        COMPARED.filter(lambda name: name in {"eq", "ne"}),
        st.just("null"),
    ),
).map(" ".join)
CONDITIONS = st.deferred(
    lambda: st.one_of(
        ALIKE,
        st.just("paid"),
        st.tuples(st.sampled_from(["contains", "startswith", "endswith"]), TEXTS, TEXTS).map(
            lambda t: f"{t[0]}({t[1]},{t[2]})"
        ),
        st.tuples(WHOLES, st.lists(NUMBERS.map(str) | st.just("null"), min_size=1, max_size=3)).map(
            lambda t: f"({t[0]}) in ({','.join(t[1])})"
        ),
        CONDITIONS.map(lambda text: f"not ({text})"),
        st.tuples(CONDITIONS, st.sampled_from(["and", "or"]), CONDITIONS).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.just("items/any()"),
        st.tuples(st.sampled_from(["any", "all"]), NUMBERS, COMPARED).map(
            lambda t: f"items/{t[0]}(i: i/count {t[2]} {t[1]} and (i/sku ne null or amount lt i/count))"
        ),
        st.tuples(st.sampled_from(["any", "all"]), st.sampled_from(WORDS)).map(
            lambda t: f"customer/orders/{t[0]}(o: o/note eq {quoted(t[1])} or o/items/any(i: i/count gt 0))"
        ),
    )
)


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("crossway_lower", 1, lambda text: text and text.lower())
        connection.create_function("crossway_upper", 1, lambda text: text and text.upper())
        yield connection


def by_python(data: Data, text: str, order: str) -> list[int]:
    binder = Binder(SETS, "Orders")
    rows = linked(data)["Orders"]
    kept: list[Row] = list(filter(matches(binder.condition(Parser(text).whole())), rows))
    sort(kept, binder.order(Parser(f"{order},id").ordering()))
    return [int(str(row.values["id"])) for row in kept]


def by_sqlite(database: sqlite3.Connection, text: str, order: str) -> list[int]:
    binder = Binder(SETS, "Orders")
    made = Translation(SETS, "Orders", "sqlite")
    wanted = select(made.column(made.root, "Orders", "id")).where(
        made.condition(binder.condition(Parser(text).whole()))
    )
    wanted = wanted.order_by(*made.order(binder.order(Parser(f"{order},id").ordering())))
    compiled = wanted.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    return [row[0] for row in database.execute(str(compiled), values)]


ORDERS = st.sampled_from(
    ["note", "price desc", "paid,amount desc", "placed desc", "customer/name", "length(note) desc"]
)


@given(data=DATA, text=CONDITIONS, order=ORDERS)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_python_and_sql_say_the_same(data: Data, text: str, order: str, database: sqlite3.Connection) -> None:
    write(database, data)
    assert by_python(data, text, order) == by_sqlite(database, text, order), text


def test_no_value_stands_in_a_statement() -> None:
    text = "note eq 'x''; DROP TABLE orders; --' and amount in (77123,77124) and contains(note,'secret')"
    made = Translation(SETS, "Orders", "postgresql")
    condition = made.condition(Binder(SETS, "Orders").condition(Parser(text).whole()))
    statement = str(select(made.root).where(condition).compile(dialect=postgresql.dialect()))
    assert "DROP" not in statement
    assert "secret" not in statement
    assert "7712" not in statement


def test_an_index_serves_a_plain_comparison() -> None:
    made = Translation(SETS, "Orders", "postgresql")
    condition = made.condition(Binder(SETS, "Orders").condition(Parser("note eq 'x' and amount gt 3").whole()))
    assert "coalesce" not in str(condition).lower()
    assert "DISTINCT" not in str(condition)


def test_another_place_cannot_be_joined() -> None:
    elsewhere = dict(SETS)
    service = SETS["Customers"].model_copy(
        update={"source": SETS["Customers"].source.model_copy(update={"database": "b"})}
    )
    elsewhere["Customers"] = service
    made = Translation(elsewhere, "Orders", "postgresql")
    with pytest.raises(ODataError) as raised:
        made.condition(Binder(elsewhere, "Orders").condition(Parser("customer/name eq 'x'").whole()))
    assert raised.value.code == "odata.unsupported"
