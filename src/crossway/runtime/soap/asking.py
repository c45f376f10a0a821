"""What a client of REST asks: which operation, and what of the request is which element."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast
from urllib.parse import parse_qsl, unquote

import msgspec

from crossway.model.soap import RestRoute
from crossway.runtime.problem import problem
from crossway.runtime.soap.attachments import Attached
from crossway.runtime.soap.values import Value
from crossway.sdk.http import BodyTooLarge, Request

ATTACHMENTS: Final = "#attachments"
"""The key of what is attached to a message and stands in no element."""
_MULTIPART: Final = "multipart/form-data"
_BODILESS: Final = frozenset({"GET", "HEAD", "DELETE"})
_MOST_FIELDS: Final = 1000
_DEEPEST: Final = 16
"""How many words the name of a parameter may have."""
_decode: Final = msgspec.json.Decoder(float_hook=Decimal).decode


class RefusedError(Exception):
    """The client gets a problem."""

    def __init__(self, status: int, code: str, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.answer = problem(status, f"soap_backend.{code}", f"{detail[:1].upper()}{detail[1:]}.", **more)


class Ways:
    """The ways to operations: those without fields in their paths are tried first."""

    def __init__(self, routes: Iterable[RestRoute]) -> None:
        found: dict[str, dict[str, str]] = {}
        for route in routes:
            found.setdefault(route.path, {})[route.method] = route.operation
        for operations in found.values():
            if "GET" in operations:
                operations.setdefault("HEAD", operations["GET"])
        self._ways = [_way(path, found[path]) for path in sorted(found, key=lambda path: (path.count("{"), path))]

    def find(self, request: Request) -> tuple[str, dict[str, str]]:
        """Return the operation that *request* is for, and the fields in its path; raise `RefusedError`."""
        allowed: set[str] = set()
        for way in self._ways:
            if found := way.pattern.fullmatch(request.path):
                if name := way.operations.get(request.method):
                    return name, {key: unquote(text) for key, text in zip(way.fields, found.groups(), strict=True)}
                allowed |= way.operations.keys()
        if not allowed:
            raise RefusedError(404, "not_found", f"no operation stands at {request.path[:200]}")
        refusal = RefusedError(405, "method", f"it takes {', '.join(sorted(allowed))} here")
        refusal.answer.headers["allow"] = ", ".join(sorted(allowed))
        raise refusal


@dataclass(frozen=True, slots=True)
class _Way:
    """A path with fields in it, and the operations that it leads to, by method."""

    pattern: re.Pattern[str]
    fields: tuple[str, ...]
    operations: dict[str, str]


def _way(path: str, operations: dict[str, str]) -> _Way:
    fields = tuple(re.findall(r"\{([^}]+)\}", path))
    pattern = "([^/]+)".join(re.escape(piece) for piece in re.split(r"\{[^}]+\}", path))
    return _Way(re.compile(pattern), fields, operations)


async def asked(request: Request, fields: dict[str, str], largest: int) -> Value:
    """Return what *request* says as JSON: its body, with what stands in the query, and the *fields* of its path.

    Raises `RefusedError`.
    """
    value: Value = {}
    if request.method not in _BODILESS:
        try:
            content = await request.read(largest)
        except BodyTooLarge:
            raise RefusedError(413, "request_too_large", f"the body has more than {largest} bytes") from None
        value = _body(request, content)
    pairs = parse_qsl(request.query, keep_blank_values=True) if request.query else []
    if not (pairs or fields):
        return value
    if not isinstance(value, dict):
        raise RefusedError(400, "malformed_request", "the body is no JSON object")
    given: dict[str, list[str]] = {}
    for key, text in pairs:
        given.setdefault(key, []).append(text)
    try:
        for key, texts in given.items():
            _put(value, key, cast("Value", texts if len(texts) > 1 else texts[0]))
        for key, text in fields.items():
            _put(value, key, text)
    except ValueError as error:
        raise RefusedError(400, "malformed_request", str(error)) from None
    return value


def _body(request: Request, content: bytes) -> Value:
    content_type = request.headers.get("content-type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    if not content:
        return {}
    if kind == _MULTIPART:
        return _form(content, content_type)
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise RefusedError(415, "media_type", f"the body is {kind[:100]}, not application/json or {_MULTIPART}")
    try:
        value: Value = _decode(content)
    except RecursionError:
        raise RefusedError(400, "malformed_request", "the body is nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError):
        raise RefusedError(400, "malformed_request", "the body is not valid JSON") from None
    return value


def _form(content: bytes, content_type: str) -> Value:
    from crossway.model.conversion import Files, FormToJson  # what few need takes memory only then
    from crossway.runtime.converting.form import read_form
    from crossway.runtime.converting.refusal import Refusal

    settings = FormToJson(files=Files.BASE64)
    try:
        found = cast("dict[str, Value]", read_form(content, content_type, settings, max_items=_MOST_FIELDS))
        value: dict[str, Value] = {}
        for key, item in found.items():
            _put(value, key, [_file(each) for each in item] if isinstance(item, list) else _file(item))
    except (Refusal, ValueError) as error:
        detail = error.detail if isinstance(error, Refusal) else str(error)
        raise RefusedError(400, "malformed_request", detail) from None
    return value


def _file(item: Value) -> Value:
    return item["base64"] if isinstance(item, dict) else item


def _put(value: dict[str, Value], key: str, item: Value) -> None:
    """Put *item* where *key* says, `order.id`, into *value*."""
    *outer, last = key.split(".") if key.count(".") < _DEEPEST else [key]
    for word in outer:
        inner = value.setdefault(word, {})
        if not isinstance(inner, dict):
            raise ValueError(f"the parameter {key[:100]} leads into {word[:100]}, which is no object")
        value = inner
    value[last] = item


def attached(value: Value) -> list[Attached]:
    """Take what is to be attached out of *value*."""
    given = value.pop(ATTACHMENTS, []) if isinstance(value, dict) else []
    try:
        return [
            Attached(
                _header_text(each.get("id", str(number))),
                _header_text(each.get("content_type", "application/octet-stream")),
                base64.b64decode(each["base64"], validate=True),
            )
            for number, each in enumerate(cast("list[dict[str, str]]", given), 1)
        ]
    except (AttributeError, KeyError, TypeError, binascii.Error, ValueError):
        detail = f"{ATTACHMENTS} is a list of objects with base64, and id and content_type if need be"
        raise RefusedError(400, "malformed_request", detail) from None


def _header_text(text: str) -> str:
    if not re.fullmatch(r"[!#-;=?-~ ]{1,200}", text):
        raise ValueError("this cannot stand in a header")
    return text
