"""Several services as one schema: names, links, and what settings name that is not there."""

from typing import Any

import msgspec
import pytest

from crossway.compile.contract import Site
from crossway.model import Defined, Finding, Ref
from crossway.model.graphql import Graphql
from crossway.model.graphql_plan import Plan, Settings
from crossway.policies.graphql import compile_graphql
from runtime.graphql.shop import CUSTOMERS, ORDERS, settings

each = pytest.mark.parametrize


def plan(**more: Any) -> Plan:
    return msgspec.json.decode(settings(**more), type=Settings).plan


def finding(**more: Any) -> Finding:
    sources = {name: {"service": name, "definition": name} for name in ("orders", "customers")}
    texts = {"orders": ORDERS, "customers": CUSTOMERS}
    site = Site(
        Ref("routes", "graph"),
        "default",
        definitions={Ref("definitions", name): Defined(text.encode()) for name, text in texts.items()},
    )
    found = compile_graphql(Graphql.model_validate({"sources": sources} | more), site)
    assert isinstance(found, Finding), "it is right"
    return found


def test_what_nobody_reaches_is_left_out() -> None:
    assert "type Invoice" in plan().sdl
    hidden = plan(hide=["Order.payment"])
    assert "Invoice" not in hidden.sdl
    assert "OrderPayment" not in hidden.choices
    assert set(plan(hide=["Mutation.placeOrder"]).operations) == {
        "customers.getCustomer",
        "customers.listCustomers",
        "orders.deleteOrder",
        "orders.getOrder",
        "orders.listOrders",
    }


def test_with_a_type_go_the_fields_that_have_it() -> None:
    hidden = plan(hide=["Line"], links={})
    assert "lines: [Line!]" not in hidden.sdl
    assert "lines: [LineInput!]!" in hidden.sdl


def test_names_are_what_people_want() -> None:
    renamed = plan(
        rename={"Order": "Purchase", "Order.total": "sum", "Query.listOrders": "purchases", "Line.unit_price": "price"},
        links={
            "Purchase.customer": {"source": "customers", "operation": "getCustomer", "arguments": {"id": "customerId"}}
        },
    )
    assert "purchases(status: Status, x_tenant: String): [Purchase!]" in renamed.sdl
    assert renamed.fields["Purchase"]["sum"].key == "total"
    assert renamed.fields["Line"]["price"].key == "unit-price"
    assert renamed.fields["Purchase"]["customer"].operation == "customers.getCustomer"


def test_of_two_types_of_one_name_the_first_keeps_it() -> None:
    both = plan(definitions={"customers": ORDERS.replace("total", "other")}, links={})
    assert "type Order {" in both.sdl
    assert "type CustomersOrder {" in both.sdl
    assert "customersListOrders(status: CustomersStatus" in both.sdl
    assert both.operations["customers.listOrders"].service == "customers"


@each(
    ("wrong", "path"),
    [
        ({"hide": ["Query.listOrder"]}, ("hide", 0)),
        ({"hide": ["Orders"]}, ("hide", 0)),
        ({"rename": {"Nil": "None"}}, ("rename", "Nil")),
        ({"rename": {"Order.nil": "none"}}, ("rename", "Order.nil")),
        ({"rename": {"Order.id": "total"}}, ("rename", "Order.id")),
        ({"rename": {"Order": "Line"}}, ("rename", "Order")),
        ({"rename": {"Order": "String"}}, ("rename", "Order")),
    ],
)
def test_settings_that_name_nothing(wrong: dict[str, Any], path: tuple[str | int, ...]) -> None:
    found = finding(**wrong)
    assert (found.code, found.path) == ("graphql.invalid", path)


LINK = {"source": "customers", "operation": "listCustomers", "arguments": {"ids": "customerId"}}


@each(
    ("place", "link", "path"),
    [
        ("Nil.x", LINK, ()),
        ("Query.x", LINK, ()),
        ("Order.x", {**LINK, "source": "customer"}, ("source",)),
        ("Order.x", {**LINK, "operation": "listCustomer"}, ("operation",)),
        ("Order.x", {**LINK, "arguments": {"id": "customerId"}}, ("arguments", "id")),
        ("Order.x", {**LINK, "items": "item"}, ("items",)),
        ("Order.x", {**LINK, "many": "id"}, ("many",)),
        (
            "Order.x",
            {**LINK, "operation": "getCustomer", "arguments": {"id": "customerId"}, "many": "id"},
            ("arguments", "id"),
        ),
    ],
)
def test_links_to_what_is_not_there(place: str, link: dict[str, Any], path: tuple[str, ...]) -> None:
    found = finding(links={place: link})
    assert (found.code, found.path) == ("graphql.invalid", ("links", place, *path))


def test_what_an_interface_needs_cannot_be_hidden() -> None:
    text = CUSTOMERS.replace(
        "    Customer:\n",
        """    Friend: {allOf: [{$ref: "#/components/schemas/Customer"}, {properties: {since: {type: string}}}]}
    Customer:
      discriminator: {propertyName: name}
""",
    )
    assert "type Friend implements Customer {" in plan(definitions={"customers": text}).sdl
    with pytest.raises(AssertionError, match=r"Customer\.email expected but Friend does not"):
        plan(definitions={"customers": text}, hide=["Friend.email"])


def test_what_limits_name_is_in_the_schema() -> None:
    found = finding(limits={"cost": 10, "fields": {"Order.nil": "a"}})
    assert (found.code, found.path) == ("graphql.unknown_field", ("limits", "fields", "Order.nil"))
