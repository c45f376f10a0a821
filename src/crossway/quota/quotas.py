"""All buckets, and which proxies count them: reports come in, and decisions come out.

A bucket is there for as long as a proxy counts it. One that nobody used for a while, and whose limits are whole again,
is given up; so is the one that rested longest where a proxy has too many, since keys come from outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from crossway.compile import shares
from crossway.quota.bucket import Assignment, Bucket, Standing

REST: Final = 60.0
"""Seconds without a request after which a bucket is given up."""
MOST: Final = 10_000
"""Buckets that one proxy counts."""
LASTS: Final = 300.0
"""Seconds for which an assignment holds where none follows it."""

Identity = tuple[tuple[str, str], ...]
"""What is counted: `crossway.compile.shares`, as pairs in the order of their keys."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a proxy did with the requests of one bucket since it last said so."""

    bucket: Identity
    allowed: int
    denied: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a proxy is told of one bucket."""

    proxy: str
    bucket: Identity
    assignment: Assignment | None
    """`None` has it forget the bucket."""


class Quotas:
    """The buckets of a control plane. Other control planes, of which it hears, are members as proxies are."""

    def __init__(self, *, most: int = MOST) -> None:
        """Make a place for buckets, without any; a proxy counts *most* of them."""
        self.buckets: dict[Identity, Bucket] = {}
        self._most = most
        self._others: set[str] = set()
        self._counted: defaultdict[str, dict[Identity, float]] = defaultdict(dict)
        """What each proxy counts, and when it was last told of it."""

    def report(self, proxy: str, usages: Iterable[Usage], now: float) -> list[Decision]:
        """Hear what *proxy* did, and return what it and others are told. What is no limit of ours is passed over."""
        decisions: list[Decision] = []
        counted = self._counted[proxy]
        for usage in usages:
            bucket = self._bucket(usage.bucket, now)
            if bucket is None:
                continue
            changed = bucket.report(proxy, usage.allowed, usage.denied, now)
            if bucket.rested(proxy, now) >= REST:
                decisions.extend(self._give_up(proxy, usage.bucket, now))
                continue
            if proxy not in changed and now - counted[usage.bucket] > LASTS / 2:
                changed |= bucket.repeated(proxy)
            decisions.extend(self._told(usage.bucket, changed, now))
        for surplus in self._surplus(proxy):
            decisions.extend(self._give_up(proxy, surplus, now))
        return decisions

    def leave(self, proxy: str, now: float) -> list[Decision]:
        """Forget *proxy*, and return what others are told."""
        return [decision for identity in self._counted.pop(proxy, {}) for decision in self._left(proxy, identity, now)]

    def hear(self, other: str, identity: Identity, standing: Standing, more: float, now: float) -> list[Decision]:
        """Hear how a bucket stands at the control plane *other*, and return what ours are told.

        Its proxies let *more* through beyond their rates than was heard of before.
        """
        self._others.add(other)
        bucket = self.buckets.get(identity)
        return list(self._told(identity, bucket.hear(other, standing, more, now), now)) if bucket else []

    def lose(self, other: str, identity: Identity, now: float) -> list[Decision]:
        """Forget that the control plane *other* counts a bucket, and return what ours are told."""
        bucket = self.buckets.get(identity)
        return list(self._told(identity, bucket.leave(other, now), now)) if bucket else []

    def _bucket(self, identity: Identity, now: float) -> Bucket | None:
        bucket = self.buckets.get(identity)
        if bucket is None:
            try:
                limits = shares.read(dict(identity)[shares.LIMITS])
            except (KeyError, ValueError):
                return None
            bucket = self.buckets[identity] = Bucket(limits, now)
        return bucket

    def _told(self, identity: Identity, changed: Mapping[str, Assignment], now: float) -> Iterator[Decision]:
        for proxy, assignment in changed.items():
            if proxy in self._others:
                continue  # it finds the same by itself
            self._counted[proxy][identity] = now
            yield Decision(proxy, identity, assignment)

    def _surplus(self, proxy: str) -> list[Identity]:
        counted = self._counted[proxy]
        if len(counted) <= self._most:
            return []
        rested = sorted(counted, key=lambda identity: self.buckets[identity].members[proxy].active)
        return rested[: len(counted) - self._most]

    def _give_up(self, proxy: str, identity: Identity, now: float) -> Iterator[Decision]:
        del self._counted[proxy][identity]
        yield Decision(proxy, identity, None)
        yield from self._left(proxy, identity, now)

    def _left(self, proxy: str, identity: Identity, now: float) -> Iterator[Decision]:
        bucket = self.buckets[identity]
        changed = bucket.leave(proxy, now)
        if bucket.members.keys() <= self._others:
            del self.buckets[identity]
        yield from self._told(identity, changed, now)
