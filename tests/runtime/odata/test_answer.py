"""Entities as JSON."""

from decimal import Decimal

from crossway.runtime.odata.answer import Form, Writer, answer, encode, etag
from crossway.runtime.odata.asked import Expansion, Selection
from crossway.runtime.odata.tree import Row
from runtime.odata.shop import sets

SETS = sets()


def customer(key: object) -> Row:
    return Row({"id": key, "name": "Ada", "city": None}, {})


def test_addresses() -> None:
    writer = Writer(SETS, "http://x/odata", Form())
    assert writer.address("Customers", customer(1)) == "http://x/odata/Customers(1)"
    texts = {**SETS, "Customers": SETS["Customers"].model_validate(
        {"key": "id", "properties": {"id": "String"}, "source": {"table": "x"}})}  # fmt: skip
    assert Writer(texts, "", Form()).address("Customers", customer("o'n/e")) == "/Customers('o''n%2Fe')"


def test_contexts() -> None:
    writer = Writer(SETS, "http://x", Form())
    expansion = Expansion("customer", "Customers", Selection(("name",)))
    context = writer.context("Orders", Selection(("id",), (expansion,)), "/$entity")
    assert context == {"@odata.context": "http://x/$metadata#Orders(id,customer(name))/$entity"}
    assert Writer(SETS, "http://x", Form(metadata="none")).context("Orders", Selection()) == {}


def test_an_expansion_is_cut_and_counted() -> None:
    row = Row({"id": 1, "name": "Ada", "city": None}, {"orders": [Row({"id": key}, {}) for key in (7, 8, 9)]})
    expansion = Expansion("orders", "Orders", Selection(("id",)), top=1, skip=1, count=True)
    shown = Writer(SETS, "", Form()).entity("Customers", row, Selection(("name",), (expansion,)))
    assert shown == {"name": "Ada", "orders@odata.count": 3, "orders": [{"id": 8}]}


def test_numbers() -> None:
    assert encode({"a": Decimal("1.10")}) == b'{"a":1.10}'
    assert Writer(SETS, "", Form(texts=True)).entity("Customers", customer(2**60), Selection(("id",))) == {
        "id": str(2**60)
    }


def test_tags() -> None:
    assert etag(customer(1)) == etag(customer(1)) != etag(customer(2))


def test_an_answer_says_its_version() -> None:
    response = answer(Form("4.0"), {"a": 1}, 201, {"location": "x"})
    assert dict(response.headers.items()) == {
        "odata-version": "4.0",
        "location": "x",
        "content-type": "application/json;odata.metadata=minimal",
        "content-length": "7",
    }
