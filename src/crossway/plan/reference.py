"""References that mean nothing."""

from __future__ import annotations

from crossway.model import FieldPath, Finding, Ref


def dangling(about: Ref, path: FieldPath, named: Ref) -> Finding:
    """Return the finding for a name that means nothing."""
    message = f"there is no {named.kind.removesuffix('s')} {named.local!r}"
    return Finding("reference.dangling", message, about=about, path=path)
