"""Revisions: the accepted states of a whole configuration, and the changes between them.

A store keeps rows, each the text of one resource. A changeset changes any number of rows, whole or not at all. What it
leads to is a revision: numbered by the store, and named by its content, so that two stores that hold the same have
the same digest.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

from crossway.model.finding import Findings, Origin
from crossway.model.ref import Ref

_DIGEST_BITS: Final = 256


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as a store keeps it."""

    ref: Ref
    text: str = field(repr=False)
    """Its text, as in `Document.text` of a document about one resource."""
    origin: Origin
    """The file and the line at which it stood when it was applied, or the name of the resource if there was no file."""
    revision: int = 0
    """The revision that gave it this text."""

    @property
    def etag(self) -> str:
        """The version of the resource: a hash of its text (RFC 9110, section 8.8.3, without the quotes)."""
        return etag(self.text)


def etag(text: str) -> str:
    """Return the version of a resource that says *text*."""
    return blake2b(text.encode(), digest_size=12).hexdigest()


def combine(digest: str, removed: Iterable[Row], added: Iterable[Row]) -> str:
    """Return the digest of the state that lacks *removed* and has *added*, after the state with *digest*.

    It is the sum of the hashes of all rows, so that its price is that of the change: AdHash, from Bellare and
    Micciancio, "A New Paradigm for Collision-Free Hashing: Incrementality at Reduced Cost" (1997). It tells states
    apart; it is no proof against somebody who makes texts for it.
    """
    total = int(digest, 16)
    for sign, rows in ((-1, removed), (1, added)):
        for row in rows:
            content = json.dumps([*row.ref, row.text]).encode()
            total += sign * int.from_bytes(blake2b(content, digest_size=_DIGEST_BITS // 8).digest())
    return f"{total % (1 << _DIGEST_BITS):064x}"


EMPTY_DIGEST: Final = f"{0:064x}"
"""The digest of a configuration without resources."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one resource."""

    ref: Ref
    text: str | None = field(repr=False)
    """Its new text; `None` removes it."""
    origin: Origin
    if_match: str | None = None
    """The version that it must have for the change to hold: an etag, ``*`` for any, empty for none. `None`: whatever
    it has."""


@dataclass(frozen=True, slots=True)
class Changeset:
    """Changes that are applied whole or not at all."""

    changes: tuple[Change, ...]
    author: str
    message: str = ""
    base: int | None = None
    """The revision that the author looked at: no resource that is changed here may have been changed since."""
    strict: bool = False
    """Whether it is refused as a whole if a proxy refuses any part of it."""


class RevisionState(enum.StrEnum):
    """How far a revision has come."""

    PENDING = "pending"
    """It is being proven: not what the store says yet."""
    LIVE = "live"
    """It was proven, and is, or was until the next one, what the store says."""
    REFUSED = "refused"
    """It was taken back, or its control plane went away meanwhile; it never was what the store says."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of the configuration, or an attempt at one."""

    number: int
    """From 1, without gaps; 0 is the empty state before them all."""
    digest: str
    """The content address, see `combine`."""
    parent: int
    """The live revision that it was made from."""
    author: str
    time: datetime
    """When it was proposed; with a time zone."""
    message: str
    state: RevisionState
    reason: str = ""
    """Why it was refused."""
    changed: int = 0
    """How many resources it changes."""

    @classmethod
    def none(cls) -> Revision:
        """Return the revision before the first one, which holds nothing."""
        return cls(0, EMPTY_DIGEST, 0, "", datetime.fromtimestamp(0, UTC), "", RevisionState.LIVE)


@dataclass(frozen=True, slots=True)
class Difference:
    """One resource of which two revisions say different things."""

    ref: Ref
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class Report:
    """How the proxies of one control plane took a pending revision."""

    plane: str
    """The name of the control plane."""
    live: int
    proxies: int
    """How many are connected; the change is proven when as many are live."""
    refused: Findings = ()
    done: bool = False
    """Whether it is the last word."""
