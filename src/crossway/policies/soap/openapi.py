"""An OpenAPI document (3.0 and 3.1) as operations of SOAP: what each asks and answers, and the call that it becomes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec
import yaml

from crossway.policies.soap.wsdl import Described, XsdSchema

_METHODS: Final = ("get", "put", "post", "delete", "patch")
_CLIENT_ERRORS: Final = re.compile(r"4[0-9]{2}")


class NotOpenApiError(ValueError):
    """A document is none that can be used."""


class Document:
    """An OpenAPI document."""

    def __init__(self, content: bytes) -> None:
        try:
            read = (
                msgspec.json.decode(content) if content.lstrip()[:1] == b"{" else yaml.load(content, yaml.CSafeLoader)
            )
        except (msgspec.DecodeError, yaml.YAMLError, UnicodeDecodeError, RecursionError):
            raise NotOpenApiError("it is neither JSON nor YAML") from None
        if not isinstance(read, Mapping) or not str(read.get("openapi", "")).startswith("3."):
            raise NotOpenApiError("it is no OpenAPI document of version 3")
        self._read = read
        servers = read.get("servers")
        url = servers[0].get("url", "") if isinstance(servers, list) and servers and _is_map(servers[0]) else ""
        self._prefix = urlsplit(str(url)).path.rstrip("/")
        self._components = _map(read.get("components"))

    @property
    def schemas(self) -> Mapping[str, XsdSchema]:
        """The schemas that others refer to."""
        return {name: _map(schema) for name, schema in _map(self._components.get("schemas")).items()}

    def operations(self) -> Iterator[tuple[str, Described, dict[str, object]]]:
        """Yield the name of each operation, what it asks and answers, and the call as settings without its service."""
        for path, item in _map(self._read.get("paths")).items():
            shared = self._parameters(_map(item))
            for method in _METHODS:
                if _is_map(said := _map(item).get(method)):
                    operation = _map(said)
                    name = str(operation.get("operationId") or f"{method}{path}")
                    name = re.sub(r"\W+", "_", name).strip("_")
                    yield name, *self._operation(f"{self._prefix}{path}", method, operation, shared)

    def _operation(
        self, path: str, method: str, operation: XsdSchema, shared: Mapping[tuple[str, str], XsdSchema]
    ) -> tuple[Described, dict[str, object]]:
        properties: dict[str, object] = {}
        required: list[str] = []
        query: dict[str, str] = {}
        headers: dict[str, str] = {}
        for (name, place), parameter in {**shared, **self._parameters(operation)}.items():
            element = re.sub(r"[^\w.-]", "_", name)
            if place == "cookie":
                continue
            properties[element] = parameter.get("schema", {"type": "string"})
            if parameter.get("required") or place == "path":
                required.append(element)
            expression = f'params."{element}"'
            if place == "path":
                path = path.replace(f"{{{name}}}", f"\0{expression}\1")
            elif place == "query":
                query[name] = f"{{{expression}}}"
            else:
                headers[name.lower()] = f"{{{expression}}}"
        call: dict[str, object] = {"method": method.upper(), "path": path.replace("\0", "{").replace("\1", "}")}
        if (body := self._content(self._resolved(operation.get("requestBody")))) is not None:
            properties["body"] = body
            required.append("body")
            call["body"] = "params.body"
        answers = {str(status): self._resolved(said) for status, said in _map(operation.get("responses")).items()}
        good = next((said for status, said in answers.items() if status.startswith("2")), {})
        result = self._content(good)
        if query:
            call["query"] = query
        if headers:
            call["headers"] = headers
        call["answer"] = {"result": "body"} if result is not None else {}
        response = {"type": "object", "properties": {} if result is None else {"result": result}}
        told = str(operation.get("summary") or operation.get("description") or "")[:500]
        request = {"type": "object", "properties": properties, "required": required}
        return Described(request, response, documentation=told), call

    def _parameters(self, item: XsdSchema) -> dict[tuple[str, str], XsdSchema]:
        given = item.get("parameters")
        found = [self._resolved(each) for each in given] if isinstance(given, list) else []
        return {(str(each.get("name")), str(each.get("in"))): each for each in found}

    def _content(self, message: XsdSchema) -> XsdSchema | None:
        """Return the schema of a body of JSON; nothing if there is none."""
        for kind, said in _map(message.get("content")).items():
            if "json" in kind:
                return _map(_map(said).get("schema"))
        return None

    def _resolved(self, value: object) -> XsdSchema:
        """Return what a reference to a component means, or what stands there itself."""
        found = _map(value)
        reference = str(found.get("$ref", ""))
        if not reference.startswith("#/components/"):
            return found
        _, _, kind, name = reference.split("/", 3)
        return _map(_map(self._components.get(kind)).get(name))


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def _map(value: object) -> XsdSchema:
    return value if isinstance(value, Mapping) else {}
