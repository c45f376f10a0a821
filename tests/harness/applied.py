"""What a change may become, as the API says it."""

from typing import Any

FINDING = {
    "code": "proxy.refused",
    "severity": "error",
    "message": "bad regex",
    "resource": "routes.a",
    "path": "routes.a.matches",
    "expected": None,
    "hint": None,
    "file": "x.yaml",
    "line": 2,
    "column": 3,
}
SAID = "x.yaml:2:3: error: routes.a.matches: bad regex [proxy.refused]"
STEPS = [
    {"step": {"name": "read", "text": "2 resources differ", "seconds": 0.012}},
    {"step": {"name": "wait", "text": "live on 12/12 proxies", "seconds": 0.1}},
]


def applied(state: str, **more: Any) -> dict[str, Any]:
    """Return what became of a change."""
    said = {"state": state, "revision": 41, "live": 12, "proxies": 12, "quarantined": []}
    return {**said, "findings": [], "differences": [], **more}


def difference(name: str, before: str | None, after: str | None, namespace: str = "default") -> dict[str, Any]:
    """Return what a change does to one route."""
    return {"kind": "routes", "namespace": namespace, "name": name, "before": before, "after": after}
