"""Connect for gRPC services (https://connectrpc.com/docs/protocol).

Law: a call is answered in Connect, whoever it is that refuses it. Everything that is none passes as it is.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Final
from urllib.parse import parse_qs, unquote

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from crossway.model.rpc import ConnectPlan
from crossway.runtime import grpc
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.rpc import COMPRESSED, HTTP_STATUSES, OK, frame, status
from crossway.runtime.transcoding.messages import (
    CODES,
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
    from_json,
    methods,
    to_json,
    translated,
)
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

END: Final = 0x02
"""The flag of the message that ends a stream, and says how."""

_DETAILS: Final = 3
"""The number of the field `details` of a `google.rpc.Status`."""
_UNARY: Final = {"application/json": "json", "application/proto": "proto"}
_STREAM: Final = {"application/connect+json": "json", "application/connect+proto": "proto"}
_OF_CONNECT: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connect-accept-encoding",
        "connect-content-encoding",
        "connect-protocol-version",
        "connect-timeout-ms",
        "content-encoding",
        "content-length",
        "content-type",
    }
)
_OF_GRPC: Final = frozenset(
    {
        "content-length",
        "content-type",
        "grpc-accept-encoding",
        "grpc-encoding",
        "grpc-message",
        "grpc-status",
        "grpc-status-details-bin",
    }
)
_CODES_OF_HTTP: Final = {400: INTERNAL, 401: 16, 403: 7, 404: UNIMPLEMENTED, 413: RESOURCE_EXHAUSTED} | dict.fromkeys(
    (429, 502, 503, 504), UNAVAILABLE
)
"""The codes for answers that are neither Connect nor gRPC (Connect, "HTTP to Error Code")."""


class _Error(Exception):
    """How a call failed, as a client of Connect is told."""

    def __init__(self, code: int, message: str, details: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.code = code if 0 < code < len(CODES) else UNKNOWN
        self.value: dict[str, object] = {"code": CODES[self.code]}
        if message:
            self.value["message"] = message
        if details:
            self.value["details"] = details


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    del about, tools  # it calls nobody but the route's own service
    plan = ConnectPlan.model_validate_json(settings)
    known = methods(base64.b64decode(plan.descriptors), plan.services)

    async def handle(request: Request, call_next: Next) -> Response:
        kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
        if grpc.is_grpc(kind) or kind.startswith("application/grpc-web"):
            return await call_next(request)
        query = parse_qs(request.query, keep_blank_values=True, encoding="latin-1") if request.method == "GET" else {}
        if query.get("connect", ["v1"]) != ["v1"] or (request.headers.get("connect-protocol-version") or "1") != "1":
            return _unary_error(_Error(INVALID_ARGUMENT, "the version of Connect here is 1"))
        method = known.get("/" + "/".join(request.path.rsplit("/", 2)[-2:]))
        if method is None:
            error = _Error(UNIMPLEMENTED, f"there is no method {request.path[:200]}")
            return _stream_error(kind, error) if kind in _STREAM else _unary_error(error)
        call = _Call(method, plan.max_size, call_next)
        if request.method == "GET" and method.safe and not method.is_stream:
            return await call.get(request, query)
        if request.method != "POST":
            return Response(405, {"allow": "GET, POST" if method.safe and not method.is_stream else "POST"})
        kinds = _STREAM if method.is_stream else _UNARY
        if kind not in kinds:
            return Response(415, {"accept-post": ", ".join(kinds)})
        return await (call.stream(request, kinds[kind]) if method.is_stream else call.post(request, kinds[kind]))

    return handle


class _Call:
    """One call of a method."""

    def __init__(self, method: Method, largest: int, call_next: Next) -> None:
        self._method, self._largest, self._call_next = method, largest, call_next

    async def get(self, request: Request, query: dict[str, list[str]]) -> Response:
        """Return the answer to a call by GET, whose message stands in the *query*."""
        said = {name: values[-1] for name, values in query.items()}
        codec = said.get("encoding", "")
        if codec not in _UNARY.values():
            return Response(415, {"accept-post": ", ".join(_UNARY)})
        text = said.get("message", "")
        try:
            data = (
                base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
                if said.get("base64") == "1"
                else text.encode("latin-1")
            )
        except (binascii.Error, ValueError):
            return _unary_error(_Error(INVALID_ARGUMENT, "the message is not in base64"))
        return await self._unary(request, codec, data, said.get("compression", ""))

    async def post(self, request: Request, codec: str) -> Response:
        """Return the answer to a call without streams."""
        try:
            data = await request.read(self._largest)
        except BodyTooLarge as error:
            return _unary_error(_Error(RESOURCE_EXHAUSTED, str(error)))
        return await self._unary(request, codec, data, request.headers.get("content-encoding") or "")

    async def _unary(self, request: Request, codec: str, data: bytes, encoding: str) -> Response:
        try:
            within = _within(request)
            message = await self._inward(decompressed(data, encoding, self._largest), codec)
            async with asyncio.timeout(within) if within is not None else nullcontext():
                answer = await self._call_next(self._asked(request, frame(message)))
                await _refuse_other(answer)
                found: tuple[int, bytes] | None = None
                async for one in framed(answer.stream(), self._largest, INTERNAL):
                    if found is not None:
                        raise Refusal(INTERNAL, "the service gave several messages where there is one")
                    found = one
            if (error := _failure(answer)) is not None:
                return _unary_error(error, answer)
            if found is None:
                raise Refusal(INTERNAL, "the service gave no message")
            content = await self._outward(*found, codec)
        except _Error as failure:
            return _unary_error(failure)
        except Refusal as refusal:
            return _unary_error(_Error(refusal.code, refusal.detail))
        except TimeoutError:
            return _unary_error(_Error(DEADLINE_EXCEEDED, "the service did not answer in time"))
        except ConnectionError:
            return _unary_error(_Error(UNAVAILABLE, "the service gave no answer"))
        response = Response(200, _metadata(answer), content)
        response.headers["content-type"] = f"application/{codec}"
        return response

    async def stream(self, request: Request, codec: str) -> Response:
        """Return the answer to a call with a stream in one direction or both, as it comes."""
        kind = f"application/connect+{codec}"
        try:
            _within(request)
            encoding = request.headers.get("connect-content-encoding") or ""
            if encoding not in ("", "identity", "gzip"):
                raise Refusal(UNIMPLEMENTED, f"the compression {encoding[:64]!r} is not known; gzip and identity are")
            answer = await self._call_next(self._asked(request, self._messages(request, codec, encoding)))
            await _refuse_other(answer)
        except _Error as error:
            return _stream_error(kind, error)
        except Refusal as refusal:
            return _stream_error(kind, _Error(refusal.code, refusal.detail))
        except TimeoutError:
            return _stream_error(kind, _Error(DEADLINE_EXCEEDED, "the service did not answer in time"))
        except ConnectionError:
            return _stream_error(kind, _Error(UNAVAILABLE, "the service gave no answer"))
        headers = Headers((name, value) for name, value in answer.headers.items() if name not in _OF_GRPC)
        headers["content-type"] = kind
        return Response(200, headers, self._answers(answer, codec))

    async def _messages(self, request: Request, codec: str, encoding: str) -> AsyncIterator[bytes]:
        """Yield the messages of the client as gRPC has them."""
        async for flags, data in framed(request.stream(), self._largest, INVALID_ARGUMENT):
            if flags & END:
                raise Refusal(INVALID_ARGUMENT, "a client has no message that ends a stream")
            plain = decompressed(data, encoding, self._largest) if flags & COMPRESSED else data
            yield frame(await self._inward(plain, codec))

    async def _answers(self, answer: Response, codec: str) -> AsyncIterator[bytes]:
        """Yield the messages of the service as Connect has them, and how it ended."""
        error: _Error | None
        try:
            async for flags, data in framed(answer.stream(), self._largest, INTERNAL):
                yield frame(await self._outward(flags, data, codec))
            error = _failure(answer)
        except Refusal as refusal:
            error = _Error(refusal.code, refusal.detail)
        except ConnectionError:
            error = _Error(UNAVAILABLE, "the service broke off its answer")
        yield _end(error, answer.trailers)

    def _asked(self, request: Request, body: bytes | AsyncIterator[bytes]) -> Request:
        """Return the call as gRPC has it."""
        headers = Headers(item for item in request.headers.items() if item[0] not in _OF_CONNECT)
        headers["content-type"] = "application/grpc+proto"
        headers["te"] = "trailers"
        headers["grpc-accept-encoding"] = "identity"
        if (timeout := request.headers.get("connect-timeout-ms")) is not None:
            headers["grpc-timeout"] = f"{timeout}m" if len(timeout) <= 8 else f"{timeout[:-3]}S"
        return Request("POST", request.path, headers, body)

    async def _inward(self, data: bytes, codec: str) -> bytes:
        if codec == "proto":
            return data
        return await translated(len(data), lambda: from_json(data, self._method.input, self._method.pool))

    async def _outward(self, flags: int, data: bytes, codec: str) -> bytes:
        if flags & COMPRESSED:
            raise Refusal(INTERNAL, "the service compresses what it was not asked to")
        if codec == "proto":
            return data
        return await translated(len(data), lambda: to_json(data, self._method.output, self._method.pool))


def _within(request: Request) -> float | None:
    """Return how many seconds the call may take; `None` where the client does not say."""
    said = request.headers.get("connect-timeout-ms")
    if said is None:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) <= 10):
        raise _Error(INVALID_ARGUMENT, "connect-timeout-ms is a number of at most 10 digits")
    return int(said) / 1000


async def _refuse_other(answer: Response) -> None:
    """Raise an `_Error` for an answer that is not of gRPC: somebody on the way has refused the call."""
    if grpc.is_grpc(answer.headers.get("content-type") or "") or "grpc-status" in answer.headers:
        return
    said = ""
    if answer.is_read:
        said = answer.text
        if (answer.headers.get("content-type") or "").endswith("json"):
            try:
                details = json.loads(answer.body)
            except ValueError:
                details = None
            if isinstance(details, dict):
                said = str(details.get("detail") or details.get("message") or said)
    raise _Error(_CODES_OF_HTTP.get(answer.status, UNKNOWN), said[: grpc.LONGEST] or f"HTTP status {answer.status}")


def _failure(answer: Response) -> _Error | None:
    """Return how a call failed whose *answer* was read; `None` if it did not."""
    number, message = status(answer)
    if number == OK:
        return None
    packed = answer.trailers.get("grpc-status-details-bin") or answer.headers.get("grpc-status-details-bin") or ""
    return _Error(number, unquote(message), _details(packed))


def _details(packed: str) -> list[dict[str, str]]:
    """Return the details of a `google.rpc.Status` in base64; nothing if it is none."""
    try:
        fields = UnknownFieldSet(Empty.FromString(base64.b64decode(packed + "=" * (-len(packed) % 4))))
        found = [
            AnyMessage.FromString(fields[index].data)
            for index in range(len(fields))
            if fields[index].field_number == _DETAILS
        ]
    except (binascii.Error, DecodeError, TypeError, ValueError):
        return []
    return [
        {"type": detail.type_url.rpartition("/")[2], "value": base64.b64encode(detail.value).decode().rstrip("=")}
        for detail in found
    ]


def _metadata(answer: Response) -> Headers:
    """Return the headers of *answer*, and its trailers as a call without streams has them."""
    headers = Headers((name, value) for name, value in answer.headers.items() if name not in _OF_GRPC)
    for name, value in answer.trailers.items():
        if name not in _OF_GRPC:
            headers.add(f"trailer-{name}", value)
    return headers


def _unary_error(error: _Error, answer: Response | None = None) -> Response:
    """Return the answer that says how a call without streams failed."""
    response = Response(HTTP_STATUSES[error.code], _metadata(answer) if answer is not None else (), json=error.value)
    if error.code == UNIMPLEMENTED:
        response.headers["accept-encoding"] = "gzip"
    return response


def _stream_error(kind: str, error: _Error) -> Response:
    """Return the answer that says how a call with streams failed: in the message that ends it."""
    return Response(200, {"content-type": kind}, _end(error, Headers()))


def _end(error: _Error | None, trailers: Headers) -> bytes:
    metadata: dict[str, list[str]] = {}
    for name, text in trailers.items():
        if name not in _OF_GRPC:
            metadata.setdefault(name, []).append(text)
    value: dict[str, object] = {"metadata": metadata} if metadata else {}
    if error is not None:
        value["error"] = error.value
    return frame(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), END)
