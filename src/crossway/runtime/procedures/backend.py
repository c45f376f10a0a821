"""Backends that speak JSON-RPC 2.0 or XML-RPC, called for clients of a REST API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Final, NamedTuple

import msgspec

from crossway.model.call import ServiceCall
from crossway.model.procedures import RpcBackend, RpcClient, RpcEndpoint
from crossway.runtime import strict
from crossway.runtime.composing.expressions import Compute, Context, Interpreter, UnfitError, encode, tree
from crossway.runtime.composing.plan import planned_call
from crossway.runtime.endpoints import Endpoints
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import problem
from crossway.runtime.procedures.xml_values import FaultError, read_answer, write_call
from crossway.sdk.http import BodyTooLarge, Request, Response

_STATUSES: Final = {-32601: 501, -32602: 400}
_encode: Final = msgspec.json.Encoder().encode
_numbers: Final = count(1)


class RefusedError(Exception):
    """The backend has answered with an error."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return what calls the backend."""
    del about
    client = RpcClient.model_validate_json(settings)
    return Client(client.backend, client.kind, Endpoints(client.backend.endpoints, client.below), tools).handle


class _Ready(NamedTuple):
    endpoint: RpcEndpoint
    params: Compute
    answer: Compute | None


class Client:
    """Answers the requests of one route."""

    def __init__(self, settings: RpcBackend, kind: str, endpoints: Endpoints, tools: Tools) -> None:
        self._settings, self._endpoints, self._tools = settings, endpoints, tools
        self._write, self._read, self._type = _PROTOCOLS[kind]
        call = ServiceCall(service=settings.service, method="POST", headers=settings.headers, forward=settings.forward)
        self._call = planned_call(call, settings.path)
        self._ready = {
            name: _Ready(one, tree(one.params), tree(one.answer) if one.answer is not None else None)
            for name, one in settings.endpoints.items()
        }

    async def handle(self, request: Request, _: Next) -> Response:
        """Return what the method gives that a request is for, as JSON, or what is wrong, as a problem."""
        asked = await self._endpoints.asked(request, self._settings.max_body, "rpc")
        if isinstance(asked, Response):
            return asked
        name, context = asked
        ready = self._ready[name]
        interpreter = Interpreter()
        try:
            call = self._request(ready, request, context, interpreter)
        except (UnfitError, ValueError) as error:
            return problem(400, "rpc.unfit_params", f"The call cannot be made: {error}.")
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()):
                response = await self._tools.call(self._call.service, call)
                content = await response.read(self._settings.max_body)
            context["result"] = result = self._read(content)
            value = result if ready.answer is None else ready.answer(context, interpreter)
            return Response(200, {"content-type": "application/json"}, encode(value))
        except TimeoutError:
            return problem(504, "rpc.timeout", "The answer of the backend did not come in time.")
        except BodyTooLarge:
            return problem(502, "rpc.too_large", f"The answer has more than {self._settings.max_body} bytes.")
        except ConnectionError:
            return problem(502, "rpc.no_answer", "The backend gave no answer, or not all of it.")
        except RefusedError as error:
            return _refused(error.code, error.message, ready.endpoint, error.data)
        except FaultError as fault:
            return _refused(fault.code, fault.text, ready.endpoint)
        except (UnfitError, ValueError) as error:
            return problem(502, "rpc.malformed", f"The answer of the backend {error}.", backend_status=response.status)

    def _request(self, ready: _Ready, request: Request, context: Context, interpreter: Interpreter) -> Request:
        forwarded = [item for item in request.headers.items() if item[0] in self._call.forwarded]
        call = self._call.request(context, interpreter, forwarded)
        call.body = self._write(ready.endpoint.call, ready.params(context, interpreter))
        call.headers["content-type"] = self._type
        return call


def _refused(code: int, message: str, endpoint: RpcEndpoint, data: object = None) -> Response:
    status = endpoint.errors.get(code, _STATUSES.get(code, 502))
    more = {"backend_code": code} if data is None else {"backend_code": code, "data": data}
    return problem(status, "rpc.refused", message, **more)


def _write_json(name: str, params: object) -> bytes:
    call: dict[str, object] = {"jsonrpc": "2.0", "id": next(_numbers), "method": name}
    if params is not None and not isinstance(params, dict | list):
        raise ValueError("params are an object or a list")
    return _encode(call if params is None else call | {"params": params})


def _read_json(content: bytes) -> object:
    said = strict.read(content)
    if not isinstance(said, dict) or said.get("jsonrpc") != "2.0" or ("result" in said) == ("error" in said):
        raise ValueError("is no response of JSON-RPC 2.0")
    if "result" in said:
        return said["result"]
    error = said["error"]
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        raise ValueError("has an error that is none of JSON-RPC 2.0")
    raise RefusedError(error["code"], str(error.get("message") or ""), error.get("data"))


def _write_xml(name: str, params: object) -> bytes:
    if params is not None and not isinstance(params, list):
        raise ValueError("params of XML-RPC are a list")
    return write_call(name, params or [])


Write = Callable[[str, object], bytes]
Read = Callable[[bytes], object]
_PROTOCOLS: Final[dict[str, tuple[Write, Read, str]]] = {
    "json": (_write_json, _read_json, "application/json"),
    "xml": (_write_xml, read_answer, "text/xml"),
}
