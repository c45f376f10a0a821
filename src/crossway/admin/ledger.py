"""What the admin API asks of the store: tokens, and the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from crossway.model.access import AuditEntry, Token


class Ledger(Protocol):
    """Where tokens and audit entries are kept. Every method may raise `Unavailable`."""

    async def add_token(self, token: Token) -> None:
        """Keep a token."""
        ...

    async def tokens(self) -> Sequence[Token]:
        """Return all tokens, the oldest first; those that expired included."""
        ...

    async def token(self, identifier: str) -> Token:
        """Return one token; `NotFound` if there is none."""
        ...

    async def remove_token(self, identifier: str) -> None:
        """Forget a token; `NotFound` if there is none."""
        ...

    async def audit(self, *, author: str, address: str, action: str, target: str, outcome: str) -> AuditEntry:
        """Append an entry to the audit log."""
        ...

    async def audit_log(self, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """Return at most *limit* entries, the newest first; those before a number, if there is one."""
        ...

    async def verify_audit(self) -> int | None:
        """Return the number of the first entry that is not as it was written; `None` if all are whole."""
        ...
