"""WSDL for what has none: operations that are described by JSON Schema become one, document/literal wrapped.

Names of a schema are names of types; what XML cannot say so well, such as alternatives, is any element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from xml.sax.saxutils import quoteattr

ADDRESS: Final = "http://crossway.invalid/"
"""What stands for the address of the service."""
XsdSchema: TypeAlias = "Mapping[str, object]"
_NCNAME: Final = re.compile(r"[^\W\d][\w.-]*")
_REFERENCE: Final = "#/components/schemas/"
_TYPES: Final[Mapping[tuple[str, str], str]] = {
    ("string", "date"): "xs:date",
    ("string", "date-time"): "xs:dateTime",
    ("string", "byte"): "xs:base64Binary",
    ("string", "binary"): "xs:base64Binary",
    ("integer", "int32"): "xs:int",
    ("number", "decimal"): "xs:decimal",
    ("number", "float"): "xs:float",
}
_PLAIN: Final = {"string": "xs:string", "integer": "xs:long", "number": "xs:double", "boolean": "xs:boolean"}
_ENVELOPES: Final = {"Soap11": ("soap", ""), "Soap12": ("soap12", "12")}
_DEEPEST: Final = 50


class UnfitNameError(ValueError):
    """A name of JSON that no element can have."""


@dataclass(frozen=True, slots=True)
class Described:
    """An operation: what is asked and answered are objects in JSON Schema."""

    request: XsdSchema
    response: XsdSchema
    faults: Mapping[str, XsdSchema] = field(default_factory=dict)
    documentation: str = ""


def write(name: str, namespace: str, operations: Mapping[str, Described], schemas: Mapping[str, XsdSchema]) -> str:
    """Return the WSDL of the service *name*; *schemas* are those that others refer to. Raise `UnfitNameError`."""
    writer = _Schemas(schemas)
    elements: dict[str, str] = {}
    for operation, described in operations.items():
        elements[operation] = writer.element(operation, described.request)
        elements[f"{operation}Response"] = writer.element(f"{operation}Response", described.response)
        for fault, schema in described.faults.items():
            elements.setdefault(fault, writer.element(fault, schema))
    types = "".join((*elements.values(), *writer.types()))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:tns={quoteattr(namespace)} name="{name}" targetNamespace={quoteattr(namespace)}>
<wsdl:types>
<xs:schema targetNamespace={quoteattr(namespace)} elementFormDefault="qualified">{types}</xs:schema>
</wsdl:types>
{"".join(_messages(operations))}
<wsdl:portType name="{name}">{"".join(_interface(operations))}</wsdl:portType>
{"".join(_binding(name, namespace, operations, port) for port in _ENVELOPES)}
<wsdl:service name="{name}">{"".join(_port(name, port) for port in _ENVELOPES)}</wsdl:service>
</wsdl:definitions>
"""


def _messages(operations: Mapping[str, Described]) -> Iterator[str]:
    for name in operations:
        for message in (name, f"{name}Response"):
            yield _message(message)
    for fault in dict.fromkeys(fault for described in operations.values() for fault in described.faults):
        yield _message(fault)


def _message(name: str) -> str:
    return f'<wsdl:message name="{name}"><wsdl:part name="parameters" element="tns:{name}"/></wsdl:message>'


def _interface(operations: Mapping[str, Described]) -> Iterator[str]:
    for name, described in operations.items():
        told = described.documentation.replace("&", "&amp;").replace("<", "&lt;")
        documentation = f"<wsdl:documentation>{told}</wsdl:documentation>" if told else ""
        faults = "".join(f'<wsdl:fault name="{fault}" message="tns:{fault}"/>' for fault in described.faults)
        yield (
            f'<wsdl:operation name="{name}">{documentation}<wsdl:input message="tns:{name}"/>'
            f'<wsdl:output message="tns:{name}Response"/>{faults}</wsdl:operation>'
        )


def _binding(name: str, namespace: str, operations: Mapping[str, Described], port: str) -> str:
    soap, _ = _ENVELOPES[port]
    body = f'<{soap}:body use="literal"/>'
    said = "".join(
        f'<wsdl:operation name="{operation}"><{soap}:operation soapAction={quoteattr(f"{namespace}/{operation}")}'
        f' style="document"/><wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output>'
        + "".join(
            f'<wsdl:fault name="{fault}"><{soap}:fault name="{fault}" use="literal"/></wsdl:fault>'
            for fault in described.faults
        )
        + "</wsdl:operation>"
        for operation, described in operations.items()
    )
    return (
        f'<wsdl:binding name="{name}{port}" type="tns:{name}"><{soap}:binding style="document"'
        f' transport="http://schemas.xmlsoap.org/soap/http"/>{said}</wsdl:binding>'
    )


def _port(name: str, port: str) -> str:
    soap, _ = _ENVELOPES[port]
    address = f'<{soap}:address location="{ADDRESS}"/>'
    return f'<wsdl:port name="{name}{port}" binding="tns:{name}{port}">{address}</wsdl:port>'


