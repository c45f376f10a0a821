"""What the OpenAPI document says of the answers that are no success."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from crossway.admin import answers
from crossway.admin.problems import MEDIA_TYPE, Problem

_EVERYWHERE: Final = (400, 401, 403, 414, 429, 500, 503)
_WORDS: Final = {
    400: "The request is not what it should be; `errors` says where.",
    401: "There is no token, or it is unknown, revoked or expired.",
    403: "The role of the token is too low.",
    404: "There is no such thing, or not for this token.",
    409: "This cannot be done here: the configuration comes from files, for example.",
    412: "The condition does not hold: somebody else was quicker. `detail` says what changed.",
    413: "The body is larger than 32 MiB.",
    414: "The path or the query is longer than 32 KiB.",
    415: "The body is of a type that is not read here.",
    429: "Too many wrong tokens came from this address.",
    500: "Crossway itself failed. This is a bug.",
    503: "The store cannot be reached for now, or the control plane stops. What is live stays live.",
}
_APPLIED: Final = {
    200: "It is right, and was but tried.",
    201: "It is live, and new.",
    202: "It is being proven, and nobody waits for it.",
    409: "It was pushed and taken back; or it cannot be done here, and the answer is a problem.",
    422: "It was refused; `findings` says why.",
}


def problems(*statuses: int, applied: tuple[int, ...] = (), unchanged: bool = False) -> dict[int, ResponseSpec]:
    """Return the answers of a handler that are no success: *statuses*, and those that everything can answer.

    *applied* are those whose body says what became of a change; *unchanged* whether there may be a 304.
    """
    found = {status: _problem(status) for status in sorted({*_EVERYWHERE, *statuses})}
    for status in applied:
        found[status] = ResponseSpec(answers.Applied, generate_examples=False, description=_APPLIED[status])
    if unchanged:
        found[304] = ResponseSpec(None, description="The client has this version already.")
    return found


def _problem(status: int) -> ResponseSpec:
    value = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": _WORDS[status]}
    return ResponseSpec(
        Problem,
        generate_examples=False,
        description=_WORDS[status],
        media_type=MEDIA_TYPE,
        examples=[Example(summary=HTTPStatus(status).phrase, value=value)],
    )
