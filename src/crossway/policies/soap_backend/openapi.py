"""The REST API of a service that speaks SOAP, as OpenAPI 3.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from crossway.compile.wsdl import Described
from crossway.model.messages import ANY_KEY, TEXT_KEY, TYPE_KEY, UNBOUNDED, Element, Field, Operation, Type
from crossway.model.soap import RestRoute

_BODILESS: Final = frozenset({"GET", "HEAD", "DELETE"})
_TYPES: Final[Mapping[str, Mapping[str, object]]] = {
    "string": {"type": "string"},
    "token": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "double": {"type": "number"},
    "base64": {"type": "string", "contentEncoding": "base64"},
    "anything": {},
}
_PROBLEM: Final[Mapping[str, object]] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "code", "detail", "request_id")},
        "status": {"type": "integer"},
        "fault": {
            "type": "object",
            "properties": {
                **{name: {"type": "string"} for name in ("code", "name", "actor")},
                "subcodes": {"type": "array", "items": {"type": "string"}},
                "detail": {"type": "object"},
            },
        },
    },
}


def document(described: Described, routes: Iterable[RestRoute], faults: Mapping[str, int]) -> dict[str, object]:
    """Return the description of *routes*, where *faults* have statuses of their own."""
    schemas = _Schemas(described)
    paths: dict[str, dict[str, object]] = {}
    for route in routes:
        operation = described.contract.operations[route.operation]
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(schemas, route, operation, faults)
    return {
        "openapi": "3.1.0",
        "info": {"title": described.contract.name, "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Problem": _PROBLEM, **schemas.named()}},
    }


def _operation(
    schemas: _Schemas, route: RestRoute, operation: Operation, faults: Mapping[str, int]
) -> dict[str, object]:
    made: dict[str, object] = {"operationId": route.operation}
    if operation.documentation:
        made["description"] = operation.documentation
    in_path = re.findall(r"\{([^}]+)\}", route.path)
    parameters: list[object] = [
        {"name": name, "in": "path", "required": True, "schema": schemas.at(operation.input, name)} for name in in_path
    ]
    if route.method in _BODILESS:
        parameters += schemas.parameters(operation.input, in_path)
    else:
        content = {"application/json": {"schema": schemas.of(operation.input.type)}}
        made["requestBody"] = {"required": True, "content": content}
    if parameters:
        made["parameters"] = parameters
    answers: dict[str, object] = {"202": {"description": "The message was taken"}}
    if operation.output is not None:
        content = {"application/json": {"schema": schemas.of(operation.output.type)}}
        answers = {"200": {"description": "The answer", "content": content}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told: dict[int, list[str]] = {400: ["The request is refused"], 502: ["The service has failed"]}
    for fault in operation.faults:
        status = faults.get(fault.name, faults.get(fault.tag.rpartition("}")[2]))
        if status is not None:
            told.setdefault(status, []).append(fault.name)
    for status, names in sorted(told.items()):
        answers[str(status)] = {"description": ", ".join(names), "content": problem}
    return {**made, "responses": answers}


class _Schemas:
    """The table of types in JSON Schema: those with a name stand under it."""

    def __init__(self, described: Described) -> None:
        self._types = described.contract.types
        self._formats = described.schemas.formats
        self._names: dict[int, str] = {}
        self._made: dict[str, dict[str, object]] = {}

    def named(self) -> dict[str, dict[str, object]]:
        """Return the schemas that others refer to."""
        return dict(sorted(self._made.items()))

    def of(self, number: int) -> Mapping[str, object]:
        """Return the schema of the type with this *number*, or a reference to it."""
        kind = self._types[number]
        if not kind.fields and not kind.attributes and kind.kind:
            return self._text(number, kind)
        if number not in self._names:
            wanted = re.sub(r"\W", "_", kind.name.rpartition("}")[2]) or f"Type{number}"
            name = wanted if wanted not in {"Problem", *self._made} else f"{wanted}_{number}"
            self._names[number] = name
            self._made[name] = {}
            self._made[name] = self._with_heirs(kind)
        return {"$ref": f"#/components/schemas/{self._names[number]}"}

    def at(self, element: Element, path: str) -> Mapping[str, object]:
        """Return the schema of the field that `order.id` leads to, of *element*."""
        number = element.type
        for word in path.split("."):
            found = next((field for field in self._types[number].fields if field.key == word), None)
            if found is None:
                return {"type": "string"}
            number = found.type
        return self.of(number)

    def parameters(self, element: Element, but: Iterable[str]) -> list[object]:
        """Return the parameters of a query that stand for the fields of *element*."""
        return [
            {"name": field.key, "in": "query", "required": field.least > 0, "schema": self._field(field)}
            for field in self._types[element.type].fields
            if field.key not in but and not self._types[field.type].fields
        ]

    def _text(self, number: int, kind: Type) -> Mapping[str, object]:
        made = {**_TYPES[kind.kind], **self._formats.get(number, {})}
        if kind.values:
            made["enum"] = [int(value) if kind.kind == "integer" else value for value in kind.values]
        return {"type": "array", "items": made} if kind.listed else made

    def _with_heirs(self, kind: Type) -> dict[str, object]:
        own = self._object(kind)
        if not kind.derived:
            return own
        heirs = [
            {"allOf": [self.of(number), {"required": [TYPE_KEY], "properties": {TYPE_KEY: {"const": name}}}]}
            for name, number in kind.derived.items()
        ]
        return {"anyOf": [*([] if kind.abstract else [own]), *heirs]}

    def _object(self, kind: Type) -> dict[str, object]:
        properties: dict[str, object] = {field.key: self._field(field) for field in kind.attributes}
        properties |= {field.key: self._field(field) for field in kind.fields}
        if kind.kind or kind.mixed:
            properties[TEXT_KEY] = _TYPES[kind.kind or "string"]
        if kind.open:
            properties[ANY_KEY] = {"type": "array", "items": {"type": "object"}}
        required = [field.key for field in (*kind.attributes, *kind.fields) if field.least and not field.fixed]
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}

    def _field(self, field: Field) -> Mapping[str, object]:
        schema = self.of(field.type)
        if field.nillable:
            schema = {"anyOf": [schema, {"type": "null"}]}
        if field.most == 1:
            return schema
        made: dict[str, object] = {"type": "array", "items": schema}
        if field.least:
            made["minItems"] = field.least
        if field.most != UNBOUNDED:
            made["maxItems"] = field.most
        return made
