"""The page of what holds where nobody asked for anything."""

from __future__ import annotations

from crossway.daemon.registry import load_policies
from tools.reference.fields import written

_INTRODUCTION = """# Defaults

What holds where nothing is attached. A gateway is meant to be safe at the edge of a network as it is; whoever attaches
a policy changes only the fields that they write. Fields that bound nothing by default are left out."""


def page() -> str:
    """Return the page."""
    parts = [_INTRODUCTION]
    for name, policy in load_policies().items():
        if policy.default is None:
            continue
        rows = [
            f"| `{field}` | `{written(value, type(policy.default).model_fields[field])}` |"
            for field, value in policy.default.model_dump(mode="json").items()
            if value is not None and value not in ([], {}, "")
        ]
        if rows:
            parts.append("\n".join([f"## [`{name}`](policies/{name}.md)\n", "| field | value |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"
