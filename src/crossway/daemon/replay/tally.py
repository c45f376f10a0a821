"""The tally of a replay: counts and a few examples, in an amount of memory that the log has no say in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from crossway.daemon.replay.treatment import Change, Kind
from crossway.telemetry.access_log import Record, printable

MOST: Final = 1_000
"""Groups of one sort, and consumers, that are counted one by one; those that come later are counted together."""
EXAMPLES: Final = 3
NOBODY: Final = "-"
"""Stands for the consumer of a request whose log names none."""
OTHERS: Final = "(others)"
"""Stands for the consumers that are counted together."""


class Doubt(NamedTuple):
    """What the answer for a request hangs on."""

    conditions: tuple[str, ...]
    hint: str
    """What to log, so that it is known the next time; empty if nothing would tell."""


class Mismatch(NamedTuple):
    """A route that stands in the log, and the one that the configuration before would have taken."""

    logged: str
    simulated: str


class Example(NamedTuple):
    """One request, as far as it is shown."""

    method: str
    host: str
    path: str
    status: int | None
    """As it was."""
    consumer: str
    request_id: str

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.path}"


K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Group(Generic[K]):
    """Requests that are alike."""

    what: K | None
    """What they have in common; `None` for those that are counted together."""
    requests: int = 0
    examples: list[Example] = field(default_factory=list)
    """The first of them, each with a path of its own."""

    def add(self, record: Record) -> None:
        """Count a request, and keep it as an example if there is room for it."""
        self.requests += 1
        if len(self.examples) < EXAMPLES:
            path = printable(record.path or "")
            if all(example.path != path for example in self.examples):
                self.examples.append(_example(record, path))


def _example(record: Record, path: str) -> Example:
    method, host, request_id = (printable(text or "") for text in (record.method, record.host, record.request_id))
    return Example(method, host, path, record.status, printable(record.consumer or NOBODY), request_id)


class Groups(Generic[K]):
    """Groups of one sort."""

    def __init__(self) -> None:
        self._groups: dict[K, Group[K]] = {}
        self._others: Group[K] = Group(None)

    def of(self, what: K) -> Group[K]:
        """Return the group of *what*; that of all others once there are too many."""
        group = self._groups.get(what)
        if group is None:
            if len(self._groups) >= MOST:
                return self._others
            group = self._groups[what] = Group(what)
        return group

    def __iter__(self) -> Iterator[Group[K]]:
        """Yield the groups, those with the most requests first; last, those that are counted together."""
        yield from sorted(self._groups.values(), key=lambda group: (-group.requests, str(group.what)))
        if self._others.requests:
            yield self._others

    @property
    def requests(self) -> int:
        """How many requests there are in all of them."""
        return sum(group.requests for group in self._groups.values()) + self._others.requests


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a replay says of a request: nothing changes, something does, or nobody knows."""

    change: Group[Change] | None = None
    doubt: Group[Doubt] | None = None
    mismatch: Group[Mismatch] | None = None
    """Where the log and the configuration before disagree."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What changes."""
        return self.change.what.kinds if self.change and self.change.what else ()


@dataclass(slots=True)
class Consumer:
    """The requests of one consumer."""

    name: str
    requests: int = 0
    changed: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)


class Tally:
    """The account of one replay."""

    def __init__(self) -> None:
        self.sessions = 0
        """Lines about TCP and UDP sessions."""
        self.unrouted = 0
        """Requests that were refused before a route was looked for."""
        self.requests = 0
        """Those that are replayed."""
        self.changed = 0
        self.kinds: Counter[Kind] = Counter()
        self.changes: Groups[Change] = Groups()
        self.doubts: Groups[Doubt] = Groups()
        self.mismatches: Groups[Mismatch] = Groups()
        self._consumers: dict[str, Consumer] = {}

    @property
    def undecided(self) -> int:
        """Requests of which it is not known whether anything changes."""
        return self.doubts.requests

    @property
    def unchanged(self) -> int:
        """Requests with which nothing changes."""
        return self.requests - self.changed - self.undecided

    @property
    def consumers(self) -> list[Consumer]:
        """The consumers, those with the most changed requests first."""
        return sorted(self._consumers.values(), key=lambda one: (-one.changed, -one.requests, one.name))

    def add(self, record: Record, verdict: Verdict) -> None:
        """Count a request."""
        self.requests += 1
        consumer = self._consumers.get(record.consumer or NOBODY) or self._new(record.consumer or NOBODY)
        consumer.requests += 1
        if verdict.change is not None:
            verdict.change.add(record)
            self.changed += 1
            consumer.changed += 1
            for kind in verdict.kinds:
                self.kinds[kind] += 1
                consumer.kinds[kind] += 1
        elif verdict.doubt is not None:
            verdict.doubt.add(record)
        if verdict.mismatch is not None:
            verdict.mismatch.add(record)

    def _new(self, name: str) -> Consumer:
        name = name if len(self._consumers) < MOST else OTHERS
        return self._consumers.setdefault(name, Consumer(printable(name)))
