"""Requests of GraphQL over HTTP, read such that nobody can read them otherwise.

Law: a key, a parameter or a document that stands somewhere twice is an error, since the backend might take the other
one. https://graphql.github.io/graphql-over-http/draft/#sec-Request
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote_plus

from crossway.runtime.graphql.refusal import GRAPHQL_JSON, JSON, Refused
from crossway.runtime.strict import AmbiguousError, read
from crossway.sdk.http import Request

BAD_REQUEST: Final = "BAD_REQUEST"
KEYS: Final = frozenset({"query", "operationName", "variables", "extensions", "documentId"})
PREFLIGHT: Final = ("graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")
"""Headers that a page of another site cannot send without asking (CORS)."""


class Asked(NamedTuple):
    """One operation, as a client asks for it."""

    query: str | None
    """The document."""
    name: str | None = None
    """Which of its operations is meant."""
    variables: Mapping[str, Any] = {}
    extensions: Mapping[str, Any] = {}
    document_id: str | None = None
    """The name of a document that the server knows."""


def malformed(message: str, status: int = 400, code: str = BAD_REQUEST, **more: str) -> Refused:
    """Return the refusal of what is no request of GraphQL."""
    return Refused(code, message, status, malformed=True, **more)


def strict(text: bytes | str) -> Any:  # noqa: ANN401  # JSON
    """Return what JSON says; `Refused` for what is none, in UTF-8, and for objects that have a key twice."""
    try:
        return read(text)
    except AmbiguousError as error:
        raise malformed(f"The JSON of the request {error}.", code="DUPLICATE_KEY") from None
    except ValueError as error:
        raise malformed(f"The request {error}.") from None


async def asked(request: Request, *, batch: int, largest: int) -> tuple[Sequence[Asked], bool]:
    """Return the operations that *request* asks for, and whether they came as a list; `Refused` for anything else.

    There are at most *batch* of them, in a body of at most *largest* bytes (`BodyTooLarge`).
    """
    if request.method == "GET":
        if await request.read(largest):
            raise malformed("A GET has no body.")
        return (_of_url(request.query),), False
    if request.method != "POST":
        raise malformed(f"GraphQL is asked for with POST or GET, not {request.method}.", 405, allow="GET, POST")
    if found := names(request.query):
        raise malformed(f"The URL of a POST has no {min(found)}: it stands in the body.")
    _check_type(request)
    body = strict(await request.read(largest))
    if not isinstance(body, list):
        return (of_json(body),), False
    if not body:
        raise malformed("A batch has at least one operation.")
    if len(body) > batch:
        most = "Batches are not allowed here." if batch == 1 else f"A batch has at most {batch} operations."
        raise Refused("BATCH_LIMIT_EXCEEDED", most, malformed=True)
    return [of_json(each) for each in body], True


def _check_type(request: Request) -> None:
    kind, _, parameters = (request.headers.get("content-type") or "").lower().partition(";")
    charset = re.search(r'charset\s*=\s*"?([^";\s]*)', parameters)
    if kind.strip() != JSON or (charset and charset[1] not in ("utf-8", "utf8")):
        raise malformed("The body of a request is application/json, in UTF-8.", 415, "UNSUPPORTED_MEDIA_TYPE")
    if (request.headers.get("content-encoding") or "identity") != "identity":
        raise malformed("The body of a request is not compressed.", 415, "UNSUPPORTED_MEDIA_TYPE")


def names(query: str) -> list[str]:
    """Return the names of the parameters of GraphQL in a URL, as any server may read them: some take `;` for `&`."""
    parts = re.split("[&;]", query) if query else ()
    return [name for part in parts if (name := unquote_plus(part.partition("=")[0])) in KEYS]


def _of_url(query: str) -> Asked:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise malformed("The parameters of the URL cannot be read.") from None
    given = [name for name, _ in pairs if name in KEYS]
    if len(set(given)) != len(given):
        raise malformed("The URL has a parameter of GraphQL twice.", code="DUPLICATE_KEY")
    if names(query) != given:
        raise malformed("The URL has a parameter of GraphQL where some servers find it, and others do not.")
    said: dict[str, str] = dict(pairs)
    body: dict[str, object] = {name: said[name] for name in ("query", "operationName", "documentId") if name in said}
    body |= {name: strict(said[name]) for name in ("variables", "extensions") if said.get(name)}
    return of_json(body)


def of_json(body: object) -> Asked:
    """Return the operation that *body* asks for, which was JSON; `Refused` if it is none."""
    if not isinstance(body, dict):
        raise malformed("A request of GraphQL is an object in JSON.")
    if unknown := body.keys() - KEYS:
        raise malformed(f"A request of GraphQL has no {min(unknown)[:100]!r}.")
    texts = {key: body.get(key) for key in ("query", "operationName", "documentId")}
    for key, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise malformed(f"{key} is a text.")
    for key in ("variables", "extensions"):
        if not isinstance(body.get(key) or {}, dict):
            raise malformed(f"{key} is an object.")
    return Asked(
        texts["query"],
        texts["operationName"] or None,
        body.get("variables") or {},
        body.get("extensions") or {},
        texts["documentId"],
    )


def is_preflighted(request: Request) -> bool:
    """Return whether *request* has what a page of another site cannot send without asking."""
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    return kind in (JSON, GRAPHQL_JSON) or any(request.headers.get(name) for name in PREFLIGHT)


def size_of(variables: Mapping[str, Any]) -> int:
    """Return how many bytes *variables* have in JSON."""
    return len(json.dumps(variables, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))
