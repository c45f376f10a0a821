"""Answers that the gateway gives itself, as problem details (RFC 9457)."""

from __future__ import annotations

import json

from crossway.model import Finding
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3

PROBLEM_JSON = "application/problem+json"


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
        "type": f"urn:crossway:finding:{finding.code}",
        "title": "This route is closed: its configuration cannot hold.",
        "status": 503,
        "code": finding.code,
    }
    return answer(503, json.dumps(problem), PROBLEM_JSON)


def literal(text: str) -> str:
    """Return *text* as a header value in which Envoy sees no command operators."""
    return text.replace("%", "%%")
