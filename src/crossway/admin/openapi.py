"""The OpenAPI document (3.1), made from the handlers: it says what they take and answer because they do.

Litestar derives it; what it cannot know is added here: bodies that are read in more than one way, and headers.
https://spec.openapis.org/oas/v3.1.1
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib.metadata import version
from typing import Any, Final

from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from crossway.admin.making import NDJSON

_BEARER: Final = "token"
_DESCRIPTION: Final = """\
Everything under `/v1` takes a token, `Authorization: Bearer cw_...`; over the Unix socket in the state directory none
is needed. What a token is not for does not exist for it. Every change is proven before it is live, and every attempt at
one is in the audit log."""

Part = MutableMapping[str, Any]
"""A part of the document: JSON as Litestar made it, in the shape that OpenAPI gives it. It is changed in place."""


def document(router: Router) -> dict[str, Any]:
    """Return the OpenAPI document of the API that *router* is."""
    scheme = SecurityScheme(type="http", scheme="bearer", bearer_format="cw_<id>_<secret>")
    config = OpenAPIConfig(
        title="Crossway",
        version=version("crossway"),
        description=_DESCRIPTION,
        security=[{_BEARER: []}],
        components=Components(security_schemes={_BEARER: scheme}),
        use_handler_docstrings=True,
    )
    app = Litestar([router], openapi_config=config, logging_config=None)
    found = app.openapi_schema.to_schema()
    for schema in found["components"]["schemas"].values():
        if schema.get("type") == "object":
            schema["additionalProperties"] = False
    for operation in _operations(found):
        _summarise(operation)
        _add_headers(operation)
    _add_bodies(found["paths"])
    return found


def _operations(found: Part) -> Iterator[Part]:
    for path in found["paths"].values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))


def _summarise(operation: Part) -> None:
    """Say in one sentence what an operation does, and the rest beneath it."""
    text: str = operation.pop("description")
    operation["summary"], _, rest = text.partition(". ")
    operation["summary"] = operation["summary"].removesuffix(".")
    if rest:
        operation["description"] = rest


def _add_headers(operation: Part) -> None:
    for status, name, what in (
        ("401", "WWW-Authenticate", "How to authenticate (RFC 6750)."),
        ("429", "Retry-After", "In how many seconds to try again."),
        ("503", "Retry-After", "In how many seconds to try again."),
    ):
        operation["responses"][status]["headers"] = _header(name, what)


def _header(name: str, what: str) -> Part:
    return {name: {"description": what, "schema": {"type": "string"}}}


def _add_bodies(paths: Part) -> None:
    one = paths["/v1/resources/{kind}/{namespace}/{name}"]
    tag = _header("ETag", "The version.")
    text = {"schema": {"type": "string"}, "example": "to: orders\nmatches: [{path: /orders/*}]\n"}
    for answer in (one["get"]["responses"]["200"], one["get"]["responses"]["304"]):
        answer["headers"] = tag
    one["get"]["responses"]["200"]["content"]["application/yaml"] = text
    one["put"]["responses"]["200"]["headers"] = one["put"]["responses"]["201"]["headers"] = tag
    settings = {"schema": {}, "example": {"to": "orders", "matches": [{"path": "/orders/*"}]}}
    one["put"]["requestBody"] = {"required": True, "content": {"application/json": settings, "application/yaml": text}}
    for operation, headers in (
        (one["get"], ("If-None-Match",)),
        (one["put"], ("If-Match", "If-None-Match")),
        (one["delete"], ("If-Match", "If-None-Match")),
    ):
        operation["parameters"] += [_condition(name) for name in headers]
    changing = (paths["/v1/changesets"]["post"], paths["/v1/revisions/{number}/rollback"]["post"])
    for operation in changing:
        answer = operation["responses"]["200"]
        answer["content"] = {
            **operation["responses"]["202"]["content"],
            NDJSON: {"schema": {"type": "string"}, "example": _LINES},
        }
    for operation in (*changing, one["put"], one["delete"]):
        problem = operation["responses"]["400"]["content"]
        operation["responses"]["409"]["content"] |= problem


def _condition(name: str) -> Part:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": "Entity tags, or `*` (RFC 9110, section 13.1).",
        "schema": {"type": "string", "maxLength": 1024},
        "example": '"4cf8a4b1b6c0d2e1f3a5b7c9"',
    }


_LINES: Final = (
    '{"step":{"name":"read","text":"2 resources differ","seconds":0.01}}\n'
    '{"applied":{"state":"live","revision":41,"live":12,"proxies":12,"quarantined":[],"findings":[],"differences":[]}}\n'
)
