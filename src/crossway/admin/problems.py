"""Problems: what the API answers when it does not do what it was asked (RFC 9457).

A problem says what is wrong with the request, never what went on inside: an exception that nobody expected becomes a
bare 500, and is said to whoever runs the control plane.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Final

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Meta, Struct

from crossway.errors import Conflict, NotFound, RemoteError, UserError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 2
"""After which asking again may help where something is away."""
_EXPECTED: Final = re.compile(r"Expected (.+?)(?:, got .*)?")

Say = Callable[[str], None]
AnyRequest = Request[object, object, State]


class FieldError(Struct, frozen=True, omit_defaults=True):
    """One mistake in what was sent."""

    path: Annotated[str, Meta(description="The parameter, or the field of the body, such as `changes[0].kind`.")]
    message: str
    expected: str = ""


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a request was not done."""

    title: Annotated[str, Meta(description="The name of the status.")]
    status: int
    detail: Annotated[str, Meta(description="One sentence on what is wrong, and what to do about it.")]
    type: str = "about:blank"
    errors: Annotated[tuple[FieldError, ...], Meta(description="What is wrong with each field.")] = ()


def invalid(path: str, message: str, expected: str = "") -> ValidationException:
    """Return the exception for one wrong field or parameter."""
    return ValidationException(_IN_FIELDS, extra=[FieldError(path, message, expected)])


def problem_of(error: Exception) -> tuple[Problem, Mapping[str, str]]:
    """Return what to answer to *error*, and the headers that go with it."""
    match error:
        case ValidationException():
            return _problem(400, _IN_FIELDS, _field_errors(error.extra)), {}
        case HTTPException():
            return _problem(error.status_code, error.detail), error.headers or {}
        case Conflict():
            return _problem(412, str(error)), {}
        case NotFound():
            return _problem(404, str(error)), {}
        case UserError():
            return _problem(409, str(error)), {}
        case RemoteError():
            return _problem(503, str(error)), {"Retry-After": str(RETRY_SECONDS)}
        case _:
            return _problem(500, "Crossway itself failed on this request; its log says more"), {}


def handler(say: Say) -> Callable[[AnyRequest, Exception], Response[Problem]]:
    """Return what answers to exceptions; *say* is told those that nobody expected."""

    def answer(request: AnyRequest, error: Exception) -> Response[Problem]:
        problem, headers = problem_of(error)
        if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            say(f"{request.method} {request.url.path} failed: {error!r}")
        return Response(problem, status_code=problem.status, headers=dict(headers), media_type=MEDIA_TYPE)

    return answer


_IN_FIELDS: Final = "the request is not what it should be; see errors"


def _problem(status: int, detail: str, errors: tuple[FieldError, ...] = ()) -> Problem:
    return Problem(HTTPStatus(status).phrase, status, detail, errors=errors)


def _field_errors(extra: object) -> tuple[FieldError, ...]:
    """Return what Litestar or `invalid` found, each mistake once."""
    found = [_field_error(item) for item in extra] if isinstance(extra, Sequence) else []
    return tuple(dict.fromkeys(found))


def _field_error(item: object) -> FieldError:
    if isinstance(item, FieldError):
        return item
    said = item if isinstance(item, Mapping) else {}
    message = str(said.get("message", item))
    expected = _EXPECTED.fullmatch(message)
    return FieldError(str(said.get("key", "")), message, expected[1] if expected else "")
