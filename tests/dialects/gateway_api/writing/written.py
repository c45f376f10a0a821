"""Native configurations, written in Gateway API."""

from typing import Any

from crossway.daemon.conversion import converted
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.dialects import gateway_api, kubernetes
from crossway.dialects.gateway_api.writing import write
from crossway.dialects.native import Loaded
from crossway.model import Document

DIALECTS = (kubernetes.DIALECT, gateway_api.DIALECT)
EDGE = "gateways: {edge: {listeners: {http: 8080}}}\nservices: {one: http://127.0.0.1:9001}\n"


def written(text: str) -> dict[str, Any]:
    """Return the objects that say a native *text*, by kind and name; own kinds with a ``crossway.dev`` before them."""

    def read(text: str) -> Loaded:
        return Pipeline(load_policies(), dialects=DIALECTS).read([Document("", text)])

    settings = converted(Pipeline(load_policies(), dialects=DIALECTS), [Document("", text)]).settings
    found = {}
    for root in write(settings, read):
        assert isinstance(root, dict)
        group = "crossway.dev/" if root["apiVersion"].startswith("crossway.dev/") else ""
        found[f"{group}{root['kind']} {root['metadata']['name']}"] = root
    return found


def rule(text: str, kind: str = "HTTPRoute") -> Any:
    """Return the rule of the route `a`, whose settings are *text*, behind a plain gateway with a service."""
    return written(f"{EDGE}routes: {{a: {text}}}")[f"{kind} a"]["spec"]["rules"][0]
