"""What a method of authentication is told of a request, and what it may say about it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from crossway.compile.checks import Asked

PROBLEM_JSON: Final = "application/problem+json"

Headers = tuple[tuple[str, str], ...]
"""Names, in lower case, and values, in their order. What is no ASCII in them is Latin-1."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, as the proxy has it: with the path in its normal form, and before any policy rewrites it."""

    method: str
    scheme: str
    authority: str
    path: str
    """With the query, if there is one."""
    headers: Headers = ()
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Return the values of a header, in their order."""
        return [value for known, value in self.headers if known == name]

    def value(self, name: str) -> str | None:
        """Return the value of a header, those of several lines joined (RFC 9110, section 5.3); `None` without one."""
        return ", ".join(values) if (values := self.values(name)) else None


@dataclass(frozen=True, slots=True)
class Passed:
    """The request may go on to the next filter."""

    headers: Headers = ()
    """What that is told. These take the place of what the client sent under their names."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The request is answered here."""

    status: int
    headers: Headers = ()
    body: str = field(default="", repr=False)

    @classmethod
    def problem(cls, status: int, detail: str, request: Request, headers: Headers = ()) -> Answer:
        """Return an answer whose body is problem details (RFC 9457) like those that the proxy writes."""
        title = HTTPStatus(status).phrase
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        if (identifier := request.value("x-request-id")) is not None:
            problem["request_id"] = identifier
        return cls(status, (("content-type", PROBLEM_JSON), *headers), json.dumps(problem))


Verdict = Passed | Answer

Method = Callable[[Request, Asked], Awaitable[Verdict]]
"""Checks one request. `Unavailable` if that cannot be done now; the request is answered 503 then."""
