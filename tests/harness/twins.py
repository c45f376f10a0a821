"""Twins: each route twice, native and behind a plugin that changes nothing, told apart by one header of the request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.client import Answer
from harness.gateway import Gateway

WAY = "x-way"
NATIVE, PYTHON = "native", "python"
NOTHING = """
from crossway import Request, Response, plugin

@plugin
async def nothing(request: Request, call_next) -> Response:
    return await call_next(request)
"""
_ITS_OWN = {"date", "x-request-id", WAY}
"""What differs from request to request."""


def twins(routes: Mapping[str, Mapping[str, Any]], services: Mapping[str, Any], **more: Any) -> str:
    """Return a gateway at ``$http`` with *routes*, each of them twice."""
    plugins = {"nothing": {"source": NOTHING}} | more.pop("plugins", {})
    both: dict[str, object] = {}
    for name, route in routes.items():
        (match,) = route["matches"]
        for way in (NATIVE, PYTHON):
            policies = route.get("policies", {}) | ({"plugins": ["nothing"]} if way == PYTHON else {})
            matches = [match | {"headers": {WAY: way}}]
            both[f"{name}-{way}"] = {**route, "matches": matches, "policies": policies}
    gateways = {"edge": {"listeners": {"http": "$http"}}}
    config = {"gateways": gateways, "services": services, "plugins": plugins, "routes": both | more.pop("alone", {})}
    text = json.dumps(config | more, indent=1).replace("$", "$$")  # JSON is YAML
    return text.replace('"$$http"', "$http")


@dataclass(frozen=True)
class Twins:
    """What the two answered."""

    native: Answer
    python: Answer

    @property
    def said(self) -> tuple[object, object]:
        """Their answers, without what differs from request to request, and without what is known to differ."""
        return _said(self.native), _said(self.python)


async def asked(gateway: Gateway, path: str, **request: Any) -> Twins:
    """Return what both answer to the same request."""
    headers = request.pop("headers", {})
    native, python = [await gateway.get(path, headers={**headers, WAY: way}, **request) for way in (NATIVE, PYTHON)]
    return Twins(native, python)


def _said(answer: Answer) -> object:
    headers = {name: value for name, value in answer.headers.items() if name not in _ITS_OWN}
    if "json" not in headers.get("content-type", ""):
        return answer.status, headers, answer.body
    headers.pop("content-length", None)
    body = answer.json if answer.body else None
    if isinstance(body, dict):
        body.pop("request_id", None)
        if "headers" in body:
            body["headers"] = {name: value for name, value in body["headers"].items() if name not in _ITS_OWN}
    return answer.status, headers, body
