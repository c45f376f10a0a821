"""What a client is told that asks for what it must not: in the words of GraphQL.

The codes are those that clients know from other gateways and servers, where there are such.
https://spec.graphql.org/September2025/#sec-Errors and https://graphql.github.io/graphql-over-http/draft/#sec-Response
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from crossway.sdk.http import Response

GRAPHQL_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"


class Refused(Exception):  # noqa: N818  # a name that reads well where it is caught
    """An operation that goes no further."""

    def __init__(
        self, code: str, message: str, status: int = 400, *, malformed: bool = False, allow: str = "", **more: object
    ) -> None:
        """Refuse with the *code* of an error in GraphQL, and the *status* of an answer in HTTP.

        What is *malformed* is no request of GraphQL at all. *allow* are the methods that would do, and *more* stands
        beside the code.
        """
        super().__init__(message)
        self.code, self.message, self.status, self.malformed, self.allow = code, message, status, malformed, allow
        self.error: dict[str, object] = {"message": message, "extensions": {"code": code, **more}}
        """The error as GraphQL has it."""


def accepts(accept: str | None) -> str:
    """Return the media type of answers to a client that accepts these: the one of GraphQL, where it names that.

    A client that takes nothing but events is told in these (GraphQL over Server-Sent Events).
    """
    named = [part.partition(";")[0].strip().lower() for part in (accept or "").split(",")]
    if GRAPHQL_JSON in named:
        return GRAPHQL_JSON
    return EVENTS if EVENTS in named and JSON not in named and "*/*" not in named else JSON


def refusal(refused: Refused, accept: str | None) -> Response:
    """Return the answer to a request that was *refused*.

    A client that knows the media type of GraphQL's answers sees the status. Others take each status but 200 for the
    answer of somebody who knows no GraphQL: to them it is 200 for a request that is well-formed, as the specification
    of GraphQL over HTTP has it.
    """
    kind = accepts(accept)
    if refused.malformed:
        return answer([refused.error], refused.status, JSON if kind == EVENTS else kind, allow=refused.allow)
    return answer([refused.error], refused.status if kind == GRAPHQL_JSON else 200, kind, allow=refused.allow)


def answer(errors: Sequence[Mapping[str, object]], status: int, kind: str, *, allow: str = "") -> Response:
    """Return an answer of the media type *kind* with *errors* and no data."""
    response = Response(status, json={"errors": list(errors)})
    if kind == EVENTS:
        response.body = b"event: next\ndata: " + response.body + b"\n\nevent: complete\ndata: \n\n"
    response.headers["content-type"] = kind if kind == JSON else f"{kind}; charset=utf-8"
    response.headers["cache-control"] = "no-store"
    if allow:
        response.headers["allow"] = allow
    return response
