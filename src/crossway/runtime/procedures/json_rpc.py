"""JSON-RPC 2.0 in front of services (https://www.jsonrpc.org/specification)."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from crossway.model.procedures import RpcServer
from crossway.runtime import strict
from crossway.runtime.calling import CallError
from crossway.runtime.composing.expressions import Context
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.procedures.methods import LATE, UNKNOWN, Methods, misfit
from crossway.sdk.http import BodyTooLarge, Request, Response

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, SERVER_ERROR = -32700, -32600, -32601, -32602, -32000
MEDIA_TYPES: Final = frozenset({"application/json", "application/json-rpc", "application/jsonrequest"})
_UNFIT: Final = frozenset({400, 422})
_encode: Final = msgspec.json.Encoder().encode

Said = dict[str, object]
"""A response object."""


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return what answers JSON-RPC."""
    del about
    return Server(RpcServer.model_validate_json(settings), tools).handle


class Server:
    """Answers the requests of one route."""

    def __init__(self, settings: RpcServer, tools: Tools) -> None:
        self._settings, self._methods = settings, Methods(settings, tools)

    async def handle(self, request: Request, _: Next) -> Response:
        """Return the answer to a request: a response object, a list of them, or nothing for notifications alone."""
        if (unfit := misfit(request, "JSON-RPC", MEDIA_TYPES)) is not None:
            return unfit
        try:
            asked = strict.read(await request.read(self._settings.max_body))
        except BodyTooLarge:
            most = f"The request has more than {self._settings.max_body} bytes."
            return _answer(_error(None, INVALID_REQUEST, most), 413)
        except ValueError as error:
            return _answer(_error(None, PARSE_ERROR, f"The request {error}."))
        if not isinstance(asked, list):
            said = await self._all([asked], request)
            return _answer(said[0]) if said else Response(204)
        if not 0 < len(asked) <= self._settings.max_batch:
            told = f"A batch has between 1 and {self._settings.max_batch} calls, and this one has {len(asked)}."
            return _answer(_error(None, INVALID_REQUEST, told))
        said = await self._all(asked, request)
        return _answer(said) if said else Response(204)

    async def _all(self, asked: list[object], request: Request) -> list[Said]:
        """Return what there is to say about the calls that were *asked* for, without notifications."""
        context = await self._methods.context(request)
        results = await self._methods.each(
            [partial(self._one, call, request, context) for call in asked],
            lambda index: self._failed("", _id(asked[index]), LATE),
        )
        return [result for call, result in zip(asked, results, strict=True) if not _is_notification(call)]

    async def _one(self, asked: object, request: Request, context: Context) -> Said:
        if wrong := _mistake(asked):
            return _error(_id(asked), INVALID_REQUEST, wrong)
        assert isinstance(asked, dict)
        name, number = asked["method"], _id(asked)
        try:
            result = await self._methods.call(name, asked.get("params"), request, context)
        except CallError as error:
            return self._failed(name, number, error)
        return {"jsonrpc": "2.0", "result": result, "id": number}

    def _failed(self, name: str, number: object, error: CallError) -> Said:
        code = self._methods.code(name, error)
        if code is None:
            unfit = error.code == "call.refused" and error.status in _UNFIT
            code = METHOD_NOT_FOUND if error.code == UNKNOWN else SERVER_ERROR
            code = INVALID_PARAMS if unfit or error.code in ("call.invalid", "rpc.unfit_params") else code
        data: Said = {"code": error.code, "status": error.status}
        return _error(number, code, error.detail, data if error.body is None else data | {"body": error.body})


def _mistake(asked: object) -> str:
    """Return what keeps *asked* from being a request object; nothing if it is one."""
    if not isinstance(asked, dict):
        return "A call is an object."
    if asked.get("jsonrpc") != "2.0":
        return "A call of JSON-RPC 2.0 has jsonrpc: '2.0'."
    if not isinstance(asked.get("method"), str):
        return "A call has the name of its method, a text."
    if not isinstance(asked.get("params", {}), dict | list):
        return "The params of a call are an object or a list."
    if "id" in asked and _id(asked) is None and asked["id"] is not None:
        return "The id of a call is a text or a number."
    return ""


def _is_notification(asked: object) -> bool:
    return isinstance(asked, dict) and "id" not in asked and not _mistake(asked)


def _id(asked: object) -> Any:  # noqa: ANN401  # as the client said it
    """Return the id of a call; nothing if it has none, or one that cannot be given back."""
    found = asked.get("id") if isinstance(asked, dict) else None
    return found if isinstance(found, str | int | float) and not isinstance(found, bool) else None


def _error(number: object, code: int, message: str, data: object = None) -> Said:
    error: Said = {"code": code, "message": message}
    return {"jsonrpc": "2.0", "error": error if data is None else error | {"data": data}, "id": number}


def _answer(said: object, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/json"}, _encode(said))
