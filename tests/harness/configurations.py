"""Configurations in which each route tells its name: a test of routing asks which one answers."""

import json
from collections.abc import Mapping

Settings = Mapping[str, object]


def telling(routes: Mapping[str, Settings]) -> str:
    """Return a gateway at ``$http`` with *routes*; one that says nothing else answers with its name."""
    actions = ("to", "redirect", "respond")
    complete = {
        name: settings if any(action in settings for action in actions) else {**settings, "respond": {"body": name}}
        for name, settings in routes.items()
    }
    # JSON is YAML; the port is no text.
    text = json.dumps({"gateways": {"edge": {"listeners": {"http": "$http"}}}, "routes": complete}, indent=1)
    return text.replace('"$http"', "$http")
