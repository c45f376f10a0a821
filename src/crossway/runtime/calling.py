"""Operations at work: a call of a service for a bridge, over HTTP or in gRPC, and what came of it as a value."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from crossway.compile.program import PEER
from crossway.model.call import ALWAYS_FORWARDED
from crossway.model.operation import Called
from crossway.runtime.composing.answers import content
from crossway.runtime.composing.expressions import Context, Interpreter, UnfitError, encode, tree
from crossway.runtime.composing.plan import planned_call
from crossway.runtime.handler import Tools
from crossway.runtime.rpc import GRPC, HTTP_STATUSES, OK, FrameError, Method, frame, frames, status
from crossway.sdk.http import MAX_BODY, BodyTooLarge, Headers, Request, Response

LARGEST: Final = MAX_BODY
"""The bytes of an answer that are taken into memory, unless told otherwise."""


@dataclass(slots=True, eq=False)
class CallError(Exception):
    """A call that came to nothing. Bridges say it in the protocol of their client."""

    code: str
    """`call.refused`, `call.no_answer`, `call.timeout`, `call.too_large`, `call.malformed` or `call.invalid`."""
    detail: str
    """One sentence, for the client."""
    status: int = 502
    """What that is in HTTP: for `call.refused`, what the service said."""
    body: object = None
    """What the service said, read, if that was a refusal."""
    rpc_status: int | None = None
    """The status of gRPC by which a call in it was refused."""


class Caller:
    """Makes the call of one operation, for any number of requests."""

    def __init__(self, called: Called, tools: Tools, largest: int = LARGEST) -> None:
        operation = called.operation
        self._tools, self._largest = tools, largest
        self._call = planned_call(operation, operation.path or "/")
        self._forwarded = ALWAYS_FORWARDED | {PEER} | {*operation.forward}
        self._method = Method(base64.b64decode(called.descriptors), operation.rpc) if operation.rpc else None
        self._message = tree(operation.body)
        self._answer = tree(operation.answer) if operation.answer is not None else None

    async def __call__(self, context: Mapping[str, object], request: Request) -> object:
        """Return what the operation gives, for *request* of a client, of which expressions see *context*.

        Raises `CallError`.
        """
        seen, interpreter = dict(context), Interpreter()
        forwarded = [item for item in request.headers.items() if item[0] in self._forwarded]
        try:
            async with asyncio.timeout(self._call.timeout) if self._call.timeout else nullcontext():
                if self._method is None:
                    response, body = await self._over_http(seen, interpreter, forwarded)
                else:
                    response, body = await self._in_grpc(self._method, seen, interpreter, forwarded)
        except UnfitError as error:
            raise CallError("call.invalid", f"The call cannot be made: {error}.", 400) from None
        except TimeoutError:
            raise CallError("call.timeout", "The answer of the service did not come in time.", 504) from None
        except BodyTooLarge:
            detail = f"The answer of the service has more than {self._largest} bytes."
            raise CallError("call.too_large", detail) from None
        except ConnectionError:
            raise CallError("call.no_answer", "The service gave no answer, or not all of it.") from None
        if self._answer is None:
            return body
        seen |= {"status": response.status, "headers": dict(response.headers.items()), "body": body}
        try:
            return self._answer(seen, interpreter)
        except UnfitError as error:
            raise CallError("call.malformed", f"The answer of the service is not what was expected: {error}.") from None

    async def _over_http(
        self, context: Context, interpreter: Interpreter, forwarded: list[tuple[str, str]]
    ) -> tuple[Response, object]:
        response = await self._tools.call(self._call.service, self._call.request(context, interpreter, forwarded))
        await response.read(self._largest)
        is_good = self._call.accepts(response.status)
        try:
            body = content(self._call.encoding, response)
        except ValueError as error:
            if is_good:
                raise CallError("call.malformed", f"The answer of the service {error}.") from None
            body = None
        if not is_good:
            detail = f"The service answered with status {response.status}."
            raise CallError("call.refused", detail, response.status, body)
        return response, body

    async def _in_grpc(
        self, method: Method, context: Context, interpreter: Interpreter, forwarded: list[tuple[str, str]]
    ) -> tuple[Response, object]:
        value = self._message(context, interpreter)
        encode(value)  # what no JSON can say is found here
        try:
            message = method.encode(value)
        except ValueError as error:
            raise CallError("call.invalid", f"The message cannot be made: {error}.", 400) from None
        own = self._call.headers.fill(context, interpreter) if self._call.headers is not None else []
        fields = [*forwarded, *own, ("content-type", GRPC), ("te", "trailers")]
        response = await self._tools.call(
            self._call.service, Request("POST", method.path, Headers.of(fields), frame(message))
        )
        try:
            found = [message async for _, message in frames(response.stream(), self._largest)]
        except FrameError as error:
            raise CallError("call.malformed", f"The answer of the service is no gRPC: {error}.") from None
        number, told = status(response)
        if number != OK:
            http = HTTP_STATUSES[number] if number < len(HTTP_STATUSES) else 500
            raise CallError("call.refused", unquote(told) or "The service refused.", http, rpc_status=number)
        try:
            (answer,) = found
            return response, method.decode(answer)
        except ValueError:
            raise CallError("call.malformed", "The answer of the service is not the message it ought to be.") from None


__all__ = ["CallError", "Caller"]
