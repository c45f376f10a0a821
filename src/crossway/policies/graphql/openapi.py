"""OpenAPI 3 as GraphQL: schemas are types, operations with GET are queries, all others are mutations.

https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from crossway.model import Defined
from crossway.model.call import ALWAYS_FORWARDED
from crossway.model.graphql_plan import Choice, Operation, Parameter, Style
from crossway.policies.graphql.documents import Documents, Schema
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
    UnionDef,
    field_name,
    identifier,
    type_name,
    unused,
)

_Side: TypeAlias = Literal["in", "out"]
_Properties: TypeAlias = "list[tuple[str, str, Schema]]"
"""The properties of an object, each with the document that it stands in."""

METHODS: Final = ("get", "put", "post", "delete", "patch")
_SCALARS: Final = {"string": "String", "integer": "Int", "number": "Float", "boolean": "Boolean"}
_FORMATS: Final = {
    ("string", "uuid"): "ID",
    ("string", "date-time"): "DateTime",
    ("string", "date"): "Date",
    ("integer", "int64"): "BigInt",
    ("integer", "uint32"): "BigInt",
    ("integer", "uint64"): "BigInt",
}
_STYLES: Final[Mapping[str, Style]] = {"spaceDelimited": "space", "pipeDelimited": "pipe", "deepObject": "deep"}
_IGNORED_HEADERS: Final = ALWAYS_FORWARDED | {"accept", "authorization", "content-type", "cookie"}
"""Headers that are no arguments: the specification excepts some, the proxy writes others."""
_DEEPEST: Final = 100
"""Schemas that stand inside one another."""
_MOST: Final = 200_000
"""Schemas in all, each counted where it is used: aliases in YAML can make many out of few."""


@lru_cache(maxsize=64)
def read_openapi(source: str, defined: Defined, base: str | None) -> Interface:
    """Return what an OpenAPI document says; `DefinitionError` if it is none. The services have no clusters yet."""
    try:
        return _Reader(source, defined, base).read()
    except RecursionError:
        raise DefinitionError("has too much inside one another") from None


class _Reader:
    """Reads one document. Types have their names before they have their fields, so schemas may be recursive."""

    def __init__(self, source: str, defined: Defined, base: str | None) -> None:
        self._source, self._documents = source, Documents(defined)
        self._found = Interface()
        self._named: dict[tuple[str, _Side], Type] = {}
        self._enums: dict[tuple[str, ...], Type] = {}
        """Enums by their values: those that have the same are one."""
        self._left: deque[Callable[[], None]] = deque()
        """What is still to be done for types that have their names: they may refer to each other without end."""
        self._depth = self._count = 0
        root = self._documents.root
        version = root.get("openapi")
        if not isinstance(version, str) or not version.startswith("3."):
            told = "Swagger 2" if "swagger" in root else "no OpenAPI document"
            raise DefinitionError(f"is {told}; OpenAPI 3 is read")
        self._base = (self._server(root) if base is None else base).rstrip("/")

    @staticmethod
    def _server(root: Mapping[str, Any]) -> str:
        servers = root.get("servers") or [{}]
        return urlsplit(re.sub(r"\{[^}]*\}", "x", str(servers[0].get("url", "")))).path if servers else ""

    def read(self) -> Interface:
        paths = self._documents.root.get("paths") or {}
        for path, item in paths.items():
            where, item = self._documents.followed("", item)
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    self._operation(where, str(path), method, item)
        while self._left:
            self._left.popleft()()
        return self._found

    # Operations.

    def _operation(self, where: str, path: str, method: str, item: Mapping[str, Any]) -> None:
        said = item[method]
        called = f"{method.upper()} {path}"
        own_name = str(said.get("operationId") or f"{method} {path.replace('{', ' by ').replace('}', '')}")
        fields = self._found.queries if method == "get" else self._found.mutations
        name = unused(field_name(own_name), {*self._found.queries, *self._found.mutations})
        answer, kind = self._answer(where, name, said)  # before its parameters, so that enums are called as in answers
        parameters = self._parameters(where, item, said)
        arguments: dict[str, Type] = {}
        placed: list[Parameter] = []
        for parameter in parameters:
            if (one := self._parameter(name, parameter)) is not None:
                argument, type_, place = one
                argument = unused(argument, arguments)
                arguments[argument] = type_
                placed.append(Parameter(argument, str(parameter[1]["name"]), place[0], place[1]))
        missing = set(re.findall(r"\{([^}]*)\}", path)) - {each.name for each in placed if each.place == "path"}
        for variable in sorted(missing):
            argument = unused(identifier(variable), arguments)
            arguments[argument] = Type("String")
            placed.append(Parameter(argument, variable, "path", "comma"))
        body = self._body(where, name, said)
        if body is None:
            return
        if body:
            argument = unused("input", arguments)
            arguments[argument] = body[0]
        operation = Operation(
            source=self._source,
            service="",
            method=method.upper(),
            path=self._base + path,
            parameters=tuple(placed),
            body=argument if body else "",
            is_safe=method == "get",
            is_empty=kind == "empty",
            is_text=kind == "text",
        )
        self._found.operations[name] = operation
        for word in (str(said.get("operationId") or called), called):
            self._found.known[word] = name
        description = str(said.get("summary") or said.get("description") or "")
        fields[name] = FieldDef(answer.optional(), arguments=arguments, operation=name, description=description)

    def _parameters(self, where: str, item: Schema, said: Schema) -> list[tuple[str, Schema]]:
        """Return the parameters of an operation, those of its path included, with the documents they stand in."""
        found: dict[tuple[str, str], tuple[str, Schema]] = {}
        for parameter in (*(item.get("parameters") or ()), *(said.get("parameters") or ())):
            there, one = self._documents.followed(where, parameter)
            if "name" not in one or "in" not in one:
                raise DefinitionError("has a parameter without name or in")
            found[(one["in"], one["name"])] = (there, one)
        return list(found.values())

    def _parameter(
        self, operation: str, parameter: tuple[str, Schema]
    ) -> tuple[str, Type, tuple[Literal["path", "query", "header"], Style]] | None:
        where, said = parameter
        name, place = str(said["name"]), said["in"]
        if place not in {"path", "query", "header"} or (place == "header" and name.lower() in _IGNORED_HEADERS):
            return None
        content = said.get("content")
        schema = next(iter(content.values())).get("schema") if content else said.get("schema")
        type_ = self._type(where, schema or {"type": "string"}, f"{operation} {name}", "in")
        required = place == "path" or bool(said.get("required"))
        style: Style = "json" if content else "comma"
        if place == "query" and not content:
            written = str(said.get("style", "form"))
            exploded = bool(said.get("explode", written == "form"))
            style = _STYLES.get(written, "form" if exploded else "comma")
            style = "form" if style in {"space", "pipe"} and exploded else style
        has_default = isinstance(schema, dict) and "default" in schema and place != "path"
        return identifier(name), type_ if required and not has_default else type_.optional(), (place, style)

    def _body(self, where: str, operation: str, said: Schema) -> tuple[Type] | tuple[()] | None:
        """Return the type of the body, nothing for none, and `None` for one that cannot be sent."""
        if "requestBody" not in said:
            return ()
        there, body = self._documents.followed(where, said["requestBody"])
        schema = _json_of(body)
        if schema is None:
            return None if body.get("required") else ()
        type_ = self._type(there, schema, f"{operation} input", "in")
        return (type_ if body.get("required") else type_.optional(),)

    def _answer(self, where: str, operation: str, said: Schema) -> tuple[Type, str]:
        """Return the type of the answer of a success, and whether it is `json`, `text` or `empty`."""
        responses = {str(status): response for status, response in (said.get("responses") or {}).items()}
        good = sorted(status for status in responses if re.fullmatch(r"2(\d\d|XX)", status))
        for status in good or ["default"]:
            if status not in responses:
                continue
            there, response = self._documents.followed(where, responses[status])
            if (schema := _json_of(response)) is not None:
                return self._type(there, schema, f"{operation} answer", "out"), "json"
            if response.get("content"):
                return Type("String"), "text"
        return Type("Boolean"), "empty"

    # Schemas.

    def _type(self, where: str, schema: object, called: str, side: _Side) -> Type:
        """Return the type of what *schema* in the document *where* describes; one without a name is named *called*."""
        if not isinstance(schema, dict):
            return self._scalar("JSON")  # `true` is a schema too
        self._depth += 1
        self._count += 1
        if self._depth > _DEEPEST or self._count > _MOST:
            raise DefinitionError(f"has more than {_DEEPEST} schemas inside one another, or {_MOST:,} in all")
        try:
            return self._known(where, schema, called, side)
        finally:
            self._depth -= 1

    def _known(self, where: str, schema: Schema, called: str, side: _Side) -> Type:
        if "$ref" in schema:
            there, target = self._documents.followed(where, schema)
            place = self._documents.place(where, schema)
            found = self._named.get((place, side))
            if found is None:
                found = self._made(there, target, unquote(place.rpartition("/")[2]), side, (place, side))
            return found
        return self._made(where, schema, called, side, None)

    def _made(self, where: str, schema: Schema, called: str, side: _Side, key: tuple[str, _Side] | None) -> Type:
        nullable = bool(schema.get("nullable"))
        kinds = schema.get("type")
        kinds = list(kinds) if isinstance(kinds, list) else [kinds] if kinds is not None else []
        if "null" in kinds:
            nullable = True
            kinds.remove("null")
        type_ = self._shaped(where, schema, kinds, called, side, key)
        type_ = type_.optional() if nullable or None in _listed(schema.get("enum")) else type_
        if key is not None:
            self._named[key] = type_
        return type_

    def _shaped(
        self, where: str, schema: Schema, kinds: list[Any], called: str, side: _Side, key: tuple[str, _Side] | None
    ) -> Type:
        choices = [*_listed(schema.get("oneOf")), *_listed(schema.get("anyOf"))]
        if choices:
            return self._choice(where, schema, choices, called, side, key)
        if len(alike := _listed(schema.get("allOf"))) == 1 and not schema.get("properties"):
            return self._type(where, alike[0], called, side)
        if (values := _listed(schema.get("enum"))) and all(isinstance(one, str | None) for one in values):
            return self._enum(schema, [one for one in values if one is not None], called, key)
        if "array" in kinds or ("items" in schema and not kinds):
            return Type(item=self._type(where, schema.get("items"), f"{called} item", side))
        if alike or schema.get("properties"):
            return self._object(where, schema, called, side, key)
        if len(kinds) != 1 or kinds[0] not in _SCALARS:
            return self._scalar("JSON")
        return self._scalar(_FORMATS.get((kinds[0], schema.get("format", "")), _SCALARS[kinds[0]]))

    def _scalar(self, name: str) -> Type:
        if name in SCALARS:
            self._found.types.setdefault(name, ScalarDef(SCALARS[name]))
        return Type(name)

    def _name(self, called: str, key: tuple[str, _Side] | None) -> Type:
        """Return a type with a new name, under which it is known from now on."""
        if len(self._found.types) >= MOST_TYPES:
            raise DefinitionError(f"has more than {MOST_TYPES} types")
        type_ = Type(unused(type_name(called), {*self._found.types, "Query", "Mutation", "Subscription"}))
        if key is not None:
            self._named[key] = type_
        return type_

    def _enum(self, schema: Schema, values: list[str], called: str, key: tuple[str, _Side] | None) -> Type:
        names: dict[str, str] = {}
        for value in values:
            name = identifier(value)
            names[unused(f"{name}_" if name in {"true", "false", "null"} else name, names)] = value
        same = self._enums.get(tuple(values))
        if same is None:
            same = self._enums[tuple(values)] = self._name(called, key)
            self._found.types[same.name] = EnumDef(names, str(schema.get("description") or ""))
        return same

    def _object(self, where: str, schema: Schema, called: str, side: _Side, key: tuple[str, _Side] | None) -> Type:
        properties = list(self._properties(where, schema, side))
        if not properties:
            return self._scalar("JSON")
        required = set(self._required(where, schema))
        description = str(schema.get("description") or "")
        if side == "in":
            type_ = self._name(called if called.lower().endswith("input") else f"{called} input", key)
            given = self._found.types[type_.name] = InputDef({}, description)
            self._left.append(partial(self._fill_input, given, called, properties, required))
        else:
            type_ = self._name(called, key)
            made = self._found.types[type_.name] = ObjectDef({}, description=description)
            self._left.append(partial(self._fill, made, called, properties, required))
            if key is not None:
                self._left.append(partial(self._inheriting, where, schema, made, key[0]))
        return type_

    def _fill_input(self, given: InputDef, called: str, properties: _Properties, required: set[str]) -> None:
        for where, name, said in properties:
            inner = self._type(where, said, f"{called} {name}", "in")
            kept = name in required and "default" not in said
            given.fields[unused(identifier(name), given.fields)] = (inner if kept else inner.optional(), name)

    def _fill(self, made: ObjectDef, called: str, properties: _Properties, required: set[str]) -> None:
        for where, name, said in properties:
            inner = self._type(where, said, f"{called} {name}", "out")
            field = unused(identifier(name), made.fields)
            made.fields[field] = FieldDef(
                inner if name in required else inner.optional(),
                key="" if field == name else name,
                description=str(said.get("description") or ""),
            )

    def _inheriting(self, where: str, schema: Schema, made: ObjectDef, place: str) -> None:
        """Make an interface of *made* if other schemas extend it and a discriminator says which."""
        discriminator = schema.get("discriminator")
        if not isinstance(discriminator, dict) or not isinstance(discriminator.get("propertyName"), str):
            return
        schemas = self._documents.at(where).get("components", {}).get("schemas", {})
        types: dict[str, str] = {}
        mapping = {self._documents.place(where, {"$ref": to}): word for word, to in self._mapping(discriminator)}
        made.choice = Choice(discriminator["propertyName"], types)
        for name, other in schemas.items():
            bases = [part for part in _listed(other.get("allOf")) if isinstance(part, dict) and "$ref" in part]
            if place not in [self._documents.place(where, part) for part in bases]:
                continue
            reference = {"$ref": f"#/components/schemas/{name}"}
            child = self._type(where, reference, name, "out")
            definition = self._found.types.get(child.name)
            if isinstance(definition, ObjectDef) and definition is not made:
                definition.interfaces = (*definition.interfaces, self._named[(place, "out")].name)
                self._left.append(partial(_agree, definition, made))
                types[mapping.get(self._documents.place(where, reference), str(name))] = child.name
        if not types:
            made.choice = None

    @staticmethod
    def _mapping(discriminator: Schema) -> Iterator[tuple[str, str]]:
        for word, to in (discriminator.get("mapping") or {}).items():
            yield str(word), str(to) if "/" in str(to) or "#" in str(to) else f"#/components/schemas/{to}"

    def _choice(
        self, where: str, schema: Schema, choices: list[Any], called: str, side: _Side, key: tuple[str, _Side] | None
    ) -> Type:
        real = [one for one in choices if not (isinstance(one, dict) and one.get("type") == "null")]
        nullable = len(real) < len(choices)
        if len(real) == 1:
            only = self._type(where, real[0], called, side)
            return only.optional() if nullable else only
        if side == "in":
            return self._scalar("JSON")
        union = self._name(called, key)
        self._found.types[union.name] = made = UnionDef(Choice(), ())  # it may hold itself
        types = [self._type(where, one, f"{called} {number}", side) for number, one in enumerate(real, 1)]
        members = dict.fromkeys(type_.name for type_ in types)
        if len(members) == 1 and "" not in members:
            del self._found.types[union.name]
            return types[0].optional() if nullable else types[0]
        if not all(isinstance(self._found.types.get(name), ObjectDef) for name in members):
            del self._found.types[union.name]
            return self._scalar("JSON")
        made.members = tuple(members)
        made.description = str(schema.get("description") or "")
        self._left.append(partial(self._discriminate, made, where, schema, real, types))
        return union.optional() if nullable else union

    def _discriminate(self, made: UnionDef, where: str, schema: Schema, choices: list[Any], types: list[Type]) -> None:
        """Say how the types of a union are told apart: by a discriminator, or else by what they require."""
        discriminator = schema.get("discriminator")
        if isinstance(discriminator, dict) and isinstance(discriminator.get("propertyName"), str):
            places = [self._documents.place(where, one) if "$ref" in one else "" for one in choices]
            words = {self._documents.place(where, {"$ref": to}): word for word, to in self._mapping(discriminator)}
            named = {
                words.get(place, unquote(place.rpartition("/")[2])): type_.name
                for place, type_ in zip(places, types, strict=True)
            }
            made.choice = Choice(discriminator["propertyName"], named)
            return
        shapes: list[tuple[str, tuple[str, ...]]] = []
        for type_ in types:
            definition = self._found.types[type_.name]
            assert isinstance(definition, ObjectDef)
            needed = tuple(one.key or name for name, one in definition.fields.items() if one.type.required)
            shapes.append((type_.name, needed))
        made.choice = Choice(shapes=tuple(sorted(shapes, key=lambda shape: -len(shape[1]))))

    def _parts(self, where: str, schema: Schema, seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, Schema]]:
        """Yield the schemas that together are *schema* (`allOf`), and the documents that they stand in."""
        for part in _listed(schema.get("allOf")):
            if isinstance(part, dict):
                place = self._documents.place(where, part) if "$ref" in part else ""
                if place and place in seen:
                    raise DefinitionError(f"has a schema that is part of itself: {place}")
                there, target = self._documents.followed(where, part)
                yield from self._parts(there, target, seen | {place} if place else seen)
        yield where, schema

    def _properties(self, where: str, schema: Schema, side: _Side) -> Iterator[tuple[str, str, Schema]]:
        found: dict[str, tuple[str, Schema]] = {}
        for there, part in self._parts(where, schema):
            for name, said in (part.get("properties") or {}).items():
                found[str(name)] = (there, said if isinstance(said, dict) else {})
        hidden = "writeOnly" if side == "out" else "readOnly"
        for name, (there, said) in found.items():
            if not said.get(hidden):
                yield there, name, said

    def _required(self, where: str, schema: Schema) -> Iterator[str]:
        for _, part in self._parts(where, schema):
            yield from map(str, _listed(part.get("required")))


def _agree(definition: ObjectDef, interface: ObjectDef) -> None:
    """Give the fields of a type the types that they have in the *interface* which it implements."""
    definition.fields |= {name: field for name, field in interface.fields.items() if name in definition.fields}


def _json_of(said: Schema) -> object | None:
    """Return the schema of a body in JSON; `None` if it is in something else."""
    for kind, media in (said.get("content") or {}).items():
        plain = str(kind).partition(";")[0].strip().lower()
        if plain in {"application/json", "*/*", "application/*"} or plain.endswith("+json"):
            schema: object = (media or {}).get("schema", {})
            return schema
    return None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
