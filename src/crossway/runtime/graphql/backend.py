"""A backend that speaks GraphQL, called for clients of a REST API.

Law: what a client gives is only ever a variable. The document is the one that was written, and is the same each time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

import msgspec

from crossway.model.call import ServiceCall
from crossway.model.endpoint import Endpoint
from crossway.model.graphql_backend import IN_URL, GraphqlCalls, GraphqlEndpoint, Variable
from crossway.runtime.composing.context import WORDS, seen
from crossway.runtime.composing.expressions import Compute, Context, Interpreter, UnfitError, encode, tree
from crossway.runtime.composing.plan import planned_call
from crossway.runtime.endpoints import Endpoints
from crossway.runtime.graphql.refusal import GRAPHQL_JSON, JSON
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import Problem, problem
from crossway.sdk.http import BodyTooLarge, Request, Response

STATUSES: Final[Mapping[str, int]] = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "UNAUTHORIZED_FIELD_OR_TYPE": 403,
    "NOT_FOUND": 404,
    "BAD_USER_INPUT": 400,
    "CONFLICT": 409,
    "TOO_MANY_REQUESTS": 429,
    "RATE_LIMITED": 429,
    "SERVICE_UNAVAILABLE": 503,
    "TIMEOUT": 504,
}
"""What codes mean that many servers give their errors."""
_PASSED: Final = frozenset({401, 403, 429, 503, 504})
"""The statuses of a backend that are for the client, where it says nothing in GraphQL."""
_INT: Final = re.compile(r"-?(0|[1-9][0-9]{0,9})")
_FLOAT: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOOLEANS: Final = {"true": True, "false": False}
_OPENAPI: Final = ""
"""What stands for the description, where endpoints have their names."""
_MOST_ERRORS: Final = 20
"""How many errors of the backend the client is told of."""


class UnfitVariableError(ValueError):
    """What a client gave is nothing that a variable can have."""


class _Ready(NamedTuple):
    endpoint: GraphqlEndpoint
    variables: Sequence[Variable]
    values: Mapping[str, Compute]
    answer: Compute | None
    only: str


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return what calls the backend."""
    del about
    return Calls(GraphqlCalls.model_validate_json(settings), tools).handle


