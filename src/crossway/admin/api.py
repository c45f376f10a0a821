"""What the handlers of the API work with, and what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from crossway.admin.audit import Audit
from crossway.admin.changes import Changes
from crossway.admin.desk import Desk
from crossway.admin.ledger import Ledger
from crossway.admin.tokens import Tokens
from crossway.errors import NotFound
from crossway.model import KINDS, Ref
from crossway.model.access import Identity

Ask = Request[Identity, object, State]
"""A request that came through the gate."""


@dataclass(frozen=True, slots=True)
class Backing:
    """What stands behind the API."""

    desk: Desk
    ledger: Ledger
    tokens: Tokens
    audit: Audit
    changes: Changes


Api = NamedDependency[Backing]
"""A parameter called ``api`` that is given the backing."""

NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"
Kind = Annotated[str, PathParameter(description="The kind, in the plural.", max_length=64)]
Namespace = Annotated[str, PathParameter(description="The namespace.", max_length=253)]
Name = Annotated[str, PathParameter(description="The name.", max_length=253)]
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="How many items to answer at most.")]
Before = Annotated[
    int | None,
    QueryParameter(ge=1, le=2**63 - 1, description="Answer items with a smaller number; take it from `next`."),
]


def reachable(who: Identity, kind: str, namespace: str, name: str) -> Ref:
    """Return the identity of a resource; `NotFound` if it cannot exist for *who*."""
    ref = Ref(kind, name, namespace)
    if kind not in KINDS or not who.reaches(ref):
        raise NotFound(f"there is no {ref}")
    return ref
