"""Descriptor sets as schemas: what becomes of messages, and which methods are queries."""

import base64
from pathlib import Path
from typing import Any

import msgspec

from crossway.compile.contract import Fragment, Site
from crossway.model import Defined, Finding, Ref
from crossway.model.graphql import Graphql
from crossway.model.graphql_plan import Plan, Settings
from crossway.policies.graphql import compile_graphql
from crossway.protos.google import protobuf

SHOP = (Path(__file__).parents[2] / "data/shop.pb").read_bytes()
FIELD = protobuf.FieldDescriptorProto


def compiled(content: bytes, **more: Any) -> Plan | Finding:
    """Return the plan for a descriptor set, or what is wrong with it."""
    spec = Graphql.model_validate({"sources": {"shop": {"service": "shop", "definition": "shop"}}} | more)
    site = Site(Ref("routes", "graph"), "default", definitions={Ref("definitions", "shop"): Defined(content)})
    found = compile_graphql(spec, site)
    return msgspec.json.decode(found.steps[0].settings, type=Settings).plan if isinstance(found, Fragment) else found


def planned(content: bytes, **more: Any) -> Plan:
    found = compiled(content, **more)
    assert isinstance(found, Plan), found
    return found


def roots(plan: Plan) -> dict[str, set[str]]:
    return {name: set(plan.fields[name]) for name in ("Query", "Mutation")}


def test_methods_that_only_read_are_queries() -> None:
    assert roots(planned(SHOP)) == {
        "Query": {"getOrder", "receipt", "count"},
        "Mutation": {"createOrder", "cancelOrder", "upload", "hidden"},
    }


def test_messages_are_types_with_the_names_of_json() -> None:
    assert (
        """type Order {
  id: String!
  item: String!
  quantity: BigInt!
  unitPrice: Float!
  tags: [String!]!
  state: State
  partOf: Order
  labels: JSON!
}"""
        in planned(SHOP).sdl
    )


def test_fields_of_the_request_are_arguments() -> None:
    plan = planned(base64.b64encode(SHOP))
    assert "getOrder(id: String, withParts: Boolean): Order" in plan.sdl
    assert "createOrder(customer: CustomerInput, order: OrderInput, dryRun: Boolean): Order" in plan.sdl
    operation = plan.operations["shop.getOrder"]
    assert (operation.path, operation.is_safe) == ("/shop.v1.Orders/GetOrder", True)
    assert [parameter.name for parameter in operation.parameters] == ["id", "withParts"]
    assert set(plan.descriptors) == {operation.descriptors}


def test_links_name_methods_in_full_or_by_their_names() -> None:
    for name in ("shop.v1.Orders/GetOrder", "GetOrder"):
        link = {"source": "shop", "operation": name, "arguments": {"id": "partOf.id"}}
        assert "whole(withParts: Boolean): Order" in planned(SHOP, links={"Order.whole": link}).sdl


def test_known_types_are_what_they_are_in_json() -> None:
    known = {
        "at": "Timestamp",
        "for": "Duration",
        "limit": "Int64Value",
        "name": "StringValue",
        "data": "Struct",
        "any": "Any",
        "mask": "FieldMask",
        "nothing": "Empty",
    }
    message = protobuf.DescriptorProto(
        name="All",
        field=[
            FIELD(name=name, number=number, type=11, type_name=f".google.protobuf.{type_}", label=FIELD.LABEL_OPTIONAL)
            for number, (name, type_) in enumerate(known.items(), 1)
        ],
    )
    method = {"input_type": ".google.protobuf.Empty", "output_type": ".a.All"}
    done = {"input_type": ".a.All", "output_type": ".google.protobuf.Empty"}
    file = protobuf.FileDescriptorProto(
        name="a.proto",
        package="a",
        syntax="proto3",
        dependency=[
            f"google/protobuf/{name}.proto"
            for name in ("timestamp", "duration", "wrappers", "struct", "any", "field_mask", "empty")
        ],
        message_type=[message],
        service=[
            protobuf.ServiceDescriptorProto(
                name="Things",
                method=[
                    protobuf.MethodDescriptorProto(name="GetAll", **method),
                    protobuf.MethodDescriptorProto(name="Remove", **done),
                ],
            )
        ],
    )
    plan = planned(protobuf.FileDescriptorSet(file=[file]).SerializeToString())
    types = ("DateTime", "String", "BigInt", "String", "JSON", "JSON", "String", "JSON")
    fields = "\n".join(f"  {name}: {type_}" for name, type_ in zip(known, types, strict=True))
    assert f"type All {{\n{fields}\n}}" in plan.sdl
    assert "remove(at: DateTime, for: String," in plan.sdl
    assert plan.operations["shop.remove"].is_empty


def test_what_is_no_descriptor_set_is_a_finding() -> None:
    found = compiled(b"\x00\x01 nothing")
    assert isinstance(found, Finding)
    assert (found.code, found.path) == ("grpc.descriptor_set", ("sources", "shop", "definition"))
