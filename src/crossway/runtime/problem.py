"""Errors of the runtime as answers: problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from crossway.sdk.http import Response

PROBLEM_JSON: Final = "application/problem+json"


class Problem(Response):
    """An answer that says what is wrong."""

    __slots__ = ("details",)

    def __init__(self, status: int, details: dict[str, object]) -> None:
        super().__init__(status, json=details)
        self.headers["content-type"] = PROBLEM_JSON
        self.details = details

    def of(self, request_id: str) -> Problem:
        """Return the same for the request with this id."""
        named = Problem(self.status, {**self.details, "request_id": request_id})
        for name, value in self.headers.items():
            if name not in named.headers:
                named.headers.add(name, value)
        return named


def problem(status: int, code: str, detail: str, **more: object) -> Problem:
    """Return an answer of *status* that says what is wrong: by its *code*, and in a sentence."""
    details = {"type": f"urn:crossway:problem:{code}", "title": HTTPStatus(status).phrase, "status": status}
    return Problem(status, {**details, "code": code, "detail": detail, **more})
