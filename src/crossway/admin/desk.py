"""What the admin API asks of a control plane: one contract, and the values that go over it.

The API knows HTTP, tokens and the audit log; what a change is, and how one is proven, is known behind the desk.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from crossway.compile.program import Described, Purge
from crossway.model import Findings, Ref
from crossway.model.access import Identity
from crossway.model.document import Document
from crossway.model.revision import Change, Difference, Revision, Row


@dataclass(frozen=True, slots=True)
class Guard:
    """Take a change back if it makes requests fail."""

    errors: float
    """The share of 5xx answers of the routes that were touched, in percent, above which it is taken back."""
    window: timedelta
    """How long after the change they are watched."""


@dataclass(frozen=True, slots=True)
class Apply:
    """What is to be changed, and how much proof is asked for."""

    documents: tuple[Document, ...] = ()
    """Whole files: every resource in them is put."""
    prune: bool = False
    """Whether resources that are in none of the documents are removed: `documents` is then the whole configuration, as
    far as it exists for whoever asks."""
    changes: tuple[Change, ...] = ()
    """Single resources."""
    base: int | None = None
    """The revision that the author looked at; see `Changeset.base`."""
    message: str = ""
    dry_run: bool = False
    """Do everything up to the validation, and keep nothing."""
    wait: bool = True
    """Whether whoever asked waits for the proof, which is made in any case; else they are told once it is pushed."""
    timeout: timedelta = timedelta(seconds=60)
    """After which a change that is not live everywhere is taken back."""
    strict: bool = False
    """Take the whole change back if a proxy refuses any part of it, rather than put that part into quarantine."""
    guard: Guard | None = None


class StepName(enum.StrEnum):
    """The steps of a change, in their order."""

    READ = "read"
    COMPILE = "compile"
    VALIDATE = "validate"
    PROPOSE = "propose"
    PUSH = "push"
    WAIT = "wait"
    GUARD = "guard"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was done, in words."""

    name: StepName
    text: str
    """``2 resources differ``, ``live on 11/12 proxies`` ... A step may report more than once."""
    seconds: float
    """Since the change began."""


Tell = Callable[[Step], None]
"""Hears a step as soon as it is done."""


class State(enum.StrEnum):
    """What became of a change."""

    LIVE = "live"
    """It is live on every proxy."""
    UNCHANGED = "unchanged"
    """It changes nothing, so there is no new revision."""
    VALID = "valid"
    """It was a dry run, and would have been pushed."""
    PENDING = "pending"
    """It is being pushed, and nobody waits for it."""
    REFUSED = "refused"
    """It was not pushed: something is wrong with it."""
    ROLLED_BACK = "rolled_back"
    """It was pushed and taken back."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a change."""

    state: State
    revision: int | None
    """The revision that it made, or that there is if it made none."""
    differences: tuple[Difference, ...]
    findings: Findings
    quarantined: tuple[Ref, ...] = ()
    """What was put aside, so that an older version of it serves, or 503."""
    live: int = 0
    proxies: int = 0
    """How many of how many proxies have it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request to be explained."""

    method: str
    url: str
    """With scheme and host, which choose the listener."""
    headers: tuple[tuple[str, str], ...] = ()
    client_ip: str = "127.0.0.1"
    listener: str = ""
    """``gateway/listener``; found by scheme and port without it."""
    revision: int | None = None
    """The newest one without it."""


@dataclass(frozen=True, slots=True)
class Purged:
    """A purge that was made."""

    purge: Purge
    live: int
    """On how many of the connected proxies it is live by now."""
    proxies: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plugin has cost since the proxy started. Times are in seconds."""

    calls: int
    errors: int
    timeouts: int
    seconds: float
    """How long its hooks took, without what they waited for others."""
    cpu: float
    uptime: float
    """How long the proxy runs."""


@dataclass(frozen=True, slots=True)
class Running:
    """A plugin, where it runs, and what it costs."""

    ref: Ref
    described: Described
    routes: tuple[Ref, ...]
    """The routes that run it, in ascending order."""
    cost: Cost | None
    """`None` where no proxy is beside the control plane, or it does not answer."""


class Desk(Protocol):
    """A control plane, as the admin API sees it.

    Every method may raise `Unavailable`, `NotFound` for what does not exist for *who*, and `UserError` for what cannot
    be done here: a control plane that follows files has no writes.
    """

    async def revision(self, number: int | None = None) -> Revision:
        """Return one revision; the newest live one without a number."""
        ...

    async def revisions(self, before: int | None, limit: int) -> Sequence[Revision]:
        """Return at most *limit* revisions, the newest first, those before a number."""
        ...

    async def rows(self, who: Identity, number: int | None = None) -> Sequence[Row]:
        """Return the resources that exist for *who*, in ascending order of `Row.ref`; of a revision, or the newest."""
        ...

    async def row(self, who: Identity, ref: Ref) -> Row:
        """Return one resource of the newest live revision, without a look at the store."""
        ...

    def text(self, row: Row) -> str:
        """Return the text of a resource with its secrets redacted. It is cheap where there are none."""
        ...

    def value(self, row: Row) -> object:
        """Return the settings of a resource as plain data, with its secrets redacted; `None` if it cannot be read.

        Like `text`, it may be called in any thread.
        """
        ...

    async def difference(self, who: Identity, old: int, new: int) -> Sequence[Difference]:
        """Return what two revisions say differently."""
        ...

    async def apply(self, request: Apply, who: Identity, tell: Tell) -> Applied:
        """Make a change, tell its steps, and return what became of it. `Conflict` if somebody else was quicker."""
        ...

    async def rollback(self, number: int, request: Apply, who: Identity, tell: Tell) -> Applied:
        """Do as `apply`, with the changes that lead back to the revision *number*; *request* says the rest."""
        ...

    async def findings(self, who: Identity) -> Findings:
        """Return what is wrong now."""
        ...

    async def status(self, who: Identity) -> Mapping[str, object]:
        """Return the state of the control plane and its proxies as plain data."""
        ...

    async def proxies(self, who: Identity) -> Sequence[Mapping[str, object]]:
        """Return every connected proxy: its revision, what it acknowledged and refused, what is still warming."""
        ...

    async def routes(self, who: Identity) -> Sequence[Mapping[str, object]]:
        """Return the inventory of routes."""
        ...

    async def xds(self, view: str) -> Sequence[object]:
        """Return what the proxies of a view are given, redacted."""
        ...

    async def effective(self, who: Identity, ref: Ref) -> Sequence[Mapping[str, object]]:
        """Return each policy that holds for a resource: its name, its values, and where each comes from."""
        ...

    async def explain(self, who: Identity, question: Question) -> Mapping[str, object]:
        """Return what would become of a request, and why."""
        ...

    async def put_secret(self, who: Identity, ref: Ref, value: str) -> None:
        """Keep a secret, which nobody can read again."""
        ...

    async def delete_secret(self, who: Identity, ref: Ref) -> None:
        """Forget a secret."""
        ...

    async def secrets(self, who: Identity) -> Sequence[Mapping[str, object]]:
        """Return the names of the secrets, and when each was put."""
        ...

    async def purge(self, who: Identity, wanted: Purge) -> Purged:
        """Have no cache give any more what *wanted* means, and return the purge when it is live, or after a while.

        `NotFound` for a route that does not exist for *who*.
        """
        ...

    async def purges(self, who: Identity) -> Sequence[Purge]:
        """Return the purges that hold, the oldest first."""
        ...

    async def plugins(self, who: Identity) -> Sequence[Running]:
        """Return the plugins, in ascending order."""
        ...
