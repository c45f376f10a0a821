"""Backends that speak Dubbo's Triple, called for clients of a REST API.

Triple is gRPC with headers of its own. An interface in Java alone travels in a wrapper: messages with the type of each
parameter and its value in Hessian 2 (dubbo `triple_wrapper.proto`).
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from crossway.model.call import ServiceCall
from crossway.model.dubbo import DubboClient, DubboEndpoint
from crossway.runtime.calling import Caller, CallError
from crossway.runtime.composing.expressions import Compute, Context, Interpreter, UnfitError, encode, tree
from crossway.runtime.composing.plan import planned_call
from crossway.runtime.dubbo import reading, writing
from crossway.runtime.endpoints import Endpoints
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import problem
from crossway.runtime.rpc import GRPC, HTTP_STATUSES, OK, FrameError, frame, frames, status
from crossway.sdk.http import BodyTooLarge, Request, Response

HESSIAN: Final = "hessian2"
_STRING, _BYTES = descriptor_pb2.FieldDescriptorProto.TYPE_STRING, descriptor_pb2.FieldDescriptorProto.TYPE_BYTES


class RefusedError(Exception):
    """The backend has answered with an error, in the numbers of gRPC."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.status = HTTP_STATUSES[number] if number < len(HTTP_STATUSES) else 502
        self.number, self.message = number, message


class _Ready(NamedTuple):
    endpoint: DubboEndpoint
    params: Compute
    answer: Compute | None
    caller: Caller | None


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return what calls the backend."""
    del about
    return Client(DubboClient.model_validate_json(settings), tools).handle


class Client:
    """Answers the requests of one route."""

    def __init__(self, settings: DubboClient, tools: Tools) -> None:
        self._settings, self._tools = settings.backend, tools
        backend = settings.backend
        self._endpoints = Endpoints(backend.endpoints, settings.below)
        call = ServiceCall(service=backend.service, method="POST", headers=backend.headers, forward=backend.forward)
        self._call = planned_call(call, "/")
        self._ready = {
            name: _Ready(
                one,
                tree(one.params),
                tree(one.answer) if one.answer is not None else None,
                Caller(settings.calls[name], tools, backend.max_body) if name in settings.calls else None,
            )
            for name, one in backend.endpoints.items()
        }

    async def handle(self, request: Request, _: Next) -> Response:
        """Return what the method gives that a request is for, as JSON, or what is wrong, as a problem."""
        asked = await self._endpoints.asked(request, self._settings.max_body, "dubbo")
        if isinstance(asked, Response):
            return asked
        name, context = asked
        ready = self._ready[name]
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()):
                context["result"] = result = await self._result(ready, request, context)
            value = result if ready.answer is None else ready.answer(context, Interpreter())
            return Response(200, {"content-type": "application/json"}, encode(value))
        except TimeoutError:
            return problem(504, "dubbo.timeout", "The answer of the backend did not come in time.")
        except CallError as error:
            more = {} if error.rpc_status is None else {"backend_status": error.rpc_status}
            return problem(error.status, error.code.replace("call.", "dubbo."), error.detail, **more)
        except RefusedError as error:
            return problem(error.status, "dubbo.refused", error.message, backend_status=error.number)
        except UnfitError as error:
            return problem(502, "dubbo.malformed", f"The answer of the backend is not what was expected: {error}.")

    async def _result(self, ready: _Ready, request: Request, context: Context) -> object:
        """Return what the method gives; `CallError` or `RefusedError` if it gives nothing."""
        if ready.caller is not None:
            return await ready.caller(context, request)
        interpreter = Interpreter()
        try:
            forwarded = [item for item in request.headers.items() if item[0] in self._call.forwarded]
            call = self._call.request(context, interpreter, forwarded)
            call.body = frame(_wrapped(ready.params(context, interpreter), ready.endpoint.types))
        except (UnfitError, ValueError) as error:
            raise CallError("call.invalid", f"The call cannot be made: it {error}.", 400) from None
        call.path = f"/{self._settings.interface}/{ready.endpoint.call}"
        for name, value in {"content-type": GRPC, "te": "trailers", **self._settings.triple}.items():
            call.headers[name] = value
        try:
            response = await self._tools.call(self._call.service, call)
            found = [message async for _, message in frames(response.stream(), self._settings.max_body)]
        except FrameError as error:
            raise CallError("call.malformed", f"The answer of the backend is no Triple: {error}.") from None
        except BodyTooLarge:
            raise CallError("call.too_large", "The answer of the backend is too large.") from None
        except ConnectionError:
            raise CallError("call.no_answer", "The backend gave no answer, or not all of it.") from None
        number, told = status(response)
        if number != OK:
            raise RefusedError(number, unquote(told) or "The backend refused.")
        if len(found) != 1:
            raise CallError("call.malformed", "The answer of the backend is no single message.")
        return _unwrapped(found[0])


def _wrapped(params: object, types: tuple[str, ...]) -> bytes:
    values = [] if params is None else params
    if not isinstance(values, list) or len(values) != len(types):
        raise ValueError(f"has {len(types)} parameters, and params are no list of so many")
    args = [writing.write(value, java) for value, java in zip(values, types, strict=True)]
    return _ASKED(serializeType=HESSIAN, args=args, argTypes=types).SerializeToString()


def _unwrapped(message: bytes) -> object:
    try:
        answer: Any = _ANSWERED.FromString(message)
        if answer.serializeType not in ("", HESSIAN):
            raise ValueError(f"is in {answer.serializeType}")
        return reading.read(answer.data) if answer.data else None
    except (DecodeError, ValueError) as error:
        raise CallError("call.malformed", f"The answer of the backend {error}.") from None


def _wrappers() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="triple_wrapper.proto", package="org.apache.dubbo.triple")
    file.syntax = "proto3"
    fields = {
        "TripleRequestWrapper": [("serializeType", _STRING, 1), ("args", _BYTES, 3), ("argTypes", _STRING, 3)],
        "TripleResponseWrapper": [("serializeType", _STRING, 1), ("data", _BYTES, 1), ("type", _STRING, 1)],
    }
    for name, members in fields.items():
        message = file.message_type.add(name=name)
        for number, (field, kind, label) in enumerate(members, 1):
            message.field.add(name=field, number=number, type=kind, label=label)
    return file


_POOL: Final = DescriptorPool()
_POOL.AddSerializedFile(_wrappers().SerializeToString())
_ASKED: Final = message_factory.GetMessageClass(
    _POOL.FindMessageTypeByName("org.apache.dubbo.triple.TripleRequestWrapper")
)
_ANSWERED: Final = message_factory.GetMessageClass(
    _POOL.FindMessageTypeByName("org.apache.dubbo.triple.TripleResponseWrapper")
)
