"""gRPC for services that speak REST with JSON, by the rules of `google.api.http`.

Law: a call is answered with a status of gRPC, whoever it is that refuses it. What a client says in a field stays within
the part of the path, or the query, that the rule gives to it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import quote, urlencode

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from crossway.model.rpc import Binding, GrpcPlan, RestCall
from crossway.runtime import grpc
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.rpc import COMPRESSED, frame
from crossway.runtime.transcoding.lines import items
from crossway.runtime.transcoding.messages import (
    DEADLINE_EXCEEDED,
    INTERNAL,
    INVALID_ARGUMENT,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    UNIMPLEMENTED,
    UNKNOWN,
    Method,
    Refusal,
    decompressed,
    framed,
    methods,
    single,
    translated,
)
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

HTTP_BODY: Final = "google.api.HttpBody"
"""The message that is a body as it is, with its content type."""
LONGEST_DETAIL: Final = 1_024
"""How many characters of what a service says of a failure the client is told: it is a header."""
STATUSES: Final = {
    400: INVALID_ARGUMENT,
    401: 16,
    403: 7,
    404: 5,
    405: UNIMPLEMENTED,
    408: DEADLINE_EXCEEDED,
    409: 10,
    410: 5,
    412: 9,
    413: RESOURCE_EXHAUSTED,
    416: 11,
    422: INVALID_ARGUMENT,
    429: RESOURCE_EXHAUSTED,
    499: 1,
    500: INTERNAL,
    501: UNIMPLEMENTED,
    502: UNAVAILABLE,
    503: UNAVAILABLE,
    504: DEADLINE_EXCEEDED,
}
"""The statuses of gRPC for those of HTTP, `google/rpc/code.proto` read backwards; `UNKNOWN` for others."""

_UNSENT: Final = frozenset(
    {"accept", "accept-encoding", "content-length", "content-type", "grpc-accept-encoding", "grpc-encoding", "te"}
)
_UNTOLD: Final = frozenset({"content-encoding", "content-length", "content-type", "grpc-status", "grpc-message"})
_UNITS: Final = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_TIMEOUT: Final = re.compile(r"([0-9]{1,8})([HMSmun])")

_Value: TypeAlias = "dict[str, object]"


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    del about, tools  # it calls nobody but the route's own service
    plan = GrpcPlan.model_validate_json(settings)
    services = {path.split("/")[1] for path in plan.calls}
    known = methods(base64.b64decode(plan.descriptors), services)
    calls = {path: _Call(known[path], call, plan) for path, call in plan.calls.items()}

    async def handle(request: Request, call_next: Next) -> Response:
        if not grpc.is_grpc(request.headers.get("content-type") or ""):
            return await call_next(request)
        call = calls.get(request.path)
        try:
            if call is None:
                raise Refusal(UNIMPLEMENTED, f"there is no method {request.path[:200]}")
            async with asyncio.timeout(within) if (within := _within(request)) is not None else nullcontext():
                return await call(request, call_next)
        except Refusal as refusal:
            return _refused(refusal)
        except TimeoutError:
            return _refused(Refusal(DEADLINE_EXCEEDED, "the service did not answer in time"))
        except ConnectionError:
            return _refused(Refusal(UNAVAILABLE, "the service gave no answer"))

    return handle


def _within(request: Request) -> float | None:
    """Return how many seconds the call may take; `None` where the client does not say."""
    said = request.headers.get("grpc-timeout")
    if said is None:
        return None
    if (found := _TIMEOUT.fullmatch(said)) is None:
        raise Refusal(INTERNAL, "grpc-timeout is a number of at most 8 digits with a unit")
    return int(found[1]) * _UNITS[found[2]]


def _refused(refusal: Refusal) -> Response:
    headers = {
        "content-type": "application/grpc",
        "grpc-status": str(refusal.code),
        "grpc-message": grpc.quoted(refusal.detail),
    }
    return Response(200, headers)


class _Call:
    """How calls of one method are made."""

    def __init__(self, method: Method, call: RestCall, plan: GrpcPlan) -> None:
        self._method, self._call, self._plan = method, call, plan
        self._patterns = [re.compile(each.pattern) for each in call.path if isinstance(each, Binding)]

    async def __call__(self, request: Request, call_next: Next) -> Response:
        """Return the answer in gRPC to *request* in it; raises `Refusal`."""
        asked = await self._asked(request)
        answer = await call_next(asked)
        if not 200 <= answer.status < 300:
            raise await _failure(answer)
        headers = Headers(item for item in answer.headers.items() if item[0] not in _UNTOLD)
        headers["content-type"] = "application/grpc"
        kind = (answer.headers.get("content-type") or "").partition(";")[0].strip().lower()
        if answer.headers.get("content-encoding") not in (None, "identity"):
            raise Refusal(INTERNAL, "the service compresses what it was not asked to")
        response = Response(200, headers)
        if self._method.server_streaming:
            response.body = self._streamed(response, answer, kind)
            return response
        response.body = frame(await self._message(await _whole(answer, self._plan.max_size), kind))
        response.trailers["grpc-status"] = "0"
        return response

    async def _streamed(self, response: Response, answer: Response, kind: str) -> AsyncIterator[bytes]:
        """Yield the messages of *answer*, and say how it ended in the trailers of *response*."""
        try:
            async for data in items(answer.stream(), kind, self._plan.max_size):
                yield frame(await self._message(data, "application/json"))
            refusal = None
        except Refusal as error:
            refusal = error
        except ConnectionError:
            refusal = Refusal(UNAVAILABLE, "the service broke off its answer")
        response.trailers["grpc-status"] = str(refusal.code) if refusal is not None else "0"
        if refusal is not None:
            response.trailers["grpc-message"] = grpc.quoted(refusal.detail)

    async def _message(self, data: bytes, kind: str) -> bytes:
        """Return the answer that the body *data* is."""
        if self._method.output.DESCRIPTOR.full_name == HTTP_BODY:
            return self._method.output(content_type=kind, data=data).SerializeToString()
        if data and kind != "application/json" and not kind.endswith("+json"):
            raise Refusal(INTERNAL, f"the service answers with {kind[:100] or 'no content type'}, and not with JSON")
        return await translated(len(data), lambda: self._read(data))

    def _read(self, data: bytes) -> bytes:
        message = self._method.output()
        try:
            if data:
                value = json.loads(data, object_pairs_hook=_once)
                named = {self._call.response_body: value} if self._call.response_body else value
                if not isinstance(named, dict):
                    raise ValueError("it is no object")
                json_format.ParseDict(named, message, True, self._method.pool)
            return message.SerializeToString()
        except (json_format.Error, ValueError, TypeError, RecursionError) as error:
            name = self._method.output.DESCRIPTOR.full_name
            raise Refusal(INTERNAL, f"the answer of the service is no {name}: {str(error)[:300]}") from None

    async def _asked(self, request: Request) -> Request:
        """Return the call as the service has it."""
        headers = Headers(item for item in request.headers.items() if item[0] not in _UNSENT)
        headers.discard("grpc-timeout")
        headers["accept"] = "application/json"
        headers["accept-encoding"] = "identity"
        messages = self._messages(request)
        if self._method.client_streaming:
            headers["content-type"] = "application/x-ndjson"
            (path,) = self._call.path
            return Request(self._call.verb, str(path), headers, self._lines(messages))
        data = await single(messages, INVALID_ARGUMENT)
        target, kind, body = await translated(len(data), lambda: self._parts(data))
        if kind:
            headers["content-type"] = kind
        return Request(self._call.verb, target, headers, body)

    async def _messages(self, request: Request) -> AsyncIterator[bytes]:
        encoding = request.headers.get("grpc-encoding") or ""
        async for flags, data in framed(request.stream(), self._plan.max_size, INVALID_ARGUMENT):
            yield decompressed(data, encoding, self._plan.max_size) if flags & COMPRESSED else data

    async def _lines(self, messages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for data in messages:
            yield await translated(len(data), partial(self._line, data))

    def _line(self, data: bytes) -> bytes:
        return _json(self._value(self._parsed(data))) + b"\n"

    def _parsed(self, data: bytes) -> Message:
        try:
            return self._method.input.FromString(data)
        except DecodeError:
            name = self._method.input.DESCRIPTOR.full_name
            raise Refusal(INVALID_ARGUMENT, f"the message is no {name}") from None

    def _value(self, message: Message) -> _Value:
        try:
            value: _Value = json_format.MessageToDict(
                message,
                always_print_fields_with_no_presence=self._plan.emit_defaults,
                preserving_proto_field_name=self._plan.proto_names,
                descriptor_pool=self._method.pool,
            )
        except (json_format.Error, ValueError, TypeError) as error:
            raise Refusal(INVALID_ARGUMENT, f"the message cannot be written as JSON: {str(error)[:300]}") from None
        return value

    def _parts(self, data: bytes) -> tuple[str, str, bytes]:
        """Return the target, the content type and the body of the request that the message *data* is."""
        message = self._parsed(data)
        patterns = iter(self._patterns)
        path = "".join(
            _segment(message, piece.field, next(patterns)) if isinstance(piece, Binding) else piece
            for piece in self._call.path
        )
        for piece in self._call.path:
            if isinstance(piece, Binding):
                _clear(message, piece.field.split("."))
        kind, body = self._body(message)
        query = urlencode(list(_flat(self._value(message), ""))) if self._call.body != "*" else ""
        return f"{path}?{query}" if query else path, kind, body

    def _body(self, message: Message) -> tuple[str, bytes]:
        """Return the content type and the body that *message* has, and clear the field that it stands in."""
        name = self._call.body
        if not name:
            return "", b""
        if name == "*":
            if message.DESCRIPTOR.full_name == HTTP_BODY:
                return _raw(message)
            return "application/json", _json(self._value(message))
        content = getattr(message, name)
        if isinstance(content, Message):
            if content.DESCRIPTOR.full_name == HTTP_BODY:
                kind, body = _raw(content)
            else:
                kind, body = "application/json", _json(self._value(content))
        else:
            alone = type(message)()
            alone.CopyFrom(message)
            for field, _ in message.ListFields():
                if field.name != name:
                    alone.ClearField(field.name)
            kind, body = "application/json", _json(next(iter(self._value(alone).values()), None))
        message.ClearField(name)
        return kind, body


async def _whole(answer: Response, largest: int) -> bytes:
    try:
        return await answer.read(largest)
    except BodyTooLarge:
        raise Refusal(RESOURCE_EXHAUSTED, f"the answer of the service has more than {largest} bytes") from None


async def _failure(answer: Response) -> Refusal:
    """Return the status of gRPC that an *answer* stands for, with what its body says."""
    code = STATUSES.get(answer.status, UNKNOWN)
    said = ""
    try:
        body = await answer.read(65_536)
        value = json.loads(body) if "json" in (answer.headers.get("content-type") or "") else None
        if isinstance(value, dict):
            value = value["error"] if isinstance(value.get("error"), dict) else value
            said = next((text for key in _SAYING if isinstance(text := value.get(key), str)), "")
            number = value.get("code")
            if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= 16:
                code = number  # a `google.rpc.Status`
        elif (answer.headers.get("content-type") or "").startswith("text/plain"):
            said = body.decode(errors="replace")
    except (BodyTooLarge, ConnectionError, ValueError):
        pass  # the status says enough
    return Refusal(code, said.strip()[:LONGEST_DETAIL] or f"the service answered with the status {answer.status}")


_SAYING: Final = ("message", "detail", "error_description", "error", "title")
"""Where bodies of errors say what is wrong: google.rpc.Status, problem details (RFC 9457), OAuth."""


def _once(pairs: list[tuple[str, object]]) -> _Value:
    """Return an object; `ValueError` if a key stands there twice."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands there twice")
    return value


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _raw(body: Message) -> tuple[str, bytes]:
    """Return the content type and the data of a `google.api.HttpBody`."""
    fields = {field.name: content for field, content in body.ListFields()}
    kind, data = fields.get("content_type", ""), fields.get("data", b"")
    if re.fullmatch(r"[\x20-\x7e]*", str(kind)) is None:
        raise Refusal(INVALID_ARGUMENT, "the content type is none")
    return str(kind) or "application/octet-stream", bytes(data)


