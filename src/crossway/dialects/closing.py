"""Closing: what is left of a resource that must let nothing through.

A route that is left out would leave its requests to another one, which may be open. So it keeps the requests that were
meant for it, and answers them 503. A service has no endpoints, so that its routes answer 503 by themselves; workloads
let nobody in. Anything else is left out, and what names it is closed by that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from crossway.model import Finding, Findings

_STANDING: Final = ("gateways", "listeners", "services", "hostnames", "matches", "priority", "tiebreak")
"""What says which requests a route takes."""


def closed(kind: str, settings: Mapping[str, object], why: Finding) -> dict[str, object] | None:
    """Return the *settings* of a resource of this *kind*, closed for the reason *why*; `None` to leave it out."""
    if kind == "services":
        return {"endpoints": []}
    if kind == "workloads":
        who = {name: settings[name] for name in ("labels", "everywhere") if name in settings}
        return {**who, "policies": {"authorize": {"deny": [{"paths": ["/*"]}]}}}
    if kind != "routes":
        return None
    standing = {name: settings[name] for name in _STANDING if name in settings}
    body = json.dumps({"title": "Service Unavailable", "status": 503, "code": why.code})
    return {**standing, "respond": {"status": 503, "content_type": "application/problem+json", "body": body}}


def contained(kind: str, settings: Mapping[str, object], wrong: Findings) -> dict[str, object] | None:
    """Return *settings*, which say what no resource of this *kind* may, closed and without conditions that are wrong.

    `None` to leave it out, as where no condition is left.
    *wrong* is not empty; its paths begin at the resource.
    """
    unfit = {finding.path[1] for finding in wrong if finding.path[:1] == ("matches",) and len(finding.path) > 1}
    matches = settings.get("matches")
    if isinstance(matches, list | tuple) and unfit:
        left = [match for index, match in enumerate(matches) if index not in unfit]
        if not left:  # without a condition it would take every request
            return None
        settings = {**settings, "matches": left}
    return closed(kind, settings, wrong[0])
