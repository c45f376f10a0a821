"""The page of the resources: every kind, with its fields."""

from __future__ import annotations

import inspect

from crossway.model import KINDS
from tools.reference.fields import describe

_INTRODUCTION = """# Resources

A configuration maps kinds to names, and names to settings. A directory of files is read as one, and so is a file of
several YAML documents. A name is unique in its kind and namespace; a resource of another namespace is written
`namespace/name`.

- A **duration** is a number with a unit: `250ms`, `15s`, `1h30m`.
- A **size** is a number of bytes, or a number with a unit: `64KiB`, `10MB`.
- A **percentage** is a number from 0 to 100, with or without `%`.
- Unknown keys are errors."""


def page() -> str:
    """Return the page."""
    sections = [
        f"## `{name}`\n\n{inspect.cleandoc(kind.__doc__ or '').replace('``', '`')}\n\n{describe(kind)}"
        for name, kind in KINDS.items()
    ]
    return "\n\n".join([_INTRODUCTION, *sections]) + "\n"
