"""Operations of services, ready to be called: what arguments become of a request, and what is left of the answer."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Final

from crossway.model.graphql_plan import Operation, Parameter
from crossway.runtime.composing.answers import read_json
from crossway.runtime.composing.expressions import UnfitError, as_text, encode, escaped, header_value, segment
from crossway.runtime.rpc import GRPC, HTTP_STATUSES, OK, Method, frame, status
from crossway.sdk.http import Headers, Request, Response

LONGEST_TARGET: Final = 32_768
"""The characters of path and query of a call: more than servers take."""
JSON: Final = "application/json"
_SEPARATORS: Final = {"comma": ",", "space": "%20", "pipe": "%7C"}
_ACCEPT: Final = ("accept", JSON)


class CallError(Exception):
    """A call has no value to give: why, with a code, and what else clients may know."""

    def __init__(self, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.code, self.message, self.more = code, message, more


class Call:
    """One operation of a service over HTTP."""

    __slots__ = ("_body", "_headers", "_path", "_query", "is_safe", "method", "operation", "service")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.service = operation.service
        self.method = operation.method
        self.is_safe = operation.is_safe
        by_place: dict[str, list[Parameter]] = {"path": [], "query": [], "header": []}
        for parameter in operation.parameters:
            by_place[parameter.place].append(parameter)
        arguments = {parameter.name: parameter.argument for parameter in by_place["path"]}
        pieces = re.split(r"\{([^}]*)\}", operation.path)
        self._path = [(pieces[0], "")]
        for variable, text in zip(pieces[1::2], pieces[2::2], strict=True):
            self._path.append((text, arguments[variable]))
        self._query = [(one.argument, escaped(one.name), _query(one)) for one in by_place["query"]]
        self._headers = [(one.argument, one.name.lower()) for one in by_place["header"]]
        self._body = operation.body

    def request(self, arguments: Mapping[str, object], forwarded: list[tuple[str, str]]) -> Request:
        """Return the call with *arguments*; `UnfitError` if they cannot be sent."""
        target, *others = self._path
        text = target[0]
        for piece, argument in others:
            text += _path_value(arguments.get(argument)) + piece
        if self._query:
            parts: list[str] = []
            for argument, name, write in self._query:
                if (value := arguments.get(argument)) is not None:
                    parts.extend(write(name, value))
            if parts:
                text += "?" + "&".join(parts)
        if len(text) > LONGEST_TARGET:
            raise UnfitError(f"path and query have more than {LONGEST_TARGET} characters")
        fields = [*forwarded, _ACCEPT]
        for argument, name in self._headers:
            if (value := arguments.get(argument)) is not None:
                fields.append((name, header_value(_joined(value, ",", str))))
        body = b""
        if self._body and arguments.get(self._body) is not None:
            body = encode(arguments[self._body])
            fields.append(("content-type", JSON))
        return Request(self.method, text, Headers.of(fields), body)

    def value(self, response: Response) -> object:
        """Return what a service has said; `CallError` if that is no answer to the call."""
        if response.status >= 400:
            message = f"The service {self.operation.source} answered with status {response.status}."
            raise CallError("DOWNSTREAM_SERVICE_ERROR", message, status=response.status)
        if self.operation.is_empty:
            return True
        if self.operation.is_text:
            return response.text
        if not response.body:
            return None
        try:
            return read_json(response.body)
        except ValueError as error:
            message = f"The answer of the service {self.operation.source} {error}."
            raise CallError("DOWNSTREAM_SERVICE_MALFORMED", message) from None


class RpcCall(Call):
    """One operation of a service in gRPC."""

    __slots__ = ("_descriptors", "_fields", "_made")

    def __init__(self, operation: Operation, descriptors: str) -> None:
        super().__init__(operation)
        self._descriptors = descriptors
        self._fields = [(parameter.argument, parameter.name) for parameter in operation.parameters]
        self._made: Method | None = None

    @property
    def _method(self) -> Method:
        if self._made is None:  # most operations of a service are never called
            self._made = Method(base64.b64decode(self._descriptors), self.operation.path[1:])
        return self._made

    def request(self, arguments: Mapping[str, object], forwarded: list[tuple[str, str]]) -> Request:
        """Return the call with *arguments*; `UnfitError` if they are no message."""
        value = {name: arguments[argument] for argument, name in self._fields if arguments.get(argument) is not None}
        try:
            message = self._method.encode(value)
        except ValueError as error:
            raise UnfitError(f"its message cannot be made: {error}") from None
        fields = [*forwarded, ("content-type", GRPC), ("te", "trailers")]
        return Request("POST", self._method.path, Headers.of(fields), frame(message))

    def value(self, response: Response) -> object:
        """Return what a service has said; `CallError` if it has refused, or said what is no answer."""
        number, _ = status(response)
        if number != OK:
            http = HTTP_STATUSES[number] if number < len(HTTP_STATUSES) else 500
            message = f"The service {self.operation.source} answered with the status {number} of gRPC."
            raise CallError("DOWNSTREAM_SERVICE_ERROR", message, status=http, grpcStatus=number)
        if self.operation.is_empty:
            return True
        try:
            return self._method.decode(unframed(response.body))
        except ValueError:
            message = f"The answer of the service {self.operation.source} is not the message it ought to be."
            raise CallError("DOWNSTREAM_SERVICE_MALFORMED", message) from None


def unframed(body: bytes) -> bytes:
    """Return the one message that *body* is; `ValueError` if it is anything else."""
    if len(body) < 5 or body[0] or int.from_bytes(body[1:5], "big") != len(body) - 5:
        raise ValueError("it is not one message")
    return body[5:]


def _text(value: object) -> str:
    text = as_text(value)
    return "null" if text is None else text


def _path_value(value: object) -> str:
    return _joined(value, ",", segment)


def _joined(value: object, separator: str, write: Callable[[str], str]) -> str:
    if isinstance(value, list):
        return separator.join(write(_text(item)) for item in value)
    if isinstance(value, dict):
        return encode(value).decode()
    return write(_text(value))


def _query(parameter: Parameter) -> Callable[[str, object], list[str]]:
    """Return what writes a parameter of the query: OpenAPI 3.1, style values."""
    style = parameter.style
    if style == "json":
        return lambda name, value: [f"{name}={escaped(encode(value).decode())}"]
    if style == "deep":
        return _deep
    if style == "form":
        return _form
    separator = _SEPARATORS[style]
    return lambda name, value: [f"{name}={_joined(value, separator, escaped)}"]


def _form(name: str, value: object) -> list[str]:
    if isinstance(value, list):
        return [f"{name}={item if type(item) is int else escaped(_text(item))}" for item in value]
    if isinstance(value, dict):
        return [f"{escaped(key)}={escaped(_text(item))}" for key, item in value.items()]
    return [f"{name}={escaped(_text(value))}"]


def _deep(name: str, value: object) -> list[str]:
    if not isinstance(value, dict):
        raise UnfitError(f"{name} is no object")
    return [f"{name}%5B{escaped(key)}%5D={escaped(_text(item))}" for key, item in value.items()]