class _Schemas:
    """Writes schemas of JSON as those of XML, and keeps the names that are mentioned."""

    def __init__(self, schemas: Mapping[str, XsdSchema]) -> None:
        self._schemas = schemas
        self._mentioned: dict[str, None] = {}

    def element(self, name: str, schema: XsdSchema) -> str:
        """Return a global element."""
        return f'<xs:element name="{_name(name)}">{self._complex(schema, "", 0)}</xs:element>'

    def types(self) -> Iterator[str]:
        """Yield the types that were mentioned, and those that they mention."""
        done: set[str] = set()
        while left := [name for name in self._mentioned if name not in done]:
            for name in left:
                done.add(name)
                schema = self._schemas.get(name, {})
                attribute = f' name="{_name(name)}"'
                if _is_object(schema):
                    yield self._complex(schema, attribute, 0)
                elif isinstance(values := schema.get("enum"), list):
                    yield _enumeration(values, attribute)

    def _complex(self, schema: XsdSchema, attribute: str, depth: int) -> str:
        fields = "".join(self._fields(schema, depth))
        return f"<xs:complexType{attribute}><xs:sequence>{fields}</xs:sequence></xs:complexType>"

    def _fields(self, schema: XsdSchema, depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            raise UnfitNameError(f"more than {_DEEPEST} objects stand inside one another")
        for part in _list(schema.get("allOf")):
            yield from self._fields(self._followed(part), depth + 1)
        required = _list_of_texts(schema.get("required"))
        for name, inner in _mapping(schema.get("properties")).items():
            yield self._field(_name(name), _mapping(inner), name in required, depth + 1)

    def _field(self, name: str, schema: XsdSchema, required: bool, depth: int) -> str:
        schema, nillable = _without_null(schema)
        occurs = "" if required else ' minOccurs="0"'
        while schema.get("type") == "array":
            occurs = ' minOccurs="0" maxOccurs="unbounded"' if "unbounded" not in occurs else occurs
            schema, nillable = _without_null(_mapping(schema.get("items")))
        attributes = f'name="{name}"{occurs}' + (' nillable="true"' if nillable else "")
        kind, inner = self._kind(schema, depth)
        return f'<xs:element {attributes} type="{kind}"/>' if kind else f"<xs:element {attributes}>{inner}</xs:element>"

    def _kind(self, schema: XsdSchema, depth: int) -> tuple[str, str]:
        """Return the name of a type, or the type itself."""
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            name = reference.removeprefix(_REFERENCE)
            named = self._schemas.get(name, {})
            if _is_object(named) or "enum" in named:
                self._mentioned[name] = None
                return f"tns:{name}", ""
            return ("xs:anyType", "") if depth > _DEEPEST or "type" not in named else self._kind(named, depth + 1)
        if _is_object(schema):
            return "", self._complex(schema, "", depth)
        if isinstance(values := schema.get("enum"), list) and all(isinstance(value, str) for value in values):
            return "", _enumeration(values, "")
        kind, form = str(schema.get("type", "")), str(schema.get("format", ""))
        if schema.get("contentEncoding") == "base64":
            return "xs:base64Binary", ""
        return _TYPES.get((kind, form)) or _PLAIN.get(kind) or "xs:anyType", ""

    def _followed(self, schema: object) -> XsdSchema:
        found = _mapping(schema)
        reference = found.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            return self._schemas.get(reference.removeprefix(_REFERENCE), {})
        return found


def _enumeration(values: Iterable[object], attribute: str) -> str:
    said = "".join(f"<xs:enumeration value={quoteattr(str(value))}/>" for value in values)
    return f'<xs:simpleType{attribute}><xs:restriction base="xs:string">{said}</xs:restriction></xs:simpleType>'


def _is_object(schema: XsdSchema) -> bool:
    return "properties" in schema or "allOf" in schema


def _without_null(schema: XsdSchema) -> tuple[XsdSchema, bool]:
    """Return a schema without the alternative of `null`, and whether it has that (OpenAPI 3.0 and 3.1)."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        left = [kind for kind in kinds if kind != "null"]
        return {**schema, "type": left[0] if len(left) == 1 else ""}, "null" in kinds
    for word in ("anyOf", "oneOf"):
        parts = [_mapping(part) for part in _list(schema.get(word))]
        left = [part for part in parts if part.get("type") != "null"]
        if len(left) == 1 and len(parts) == 2:
            return left[0], True
    return schema, schema.get("nullable") is True


def _name(name: str) -> str:
    if not _NCNAME.fullmatch(name):
        raise UnfitNameError(f"{name!r} cannot be the name of an element in XML")
    return name


def _mapping(value: object) -> XsdSchema:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _list_of_texts(value: object) -> list[str]:
    return [each for each in _list(value) if isinstance(each, str)]
