"""Who may do what, and who did: tokens of the admin API, and the audit log."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from crossway.model.ref import Ref


class Role(enum.StrEnum):
    """What a token allows. Each role may do what the ones before it may."""

    VIEWER = "viewer"
    """Read."""
    EDITOR = "editor"
    """Change resources and secrets."""
    OPERATOR = "operator"
    """Also roll back, and see what the proxies are given."""
    ADMIN = "admin"
    """Also make tokens, and read the audit log."""

    def includes(self, other: Role) -> bool:
        """Return whether this role may do what *other* may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it is kept: never the token itself."""

    id: str
    """What the token begins with: it is looked up by this and shown."""
    name: str
    """What it is for, in the words of whoever made it."""
    hash: str = field(repr=False)
    """The SHA-256 of the token, in hexadecimal. A token is 256 bits of chance, so no slow hash is needed."""
    role: Role
    namespaces: frozenset[str]
    """The namespaces it is bound to; empty for all."""
    created: datetime
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks."""

    name: str
    """For the audit log and as the author of revisions: ``token:ci``, or ``local:ada`` over the Unix socket."""
    role: Role
    namespaces: frozenset[str] = frozenset()
    """The namespaces that exist for them; empty for all."""

    def sees(self, namespace: str) -> bool:
        """Return whether *namespace* exists for them."""
        return not self.namespaces or namespace in self.namespaces

    def reaches(self, ref: Ref) -> bool:
        """Return whether a resource exists for them. A namespace belongs to itself: what it says holds inside it."""
        return self.sees(ref.name if ref.kind == "namespaces" else ref.namespace)


GENESIS: Final = "0" * 64
"""What the first entry of an audit log stands on."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One write, or attempt at one. Its hash covers the entry before it, so none can be changed or taken out."""

    number: int
    """From 1, without gaps."""
    time: datetime
    author: str
    address: str
    """Where the request came from."""
    action: str
    """``resource.put``, ``changeset.apply``, ``revision.rollback``, ``token.create`` ..."""
    target: str
    """What it was done to."""
    outcome: str
    """``revision 41``, ``refused``, ``412`` ..."""
    previous: str
    """The hash of the entry before."""

    @property
    def hash(self) -> str:
        """SHA-256 over all fields as a JSON list, in ASCII and with the time in UTC."""
        time = self.time.astimezone(UTC).isoformat()
        fields = [self.number, time, self.author, self.address, self.action, self.target, self.outcome, self.previous]
        return sha256(json.dumps(fields).encode()).hexdigest()
