"""The audit log: who did what, and whether it is whole. It is of all namespaces, so a bound token does not get it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.exceptions import PermissionDeniedException
from msgspec import Meta, Struct

from crossway.admin.api import Api, Ask, Before, Limit
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.model.access import AuditEntry, Identity, Role


class AuditEntryAnswer(Struct, frozen=True):
    """One write, or attempt at one."""

    number: int
    time: datetime
    author: str
    address: str
    action: str
    target: str
    outcome: Annotated[str, Meta(description="`begun` before it is done; a later entry says what became of it.")]
    previous: Annotated[str, Meta(description="The hash of the entry before.")]
    hash: str


class AuditLog(Struct, frozen=True):
    """A piece of the log, the newest first."""

    items: list[AuditEntryAnswer]
    next: Annotated[int | None, Meta(description="The `before` of what follows; null at the end.")]


class Verdict(Struct, frozen=True):
    """Whether the log is what was written."""

    entries: int
    whole: bool
    broken_at: Annotated[int | None, Meta(description="The first entry that was changed, or after which one is gone.")]


@get("/audit", operation_id="listAuditEntries", tags=["audit"], responses=problems(), opt={ROLE: Role.ADMIN})
async def list_audit_entries(request: Ask, api: Api, limit: Limit = 100, before: Before = None) -> AuditLog:
    """List audit entries, the newest first."""
    _unbound(request.user)
    found = list(await api.ledger.audit_log(before, limit + 1))
    items, more = found[:limit], len(found) > limit
    return AuditLog([_answer(entry) for entry in items], items[-1].number if more else None)


@get("/audit/verify", operation_id="verifyAudit", tags=["audit"], responses=problems(), opt={ROLE: Role.ADMIN})
async def verify_audit(request: Ask, api: Api) -> Verdict:
    """Compute the chain of hashes again, and say whether it is whole."""
    _unbound(request.user)
    newest = await api.ledger.audit_log(None, 1)
    broken_at = await api.ledger.verify_audit()
    return Verdict(newest[0].number if newest else 0, broken_at is None, broken_at)


def _unbound(who: Identity) -> None:
    if who.namespaces:
        raise PermissionDeniedException("the audit log is of all namespaces, and this token is bound to some")


def _answer(entry: AuditEntry) -> AuditEntryAnswer:
    return AuditEntryAnswer(
        number=entry.number,
        time=entry.time,
        author=entry.author,
        address=entry.address,
        action=entry.action,
        target=entry.target,
        outcome=entry.outcome,
        previous=entry.previous,
        hash=entry.hash,
    )


PAGES: Sequence[object] = (list_audit_entries, verify_audit)
