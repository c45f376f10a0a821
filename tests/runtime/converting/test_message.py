import base64
import contextlib

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.conversion import JsonToProtobuf, ProtobufToJson
from crossway.runtime.converting.message import Codec
from crossway.runtime.converting.refusal import Refusal

KINDS = FieldDescriptorProto


def field(name: str, number: int, kind: int, label: int = KINDS.LABEL_OPTIONAL, of: str = "") -> FieldDescriptorProto:
    return FieldDescriptorProto(name=name, number=number, type=kind, label=label, type_name=of or None)  # type: ignore[arg-type]


ORDER = DescriptorProto(
    name="Order",
    field=[
        field("id", 1, KINDS.TYPE_INT64),
        field("unit_price", 2, KINDS.TYPE_DOUBLE),
        field("tags", 3, KINDS.TYPE_STRING, KINDS.LABEL_REPEATED),
        field("parts", 4, KINDS.TYPE_MESSAGE, KINDS.LABEL_REPEATED, ".shop.Order"),
        field("by_name", 5, KINDS.TYPE_MESSAGE, KINDS.LABEL_REPEATED, ".shop.Order.ByNameEntry"),
    ],
    nested_type=[
        DescriptorProto(
            name="ByNameEntry",
            field=[field("key", 1, KINDS.TYPE_STRING), field("value", 2, KINDS.TYPE_MESSAGE, of=".shop.Order")],
        )
    ],
)
ORDER.nested_type[0].options.map_entry = True
FILE = FileDescriptorProto(name="shop.proto", package="shop", syntax="proto3", message_type=[ORDER])
SET = base64.b64encode(FileDescriptorSet(file=[FILE]).SerializeToString()).decode()
SETTINGS = {"descriptor_set": SET, "message": "shop.Order"}
TO_JSON = ProtobufToJson.model_validate(SETTINGS)
CODEC = Codec(TO_JSON)


def read(data: bytes, max_items: int = 1000, **settings: object) -> object:
    return CODEC.read(data, ProtobufToJson.model_validate({**SETTINGS, **settings}), max_items=max_items)


def write(value: object, **settings: object) -> bytes:
    return CODEC.write(value, JsonToProtobuf.model_validate({**SETTINGS, **settings}))  # type: ignore[arg-type]


def test_messages_become_json():
    data = write({"id": 7, "unitPrice": 2.5, "tags": ["a"], "byName": {"x": {"id": "8"}}})
    assert read(data) == {"id": "7", "unitPrice": 2.5, "tags": ["a"], "byName": {"x": {"id": "8"}}}
    assert read(data, proto_names=True)["unit_price"] == 2.5
    assert read(b"") == {}
    assert read(b"", emit_defaults=True) == {"id": "0", "unitPrice": 0.0, "tags": [], "parts": [], "byName": {}}


@pytest.mark.parametrize("data", [b"\xff", b"\x08", b"\x1a\x05a", b"\x1a\x01\xff", b"\x22\x80\x80\x80\x80\x08"])
def test_what_is_no_message_is_refused(data):
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.code == "transform.malformed"


@pytest.mark.parametrize(
    "value", [{"id": "x"}, {"id": 2**70}, {"tags": "a"}, {"unknown": 1}, {"id": {}}, [], None, "a"]
)
def test_what_is_no_such_message_is_not_written(value):
    with pytest.raises(Refusal) as caught:
        write(value)
    assert caught.value.code == "transform.malformed"


def test_unknown_fields_can_be_left_out():
    assert write({"unknown": 1, "id": 1}, unknown_fields="ignore") == b"\x08\x01"


def test_messages_nested_too_deeply_are_refused():
    value: dict[str, object] = {}
    for _ in range(200):
        value = {"parts": [value]}
    with pytest.raises(Refusal):
        write(value)
    data = b""
    for _ in range(200):
        size = len(data)
        data = b"\x22" + (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + data
    with pytest.raises(Refusal):
        read(data)


def test_a_few_bytes_do_not_become_many_defaults():
    many = b"\x22\x00" * 100
    assert len(read(many, emit_defaults=True)["parts"]) == 100
    with pytest.raises(Refusal) as caught:
        read(b"\x22\x00" * 300, emit_defaults=True)
    assert caught.value.code == "transform.too_large"
    with pytest.raises(Refusal):
        read(write({"byName": {str(index): {} for index in range(300)}}), emit_defaults=True)


ORDERS = st.recursive(
    st.fixed_dictionaries(
        {}, optional={"id": st.integers(1, 2**63 - 1).map(str), "tags": st.lists(st.text(), min_size=1)}
    ),
    lambda inner: st.fixed_dictionaries({"parts": st.lists(inner, min_size=1, max_size=3)}),
    max_leaves=5,
)


@given(ORDERS)
def test_what_becomes_protobuf_comes_back_as_it_was(order):
    assert read(write(order)) == order


@given(st.binary(max_size=40))
def test_anything_is_read_or_refused(data):
    with contextlib.suppress(Refusal):
        assert isinstance(read(data, emit_defaults=True), dict)
