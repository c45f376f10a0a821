import base64
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.message_factory import GetMessageClass

from crossway.compile.contract import Site
from crossway.compile.descriptors import Descriptors, read_descriptors
from crossway.model import Defined, Finding, Ref
from crossway.protos.google import protobuf

SITE = Site(Ref("routes", "shop"), "default")
SHOP = (Path(__file__).parents[1] / "data/shop.pb").read_bytes()


def read(content: bytes) -> Descriptors | Finding:
    site = replace(SITE, definitions={Ref("definitions", "shop"): Defined(content)})
    return read_descriptors(site, "shop", ("definition",))


def good(content: bytes) -> Descriptors:
    found = read(content)
    assert isinstance(found, Descriptors)
    return found


def of(*files: protobuf.FileDescriptorProto) -> bytes:
    return protobuf.FileDescriptorSet(file=files).SerializeToString()


def file(name: str, *imports: str, public: bool = False, **fields: str) -> protobuf.FileDescriptorProto:
    """Return the file *name* with a message of this name whose *fields* are messages."""
    message = protobuf.DescriptorProto(
        name=name.capitalize(),
        field=[
            protobuf.FieldDescriptorProto(
                name=key,
                number=number,
                type=11,
                type_name=type_name,
                label=protobuf.FieldDescriptorProto.LABEL_OPTIONAL,
            )
            for number, (key, type_name) in enumerate(fields.items(), 1)
        ],
    )
    indexes = range(len(imports)) if public else ()
    return protobuf.FileDescriptorProto(
        name=name, package="a", dependency=imports, public_dependency=indexes, message_type=[message], syntax="proto3"
    )


def test_methods_say_how_they_are_called() -> None:
    methods = {method.name: method for method in good(SHOP).services["shop.v1.Orders"]}
    get, create, hidden = methods["GetOrder"], methods["CreateOrder"], methods["Hidden"]
    assert get.path == "/shop.v1.Orders/GetOrder"
    assert (get.safe, create.safe) == (True, False)
    assert get.rule is not None
    assert (get.rule.get, hidden.rule) == ("/v1/orders/{id}", None)
    assert (methods["ListOrders"].client_streaming, methods["ListOrders"].server_streaming) == (False, True)


def test_it_may_be_written_in_base64() -> None:
    assert good(base64.encodebytes(SHOP)).services == good(SHOP).services


def test_equal_definitions_are_read_once() -> None:
    assert good(SHOP) is good(bytes(bytearray(SHOP)))


def test_what_is_compact_says_the_same() -> None:
    compact = good(good(SHOP).compact)
    assert [each.name for each in compact.files] == [
        "google/protobuf/any.proto",
        "google/api/httpbody.proto",
        "shop.proto",
    ]
    assert compact.services == good(SHOP).services
    order = GetMessageClass(compact.pool.FindMessageTypeByName("shop.v1.Order"))
    assert order.FromString(b"\x12\x01x").item == "x"  # type: ignore[attr-defined]


def test_files_may_stand_in_any_order_and_import_publicly() -> None:
    files = [file("c", "b", x=".a.A"), file("b", "a", public=True), file("a")]
    assert [each.name for each in good(good(of(*files)).compact).files] == ["a", "b", "c"]
    alone = good(of(file("c", "b", x=".a.A"), file("b", "google/protobuf/empty.proto", "a", public=True), file("a")))
    assert good(alone.compact).pool.FindMessageTypeByName("a.C")


def test_messages_may_hold_themselves() -> None:
    assert good(of(file("a", a=".a.A"))).pool.FindMessageTypeByName("a.A")


def test_what_everybody_has_may_be_missing() -> None:
    found = good(of(file("a", "google/protobuf/timestamp.proto", t=".google.protobuf.Timestamp")))
    assert b"timestamp" in found.compact


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"syntax = 'proto3';", "it is no descriptor set"),
        (SHOP[:-1], "it is no descriptor set"),
        (of(file("a", "b")), "it lacks b"),
        (of(file("a", "b"), file("b", "a")), "import each other"),
        (of(file("a", x=".a.Nobody")), "a in it cannot be used"),
        (of(file("a", x=".google.protobuf.Timestamp")), "a in it cannot be used"),
    ],
)
def test_what_is_none_is_a_finding(content: bytes, said: str) -> None:
    finding = read(content)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.path) == ("grpc.descriptor_set", ("definition",))
    assert said in finding.message
    assert "protoc" in finding.expected


def test_a_set_with_no_service_is_one() -> None:
    assert good(b"").services == {}
