"""Functions that answer requests: parameters out of the request, and what they return as an answer.

Law: what a client sends wrong is told to the client, parameter by parameter, and never reaches the function. What the
function does wrong is an error of the function.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, unquote

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticSerializationError, to_json

from crossway.runtime.handler import Handler, Next
from crossway.runtime.once import Once
from crossway.runtime.problem import problem
from crossway.sdk.context import current
from crossway.sdk.http import MAX_BODY, Request, Response
from crossway.sdk.plugin import PluginError
from crossway.sdk.service import SHARED

Function = Callable[..., Awaitable[object]]

_VARIABLE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SEVERAL: Final = (list, tuple, set, frozenset, Sequence)
_PATH, _QUERY, _BODY, _REQUEST = "path", "query", "body", "request"


def composed(function: Function, path: str) -> Handler:
    """Return *function* as the handler of requests for *path*; `PluginError` if its parameters mean nothing there."""
    parameters = _parameters(function, path)
    finding = _pattern(path)

    async def handle(request: Request, _: Next) -> Response:
        given, wrong = await _given(parameters, finding, request)
        if wrong is not None:
            return wrong
        token = SHARED.set(Once(_call))
        try:
            return answer(await function(**given))
        except ConnectionError:
            return problem(502, "compose.unreachable", "A service that the answer is made of gave no answer.")
        except TimeoutError:
            return problem(504, "compose.timeout", "A service that the answer is made of took too long.")
        finally:
            SHARED.reset(token)

    return handle


async def _call(service: str, request: Request) -> Response:
    return await current().call(service, request)


def answer(value: object) -> Response:
    """Return what a function returned as a response; `TypeError` if that is nothing that can be sent."""
    match value:
        case Response():
            return value
        case None:
            return Response(204)
        case str():
            return Response(200, {"content-type": "text/plain; charset=utf-8"}, value)
        case bytes() | bytearray() | memoryview():
            return Response(200, {"content-type": "application/octet-stream"}, bytes(value))
    try:
        return Response(200, {"content-type": "application/json"}, to_json(value))
    except PydanticSerializationError as error:
        raise TypeError(f"it returned what JSON cannot say: {error}") from None


@dataclass(frozen=True, slots=True)
class _Parameter:
    """Where the value of one parameter comes from, and what it has to be."""

    name: str
    source: str
    type: TypeAdapter[Any] | None
    is_required: bool
    is_many: bool


def _parameters(function: Function, path: str) -> tuple[_Parameter, ...]:
    name = getattr(function, "__name__", repr(function))
    if not inspect.iscoroutinefunction(function):
        raise PluginError(f"{name} is not asynchronous; write 'async def {name}'")
    variables = set(_VARIABLE.findall(path))
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise PluginError(f"an annotation of {name} cannot be read: {error}") from error
    found = tuple(_parameter(each, hints, variables, name) for each in inspect.signature(function).parameters.values())
    if missing := variables - {each.name for each in found}:
        raise PluginError(f"{name} has no parameter {min(missing)}, which its path {path} names")
    if len([each for each in found if each.source == _BODY]) > 1:
        raise PluginError(f"{name} has two parameters for the body, which is one")
    return found


def _parameter(
    parameter: inspect.Parameter, hints: Mapping[str, Any], variables: set[str], function: str
) -> _Parameter:
    name = parameter.name
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        raise PluginError(f"{function} takes {name} in a way that has no name; write each parameter by its name")
    hint = hints.get(name, str)
    is_required = parameter.default is inspect.Parameter.empty
    if hint is Request:
        return _Parameter(name, _REQUEST, None, is_required, is_many=False)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
    except Exception as error:  # what pydantic has no schema for, it says in many ways
        raise PluginError(
            f"the parameter {name} of {function} has a type that no text can be read as: {hint}"
        ) from error
    if name in variables:
        return _Parameter(name, _PATH, adapter, is_required, is_many=False)
    kinds = _alternatives(hint)
    if any(isinstance(kind, type) and issubclass(kind, BaseModel) for kind in kinds):
        return _Parameter(name, _BODY, adapter, is_required, is_many=False)
    is_many = any((get_origin(kind) or kind) in _SEVERAL for kind in kinds)
    return _Parameter(name, _QUERY, adapter, is_required, is_many=is_many)


def _alternatives(hint: Any) -> list[Any]:  # noqa: ANN401
    if get_origin(hint) is Annotated:
        return _alternatives(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return [kind for each in get_args(hint) for kind in _alternatives(each)]
    return [hint]


def _pattern(path: str) -> re.Pattern[str] | None:
    """Return what finds the variables of *path* in the path of a request; `None` if there are none."""
    if not _VARIABLE.search(path):
        return None
    parts = _VARIABLE.split(path.removesuffix("/*"))
    pattern = "".join(f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return re.compile(f"{pattern}(?:/.*)?" if path.endswith("/*") else pattern)


async def _given(
    parameters: Sequence[_Parameter], finding: re.Pattern[str] | None, request: Request
) -> tuple[dict[str, Any], Response | None]:
    """Return the values of the parameters; or what to tell a client that sent them wrong."""
    found = finding.fullmatch(request.path) if finding is not None else None
    variables = {name: unquote(value) for name, value in found.groupdict().items()} if found else {}
    query: dict[str, list[str]] = {}
    if request.query:
        for name, value in parse_qsl(request.query, keep_blank_values=True):
            query.setdefault(name, []).append(value)
    given: dict[str, Any] = {}
    wrong: list[dict[str, str]] = []
    for each in parameters:
        if each.source == _REQUEST:
            given[each.name] = request
            continue
        if each.source == _BODY:
            body = await _body(each, request)
            if isinstance(body, Response):
                return {}, body
            given.update(body)
            continue
        values = query.get(each.name, []) if each.source == _QUERY else [*filter(None, [variables.get(each.name)])]
        if each.source == _PATH and any("/" in value or value in (".", "..") for value in values):
            wrong.append({"parameter": each.name, "in": each.source, "message": "it is one part of a path"})
            continue
        if not values:
            if each.is_required:
                wrong.append({"parameter": each.name, "in": each.source, "message": "it is required"})
            continue
        assert each.type is not None
        try:
            given[each.name] = each.type.validate_python(values if each.is_many else values[-1])
        except ValidationError as error:
            wrong += [{"parameter": each.name, "in": each.source, "message": _told(one)} for one in _errors(error)]
    if wrong:
        named = ", ".join(dict.fromkeys(one["parameter"] for one in wrong))
        return {}, problem(
            400, "compose.parameter", f"These parameters are not as they have to be: {named}.", errors=wrong
        )
    return given, None


async def _body(parameter: _Parameter, request: Request) -> dict[str, Any] | Response:
    content = await request.read(MAX_BODY)
    if not content and not parameter.is_required:
        return {}
    assert parameter.type is not None
    try:
        return {parameter.name: parameter.type.validate_json(content)}
    except ValidationError as error:
        details = _errors(error)
        if details[0]["type"] == "json_invalid":
            return problem(400, "compose.body", "The body is not JSON.", errors=[{"message": _told(details[0])}])
        errors = [{"path": ".".join(map(str, one["loc"])), "message": _told(one)} for one in details]
        return problem(422, "compose.body", "The body is not as it has to be.", errors=errors)


def _errors(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong, in at most ten points; nothing of what the client sent is in it."""
    return error.errors(include_url=False, include_context=False, include_input=False)[:10]


def _told(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
