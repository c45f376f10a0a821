"""Namespaces: a room of one's own for names, and a place for policies."""

from __future__ import annotations

from pydantic import Field

from crossway.model.part import Part, Policies


class Namespace(Part):
    """A namespace. Resources inside it name each other without it; others write ``namespace/name``."""

    policies: Policies = Field(default_factory=dict)
    """Policies that hold for every route of the namespace."""
