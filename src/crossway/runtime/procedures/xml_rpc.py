"""XML-RPC in front of services (http://xmlrpc.com/spec.md).

Faults have the codes that servers share: https://xmlrpc-epi.sourceforge.net/specs/rfc.fault_codes.php.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from crossway.model.procedures import RpcServer
from crossway.runtime.calling import CallError
from crossway.runtime.composing.expressions import Context
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.procedures.methods import LATE, UNFIT, UNKNOWN, Methods, misfit
from crossway.runtime.procedures.xml_values import (
    FaultError,
    MalformedError,
    read_call,
    write_answer,
    write_fault,
)
from crossway.sdk.http import BodyTooLarge, Request, Response

MALFORMED, INVALID, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL, TRANSPORT = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32603,
    -32300,
)
MEDIA_TYPES: Final = frozenset({"text/xml", "application/xml"})
LIST: Final = "system.listMethods"
MANY: Final = "system.multicall"


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return what answers XML-RPC."""
    del about
    return Server(RpcServer.model_validate_json(settings), tools).handle


class Server:
    """Answers the requests of one route."""

    def __init__(self, settings: RpcServer, tools: Tools) -> None:
        self._settings, self._methods = settings, Methods(settings, tools)

    async def handle(self, request: Request, _: Next) -> Response:
        """Return the answer to a request: a value, or a fault."""
        if (unfit := misfit(request, "XML-RPC", MEDIA_TYPES)) is not None:
            return unfit
        try:
            name, params = read_call(await request.read(self._settings.max_body))
        except BodyTooLarge:
            return _answer(write_fault(INVALID, f"The request has more than {self._settings.max_body} bytes."), 413)
        except MalformedError as error:
            return _answer(write_fault(MALFORMED, f"The request {error}."))
        try:
            return _answer(write_answer(await self._result(name, params, request)))
        except FaultError as fault:
            return _answer(write_fault(fault.code, fault.text))
        except ValueError as error:
            return _answer(write_fault(INTERNAL, f"The answer cannot be said in XML-RPC: {error}."))

    async def _result(self, name: str, params: list[object], request: Request) -> object:
        if name == LIST:
            return sorted([*self._methods.names, LIST, MANY])
        context = await self._methods.context(request)
        if name == MANY:
            return await self._many(params, request, context)
        (found,) = await self._methods.each(
            [partial(self._one, name, params, request, context)], lambda _: self._fault(name, LATE)
        )
        if isinstance(found, FaultError):
            raise found
        return found

    async def _many(self, params: list[object], request: Request, context: Context) -> list[object]:
        """Return what `system.multicall` gives: each value in a list of its own, and faults as structs."""
        calls = params[0] if len(params) == 1 and isinstance(params[0], list) else None
        if calls is None:
            raise FaultError(INVALID_PARAMS, f"{MANY} has one parameter, a list of calls.")
        if len(calls) > self._settings.max_batch:
            told = f"{MANY} makes {self._settings.max_batch} calls at most, and was given {len(calls)}."
            raise FaultError(INVALID, told)
        results = await self._methods.each(
            [partial(self._of_many, call, request, context) for call in calls], lambda _: self._fault("", LATE)
        )
        return [
            {"faultCode": one.code, "faultString": one.text} if isinstance(one, FaultError) else [one]
            for one in results
        ]

    async def _of_many(self, call: object, request: Request, context: Context) -> object:
        name, params = (call.get("methodName"), call.get("params")) if isinstance(call, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(params, list):
            return FaultError(INVALID_PARAMS, "A call is a struct with methodName and params.")
        if name == MANY:
            return FaultError(INVALID, f"{MANY} does not call itself.")
        return self._methods.names if name == LIST else await self._one(name, params, request, context)

    async def _one(self, name: str, params: list[object], request: Request, context: Context) -> object:
        """Return what a method gives, or its fault."""
        try:
            return await self._methods.call(name, params, request, context)
        except CallError as error:
            return self._fault(name, error)

    def _fault(self, name: str, error: CallError) -> FaultError:
        codes = {UNKNOWN: METHOD_NOT_FOUND, UNFIT: INVALID_PARAMS, "call.invalid": INVALID_PARAMS}
        code = self._methods.code(name, error)
        if code is None:
            code = error.status if error.code == "call.refused" else codes.get(error.code, TRANSPORT)
        return FaultError(code, error.detail)


def _answer(content: bytes, status: int = 200) -> Response:
    return Response(status, {"content-type": "text/xml"}, content)
