"""Descriptor sets as GraphQL: messages are types, methods that only read are queries, all others are mutations.

Values are what they are in JSON (https://protobuf.dev/programming-guides/json/). Of a `oneof`, all fields but one are
null. Methods with streams are left out.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from typing import Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from crossway.compile.descriptors import Descriptors, Method
from crossway.model.graphql_plan import Operation, Parameter
from crossway.policies.graphql.interface import (
    MOST_TYPES,
    SCALARS,
    DefinitionError,
    EnumDef,
    FieldDef,
    InputDef,
    Interface,
    ObjectDef,
    ScalarDef,
    Type,
    field_name,
    identifier,
    type_name,
    unused,
)

_READS: Final = re.compile(r"(BatchGet|Check|Count|Find|Get|List|Lookup|Query|Read|Search)([A-Z0-9]|$)")
"""How methods are called that only read, where they do not say so."""
_SCALARS: Final = {
    FieldDescriptor.TYPE_BOOL: "Boolean",
    FieldDescriptor.TYPE_BYTES: "String",
    FieldDescriptor.TYPE_DOUBLE: "Float",
    FieldDescriptor.TYPE_FLOAT: "Float",
    FieldDescriptor.TYPE_INT32: "Int",
    FieldDescriptor.TYPE_SFIXED32: "Int",
    FieldDescriptor.TYPE_SINT32: "Int",
    FieldDescriptor.TYPE_STRING: "String",
}
"""All other numbers are a `BigInt`."""
_WELL_KNOWN: Final = {
    "google.protobuf.Any": "JSON",
    "google.protobuf.BoolValue": "Boolean",
    "google.protobuf.BytesValue": "String",
    "google.protobuf.DoubleValue": "Float",
    "google.protobuf.Duration": "String",
    "google.protobuf.FieldMask": "String",
    "google.protobuf.FloatValue": "Float",
    "google.protobuf.Int32Value": "Int",
    "google.protobuf.Int64Value": "BigInt",
    "google.protobuf.ListValue": "JSON",
    "google.protobuf.StringValue": "String",
    "google.protobuf.Struct": "JSON",
    "google.protobuf.Timestamp": "DateTime",
    "google.protobuf.UInt32Value": "BigInt",
    "google.protobuf.UInt64Value": "BigInt",
    "google.protobuf.Value": "JSON",
}
_EMPTY: Final = "google.protobuf.Empty"


def read_protobuf(source: str, descriptors: Descriptors) -> Interface:
    """Return what a descriptor set says; `DefinitionError` if it has too much."""
    return _Reader(source, descriptors).read()


class _Reader:
    def __init__(self, source: str, descriptors: Descriptors) -> None:
        self._source, self._descriptors = source, descriptors
        self._found = Interface()
        self._named: dict[tuple[str, bool], Type] = {}

    def read(self) -> Interface:
        text = base64.b64encode(self._descriptors.compact).decode()
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._found.descriptors[digest] = text
        methods = [method for its in self._descriptors.services.values() for method in its]
        alike = Counter(method.name for method in methods)
        for method in methods:
            if not (method.client_streaming or method.server_streaming):
                self._method(method, digest, is_unique=alike[method.name] == 1)
        return self._found

    def _method(self, method: Method, digest: str, *, is_unique: bool) -> None:
        found, pool = self._found, self._descriptors.pool
        says = method.rule is not None and method.rule.WhichOneof("pattern") == "get"
        reads = method.safe or says or _READS.match(method.name) is not None
        name = unused(field_name(method.name), {*found.queries, *found.mutations})
        arguments: dict[str, Type] = {}
        placed: list[Parameter] = []
        for field in pool.FindMessageTypeByName(method.input).fields:
            argument = unused(identifier(field.json_name), arguments)
            arguments[argument] = self._type(field, is_input=True).optional()
            placed.append(Parameter(argument, field.json_name, "query"))
        answer = (
            Type("Boolean") if method.output == _EMPTY else self._message(pool.FindMessageTypeByName(method.output))
        )
        found.operations[name] = Operation(
            source=self._source,
            service="",
            method="POST",
            path=method.path,
            parameters=tuple(placed),
            is_safe=reads,
            is_empty=method.output == _EMPTY,
            descriptors=digest,
        )
        found.known[method.path[1:]] = name
        if is_unique:
            found.known[method.name] = name
        fields = found.queries if reads else found.mutations
        fields[name] = FieldDef(answer.optional(), arguments=arguments, operation=name)

    def _type(self, field: FieldDescriptor, *, is_input: bool) -> Type:
        """Return the type of a field. What has no presence is always there."""
        message: Descriptor | None = field.message_type
        if message is not None and message.GetOptions().map_entry:
            return self._scalar("JSON")
        type_ = self._single(field, is_input=is_input)
        if field.is_repeated:
            return Type(item=type_)
        return type_.optional() if field.has_presence or field.enum_type is not None else type_

    def _single(self, field: FieldDescriptor, *, is_input: bool) -> Type:
        if field.message_type is not None:
            return self._message(field.message_type, is_input=is_input)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        return self._scalar(_SCALARS.get(field.type, "BigInt"))

    def _scalar(self, name: str) -> Type:
        if name in SCALARS:
            self._found.types.setdefault(name, ScalarDef(SCALARS[name]))
        return Type(name)

    def _message(self, message: Descriptor, *, is_input: bool = False) -> Type:
        if message.full_name in _WELL_KNOWN:
            return self._scalar(_WELL_KNOWN[message.full_name])
        if not message.fields:
            return self._scalar("JSON")
        key = (message.full_name, is_input)
        if key in self._named:
            return self._named[key]
        called = type_name(_within(message.full_name, message.file.package))
        type_ = self._named[key] = self._name(f"{called}Input" if is_input else called)
        if is_input:
            given = self._found.types[type_.name] = InputDef({})
            for field in message.fields:
                name = unused(identifier(field.json_name), given.fields)
                given.fields[name] = (self._type(field, is_input=True).optional(), field.json_name)
            return type_
        made = self._found.types[type_.name] = ObjectDef({})
        for field in message.fields:
            name = unused(identifier(field.json_name), made.fields)
            key_ = "" if name == field.json_name else field.json_name
            made.fields[name] = FieldDef(self._type(field, is_input=False), key_)
        return type_

    def _enum(self, enum: EnumDescriptor) -> Type:
        if enum.full_name == "google.protobuf.NullValue":
            return self._scalar("JSON")
        key = (enum.full_name, False)
        if key not in self._named:
            type_ = self._named[key] = self._name(type_name(_within(enum.full_name, enum.file.package)))
            values: dict[str, str] = {}
            for value in enum.values:
                name = f"{value.name}_" if value.name in {"true", "false", "null"} else identifier(value.name)
                values[unused(name, values)] = value.name
            self._found.types[type_.name] = EnumDef(values)
        return self._named[key]

    def _name(self, called: str) -> Type:
        if len(self._found.types) >= MOST_TYPES:
            raise DefinitionError(f"has more than {MOST_TYPES} types")
        return Type(unused(called, {*self._found.types, "Query", "Mutation", "Subscription"}))


def _within(full_name: str, package: str) -> str:
    """Return the name of a message or an enum within its package."""
    return full_name.removeprefix(f"{package}.") if package else full_name
