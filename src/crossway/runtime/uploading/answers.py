"""Refusals as answers: problem details (RFC 9457), in both protocols."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from crossway.runtime.problem import Problem
from crossway.runtime.uploading.uploads import RefusedError

_PHRASES: Final = {460: "Checksum Mismatch"}
"""Statuses that tus has beside those that are registered."""


def refusal(error: RefusedError, kind: str = "", **more: object) -> Problem:
    """Return *error* as an answer; its type is *kind*, where a specification has one for it."""
    details = {
        "type": kind or f"urn:crossway:problem:{error.code}",
        "title": _PHRASES.get(error.status) or HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        **more,
    }
    answer = Problem(error.status, details)
    for name, value in error.fields.items():
        answer.headers[name] = value
    return answer