def _segment(message: Message, path: str, pattern: re.Pattern[str]) -> str:
    """Return what stands in the field at *path*, as it stands in a URL."""
    *outer, name = path.split(".")
    for step in outer:
        message = getattr(message, step)
    text = _text(message, name)
    if pattern.fullmatch(text) is None or any(step in ("", ".", "..") for step in text.split("/")):
        raise Refusal(INVALID_ARGUMENT, f"the field {path} does not fit into the path")
    return quote(text, safe="/")


def _text(message: Message, name: str) -> str:
    """Return the scalar in the field *name* as JSON has it."""
    value = getattr(message, name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.urlsafe_b64encode(value).decode()
    kind = message.DESCRIPTOR.fields_by_name[name].enum_type
    if kind is not None and value in kind.values_by_number:
        return kind.values_by_number[value].name
    return str(value)


def _clear(message: Message, path: list[str]) -> None:
    """Take the field at *path* out of *message*, and each message around it that has nothing else."""
    name, *inner = path
    if inner:
        _clear(getattr(message, name), inner)
        if getattr(message, name).ListFields():
            return
    message.ClearField(name)


def _flat(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a query that *value* is: fields of fields with dots between, lists as repeated names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                raise Refusal(INVALID_ARGUMENT, f"the field {name} is a list of messages, which no query can say")
            yield from _flat(item, name)
    elif value is not None:
        yield name, ("true" if value else "false") if isinstance(value, bool) else str(value)
