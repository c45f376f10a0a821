"""WSDL that is made: it is read by others, and says what the schemas say."""

import io

import pytest
import zeep

from crossway.compile.wsdl import Described as Read
from crossway.compile.wsdl import described
from crossway.model import Defined
from crossway.model.messages import UNBOUNDED, Contract
from crossway.policies.soap.wsdl import Described, UnfitNameError, write

TREE = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}


def made(request: dict[str, object], schemas: dict[str, dict[str, object]] | None = None) -> tuple[str, Contract]:
    one = Described(request, {"properties": {"ok": {"type": "boolean"}}}, {"Gone": {"properties": {}}}, "Says <what>")
    text = write("Orders", "urn:a&b", {"Get": one}, schemas or {})
    read = described(Defined(text.encode()))
    assert isinstance(read, Read), read
    return text, read.contract


def test_others_read_it() -> None:
    text, contract = made({"properties": {"tree": {"$ref": "#/components/schemas/Tree"}}}, {"Tree": TREE})
    client = zeep.Client(io.BytesIO(text.encode()))
    service = client.wsdl.services["Orders"]
    assert list(service.ports) == ["OrdersSoap11", "OrdersSoap12"]
    assert contract.operations["Get"].documentation == "Says <what>"
    assert [fault.name for fault in contract.operations["Get"].faults] == ["Gone"]


def test_schemas_become_types() -> None:
    _, contract = made(
        {
            "required": ["a", "n"],
            "allOf": [{"$ref": "#/components/schemas/More"}],
            "properties": {
                "a": {"type": "string", "enum": ["x", "y"]},
                "b": {"type": "array", "items": {"type": "integer"}},
                "c": {"type": ["number", "null"]},
                "d": {"type": "string", "format": "byte"},
                "e": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
                "f": {"type": "object", "properties": {"g": {"type": "boolean"}}},
                "n": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            },
        },
        {"More": {"properties": {"z": {"type": "number", "format": "decimal"}}}},
    )
    types = contract.types
    fields = {field.key: field for field in types[contract.operations["Get"].input.type].fields}
    kinds = {key: types[field.type].kind for key, field in fields.items()}
    assert kinds == {
        "z": "decimal",
        "a": "string",
        "b": "integer",
        "c": "double",
        "d": "base64",
        "e": "anything",
        "f": "",
        "n": "token",
    }
    assert types[fields["a"].type].values == ("x", "y")
    assert (fields["a"].least, fields["b"].most, fields["c"].nillable, fields["n"].nillable) == (
        1,
        UNBOUNDED,
        True,
        True,
    )


def test_a_name_that_no_element_has_is_told() -> None:
    with pytest.raises(UnfitNameError, match="'a b'"):
        made({"properties": {"a b": {"type": "string"}}})


def test_a_schema_that_stands_upon_itself_is_told() -> None:
    loop = {"properties": {}, "allOf": [{"$ref": "#/components/schemas/Loop"}]}
    with pytest.raises(UnfitNameError, match="inside one another"):
        made({"properties": {"a": {"$ref": "#/components/schemas/Loop"}}}, {"Loop": loop})