class Calls:
    """Answers the requests of one route."""

    def __init__(self, settings: GraphqlCalls, tools: Tools) -> None:
        backend = settings.backend
        self._backend, self._tools = backend, tools
        described = {_OPENAPI: Endpoint(method="GET", path=backend.openapi)} if backend.openapi else {}
        self._endpoints = Endpoints({**backend.endpoints, **described}, settings.below)
        self._statuses = {**STATUSES, **backend.errors}
        call = ServiceCall(service=backend.service, method="POST", headers=backend.headers, forward=backend.forward)
        self._call = planned_call(call, backend.path)
        self._openapi = settings.openapi.encode()
        self._ready = {
            name: _Ready(
                one,
                settings.operations[name].variables,
                {variable: tree(value) for variable, value in one.variables.items()},
                tree(one.answer) if one.answer is not None else None,
                settings.operations[name].only,
            )
            for name, one in backend.endpoints.items()
        }

    async def handle(self, request: Request, _: Next) -> Response:
        """Return what the operation gives that a request is for, as JSON, or what is wrong, as a problem."""
        found = self._endpoints.find(request.method, request.path)
        if isinstance(found, Response):
            return found
        name, path = found
        if name == _OPENAPI:
            return Response(200, {"content-type": JSON}, self._openapi)
        context = await seen(request, WORDS, self._backend.max_body, "graphql")
        if isinstance(context, Response):
            return context
        context["path"] = path
        ready, interpreter = self._ready[name], Interpreter()
        try:
            call = self._request(ready, request, path, context, interpreter)
        except (UnfitVariableError, UnfitError) as error:
            return problem(400, "graphql.unfit_variables", f"The operation cannot be asked for: {error}.")
        try:
            async with asyncio.timeout(self._backend.timeout.total_seconds()):
                response = await self._tools.call(self._call.service, call)
                content = await response.read(self._backend.max_body)
        except TimeoutError:
            return problem(504, "graphql.timeout", "The answer of the backend did not come in time.")
        except BodyTooLarge:
            return problem(502, "graphql.too_large", f"The answer has more than {self._backend.max_body} bytes.")
        except ConnectionError:
            return problem(502, "graphql.no_answer", "The backend gave no answer, or not all of it.")
        return self._answer(ready, response.status, content, context, interpreter)

    def _request(
        self, ready: _Ready, request: Request, path: Mapping[str, str], context: Context, interpreter: Interpreter
    ) -> Request:
        body: dict[str, object] = {"query": ready.endpoint.query}
        if ready.endpoint.operation is not None:
            body["operationName"] = ready.endpoint.operation
        variables: dict[str, object] = {}
        for variable in ready.variables:
            compute = ready.values.get(variable.name)
            if compute is None:
                value = _given(variable, path, request, context["body"])
            else:
                value = compute(context, interpreter)
            if value is not None:
                variables[variable.name] = fit(variable, value)
            elif variable.is_required:
                raise UnfitVariableError(f"{variable.name} is missing")
        if variables:
            body["variables"] = variables
        forwarded = [item for item in request.headers.items() if item[0] in self._call.forwarded]
        call = self._call.request(context, interpreter, forwarded)
        call.body = encode(body)
        call.headers["content-type"] = JSON
        call.headers["accept"] = f"{GRAPHQL_JSON}, {JSON};q=0.9"
        return call

    def _answer(
        self, ready: _Ready, status: int, content: bytes, context: Context, interpreter: Interpreter
    ) -> Response:
        try:
            said = msgspec.json.decode(content)
        except ValueError:  # what is cut off, or not in UTF-8, is one too
            said = None
        if not isinstance(said, dict) or not ("data" in said or "errors" in said):
            told = status if status in _PASSED else 502
            return problem(
                told, "graphql.malformed", "The answer of the backend is none of GraphQL.", backend_status=status
            )
        data, errors = said.get("data"), said.get("errors")
        if errors and (data is None or not self._backend.partial):
            return self._refused(errors)
        if ready.answer is None:
            value = data.get(ready.only) if ready.only and isinstance(data, dict) else data
            if value is None and ready.only and not errors:
                return problem(404, "graphql.not_found", "There is no such thing.")
            return Response(200, {"content-type": JSON}, encode(value))
        try:
            value = ready.answer({**context, "data": data, "errors": errors or []}, interpreter)
            return Response(200, {"content-type": JSON}, encode(value))
        except (UnfitError, ValueError) as error:
            return problem(502, "graphql.malformed", f"The answer of the backend {error}.", backend_status=status)

    def _refused(self, errors: object) -> Problem:
        """Return the problem for *errors* of the backend: with the status of the first one that has a code we know."""
        listed = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
        codes = [_code(each) for each in listed]
        status = next((self._statuses[code] for code in codes if code in self._statuses), 502)
        message = str(listed[0].get("message") or "") if listed else ""
        told = listed[:_MOST_ERRORS]
        return problem(status, "graphql.refused", message or "The backend has answered with an error.", errors=told)


def _code(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) else ""


def _given(variable: Variable, path: Mapping[str, str], request: Request, body: object) -> object:
    """Return what a request has for a variable that nobody has written a value for; `None` if it has nothing."""
    if variable.name in path:
        return path[variable.name]
    if request.method in IN_URL:
        values = parse_qs(request.query, keep_blank_values=True).get(variable.name)
        return values if values is None or variable.is_list else values[-1]
    return body.get(variable.name) if isinstance(body, dict) else None


def fit(variable: Variable, value: object) -> object:
    """Return *value* as the type of *variable* has it, where it is text; `UnfitVariableError` if that cannot be."""
    if isinstance(value, list):
        return [fit(variable, each) for each in value]
    if variable.type == "text" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return value
    match variable.type:
        case "Int" if _INT.fullmatch(value):
            return int(value)
        case "Float" if _FLOAT.fullmatch(value):
            return float(value)
        case "Boolean" if value in _BOOLEANS:
            return _BOOLEANS[value]
        case "Int" | "Float" | "Boolean":
            raise UnfitVariableError(f"{variable.name} is no {variable.type}")
        case _:
            return value
