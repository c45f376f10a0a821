"""Answers that the gateway gives itself, as problem details (RFC 9457)."""

from __future__ import annotations

import json
from typing import Final

from crossway.compile.program import TOLD_AS
from crossway.model import Finding
from crossway.protos import from_dict, type_url
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.access_loggers.filters.cel import v3 as cel_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3

PROBLEM_JSON: Final = "application/problem+json"
MISDIRECTED: Final = 421
CLOSED: Final = "urn:crossway:finding:"
"""What the type of a problem begins with that says why a route is closed; then comes the code of the finding."""

_UNTOLD: Final = frozenset({401, 403})
"""The statuses of which the answer does not say which rule it was: that would help who tries. The access log does."""

_TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    413: "Content Too Large",
    426: "Upgrade Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
"""The statuses that the proxy answers with by itself (RFC 9110, section 15; RFC 6585); others are shown untitled."""


def answer(status: int, body: str, content_type: str) -> route_v3.Route:
    """Return the part of a route that answers with *body* instead of forwarding."""
    route = route_v3.Route(direct_response=route_v3.DirectResponseAction(status=status))
    if body:
        route.direct_response.body.inline_string = body
        route.response_headers_to_add.add(
            header=core_v3.HeaderValue(key="content-type", value=literal(content_type)),
            append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
        )
    return route


def closed(finding: Finding) -> route_v3.Route:
    """Return the part of a route that answers 503 with the code of *finding*.

    The message stays in the control plane: it may name what a client must not learn.
    """
    problem = {
        "type": f"{CLOSED}{finding.code}",
        "title": "This route is closed: its configuration cannot hold.",
        "status": 503,
        "code": finding.code,
    }
    return answer(503, json.dumps(problem), PROBLEM_JSON)


def misdirected_request() -> route_v3.Route:
    """Return the route that answers 421: the client may ask again over a connection of its own (RFC 9110, 15.5.20)."""
    problem = {"type": "about:blank", "title": "Misdirected Request", "status": MISDIRECTED}
    route = answer(MISDIRECTED, json.dumps(problem), PROBLEM_JSON)
    route.match.prefix = "/"
    return route


def is_closed(route: route_v3.Route) -> bool:
    """Return whether *route* answers as `closed` made it."""
    return route.direct_response.status == 503 and f'"type": "{CLOSED}' in route.direct_response.body.inline_string


def literal(text: str) -> str:
    """Return *text* as a header value in which Envoy sees no command operators."""
    return text.replace("%", "%%")


def local_replies() -> hcm_v3.LocalReplyConfig:
    """Give the answers that the proxy makes a body as problem details.

    What a route, an error page or an authorizer says stays: Envoy gives the details ``direct_response`` to the first,
    none to the second and ``ext_authz_denied`` to the third.
    """
    own = {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": {
                "@type": type_url(cel_v3.ExpressionFilter),
                "expression": "!(response.code_details in ['direct_response', 'ext_authz_denied', ''])",
            },
        }
    }
    titled = [
        {
            "filter": {"and_filter": {"filters": [_has_status(status), own]}},
            "body_format_override": _problem(title, told=status not in _UNTOLD),
        }
        for status, title in _TITLES.items()
    ]
    meant = [{"filter": _has_status(told), "status_code": status} for status, told in TOLD_AS.items()]
    mappers = [*meant, *titled, {"filter": own, "body_format_override": _problem(None)}]
    return from_dict({"mappers": mappers}, hcm_v3.LocalReplyConfig)


def _has_status(status: int) -> dict[str, object]:
    value = {"default_value": status, "runtime_key": "crossway.unused"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _problem(title: str | None, *, told: bool = True) -> dict[str, object]:
    """Return problem details in Envoy's substitution format, which escapes the values and keeps numbers numbers."""
    problem = {
        "type": "about:blank",
        "title": title,
        "status": "%RESPONSE_CODE%",
        "detail": "%RESPONSE_CODE_DETAILS%" if told else None,
        "request_id": "%REQ(X-REQUEST-ID)%",
    }
    present = {key: value for key, value in problem.items() if value is not None}
    return {"json_format": present, "content_type": PROBLEM_JSON}
