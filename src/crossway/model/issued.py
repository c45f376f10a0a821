"""What was issued to clients, as it is remembered: codes and refresh tokens, and the keys of access tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """Something that a client was given, by the hash of it: whoever reads this cannot use it."""

    id: bytes
    """The SHA-256 of the secret, 32 bytes."""
    family: str
    """What one user allowed one client at one time: all of it ends together."""
    until: datetime
    content: Mapping[str, object]
    """What it is good for, as plain data."""
    used: bool = False


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key."""

    id: str
    created: datetime
    sealed: str
    """The key itself, which the database cannot read."""
