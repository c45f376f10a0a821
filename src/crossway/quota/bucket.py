"""The bucket: one thing that is counted, and how what it allows is split among those that count it.

A limit is a number of requests in a time, and a burst. What was let through is *used*, and comes back evenly. The split
has two sides. Each member has tokens, of which the burst is made, and a rate at which it gets new ones; both follow
demand, the requests that came in lately, whether they were let through or not.

Nobody knows what happens between two reports, so a split can be wrong for as long. It is put right afterwards: what a
member let through beyond its rate is a debt, and the rates of all are lower until it is paid. A burst that comes back
within seconds is lent in this way, so that a sustained load gets the limit and no more; one that takes longer is there
from the start, as a limit of so many a minute has it.

Law: no clock, no chance, no waiting. The same reports at the same times give the same assignments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from crossway.compile.shares import Limit

INTERVAL: Final = 5.0
"""Seconds from one report of a member to the next: Envoy 1.39 has no other."""
LENT: Final = 2 * INTERVAL
"""A burst that comes back within so many seconds is lent; one that takes longer is there from the start."""
LEAST_SHARE: Final = 0.1
"""How much of a limit is split evenly, whatever the demand, so that a new demand meets a share."""
ADAPTED: Final = 0.7
"""How much of the demand is that of the last interval."""
NOTABLE: Final = 0.02
"""By how much a rate has to change for a member to be told."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a member may let through until it hears of another assignment."""

    tokens: int
    """How many it can have at once; 0 refuses everything."""
    rate: float
    """How many it gets in a second, up to `tokens`."""
    fresh: bool = False
    """Whether it has all its tokens now. Otherwise it has as large a part of them as it had before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the proxies of one control plane, all together."""

    demand: float
    """Requests a second, lately."""
    rate: float
    """How many they get in a second."""
    over: float
    """How many they let through beyond that, ever."""
    used: tuple[float, ...]
    """How much of each limit is used, as far as it knows."""


@dataclass(slots=True)
class Member:
    """One that counts: a proxy, or another control plane with all of its proxies."""

    reported: float
    """When it last reported."""
    active: float
    """When it last had a request."""
    demand: float | None = None
    """Requests a second, lately; `None` while nobody knows."""
    tokens: float = 0.0
    """How many tokens it has, as far as one can tell."""
    expected: float = 0.0
    """What it gained since its last report."""
    assignment: Assignment | None = None
    """What it was told. Another control plane is told nothing: it finds the same by itself."""
    stated: float | None = None
    """The rate that another control plane says to give out."""

    def see(self, requests: int, elapsed: float) -> None:
        """Take note of the requests in a time of *elapsed* seconds; a time too short says nothing."""
        weight = min(1.0, elapsed / INTERVAL)
        if self.demand is None and weight >= 0.2:
            self.demand = requests / elapsed
        elif self.demand is not None and elapsed > 0:
            self.demand += (requests / elapsed - self.demand) * weight * ADAPTED

    @property
    def rate(self) -> float:
        """The rate at which it gets tokens."""
        if self.stated is not None:
            return self.stated
        return self.assignment.rate if self.assignment and self.assignment.tokens else 0.0


@dataclass(slots=True)
class Account:
    """How it stands with one limit."""

    limit: Limit
    used: float = 0.0
    """How many requests were let through that did not come back yet."""

    @property
    def left(self) -> float:
        """How many may be let through at once."""
        return max(0.0, self.limit.burst - self.used)

    @property
    def lent(self) -> bool:
        """Whether the burst is lent."""
        return self.limit.burst <= self.limit.rate * LENT

    @property
    def rate(self) -> float:
        """How many a second may be let through in the long run, for as long as a debt is there fewer."""
        debt = self.used if self.lent else max(0.0, self.used - self.limit.burst)
        return max(0.0, self.limit.rate - debt / max(INTERVAL, self.limit.burst / self.limit.rate))


@dataclass(slots=True)
class Bucket:
    """One thing that is counted."""

    limits: Sequence[Limit]
    now: float
    """When it was last looked at."""
    members: dict[str, Member] = field(default_factory=dict)
    accounts: list[Account] = field(init=False)
    over: float = 0.0
    """How many requests proxies let through beyond their rates, ever."""

    def __post_init__(self) -> None:
        self.accounts = [Account(limit) for limit in self.limits]

    def report(self, name: str, allowed: int, denied: int, now: float) -> dict[str, Assignment]:
        """Hear of what *name* did since its last report, and return the assignments that change, by member.

        A member that was not heard of joins.
        """
        self._advance(now)
        member = self.members.get(name)
        if member is None:
            self.members[name] = member = Member(now, now)
            self._spend(allowed)
            return self._joined(name)
        if allowed + denied:
            member.active = now
        member.see(allowed + denied, now - member.reported)
        self._spend(allowed - member.expected)
        limit = float(member.assignment.tokens if member.assignment else 0)
        member.tokens = max(0.0, min(limit, member.tokens + member.expected) - allowed) if not denied else 0.0
        member.expected, member.reported = 0.0, now
        return self._reported(name, refused=denied > 0)

    @property
    def standing(self) -> Standing:
        """How it stands with the proxies here."""
        proxies = [member for member in self.members.values() if member.stated is None]
        demand = sum(member.demand or 0.0 for member in proxies)
        used = tuple(account.used for account in self.accounts)
        return Standing(demand, sum(member.rate for member in proxies), self.over, used)

    def hear(self, name: str, standing: Standing, more: float, now: float) -> dict[str, Assignment]:
        """Hear how it stands at another control plane, which let *more* through beyond its rates than was heard of.

        Returns what changes as `report` does. One that was not heard of joins.
        """
        self._advance(now)
        is_new = name not in self.members
        member = self.members.setdefault(name, Member(now, now))
        member.demand, member.stated = standing.demand, standing.rate
        self._use(more)
        return self._joined(name) if is_new else self._rates(self._shares())

    def adopt(self, used: Sequence[float]) -> None:
        """Add what was used before anybody here counted, of each limit."""
        for account, more in zip(self.accounts, used, strict=False):
            account.used += more

    def leave(self, name: str, now: float) -> dict[str, Assignment]:
        """Forget a member; the others get its share."""
        self._advance(now)
        self.members.pop(name, None)
        return self._rates(self._shares())

    def repeated(self, name: str) -> dict[str, Assignment]:
        """Return the assignment that *name* has, so that it lasts."""
        assignment = self.members[name].assignment
        return {name: replace(assignment, fresh=False)} if assignment else {}

    def rested(self, name: str, now: float) -> float:
        """Return for how many seconds *name* had no request, 0 as long as what it used did not come back."""
        self._advance(now)
        return now - self.members[name].active if all(account.used == 0 for account in self.accounts) else 0.0

    @property
    def _lent(self) -> bool:
        return all(account.lent for account in self.accounts)

    def _advance(self, now: float) -> None:
        elapsed, self.now = max(0.0, now - self.now), max(self.now, now)
        given = sum(member.rate for member in self.members.values())
        for account in self.accounts:
            account.used = max(0.0, account.used - (account.limit.rate - given) * elapsed)
        for member in self.members.values():
            member.expected += member.rate * elapsed

    def _spend(self, requests: float) -> None:
        self.over += requests
        self._use(requests)

    def _use(self, requests: float) -> None:
        for account in self.accounts:
            account.used = max(0.0, account.used + requests)

    def _joined(self, name: str) -> dict[str, Assignment]:
        """Give the one that joins its part of what is left. The others give it up by letting go of what is too much."""
        shares = self._shares()
        parts = self._parts(shares)
        changed: dict[str, Assignment] = {}
        for other, member in self.members.items():
            rate = self._rate(shares[other], parts[other])
            if member.stated is not None:
                continue
            if other == name:
                tokens = max(1, parts[other]) if self._lent else parts[other]
                member.tokens = tokens
                changed[other] = member.assignment = Assignment(tokens, rate, fresh=True)
            elif member.assignment is not None:
                tokens = min(member.assignment.tokens, max(1, parts[other])) if member.assignment.tokens else 0
                member.tokens *= tokens / (member.assignment.tokens or 1)
                changed[other] = member.assignment = Assignment(tokens, rate)
        return changed

    def _reported(self, name: str, *, refused: bool) -> dict[str, Assignment]:
        shares = self._shares()
        changed = self._rates(shares)
        member = self.members[name]
        part = self._parts(shares)[name]
        if refused and self._lent:
            return changed  # it is busy: what is lent anew to it, it would have to pay back at once
        if (member.tokens < 1 <= part) or abs(part - member.tokens) > max(1.0, 0.1 * part):
            rate = self._rate(shares[name], part)
            if part >= 1:
                member.tokens = part
                changed[name] = member.assignment = Assignment(part, rate, fresh=True)
            elif member.tokens >= 1:
                member.tokens = 0.0
                changed[name] = member.assignment = Assignment(1, rate)
        return changed

    def _rates(self, shares: Mapping[str, float]) -> dict[str, Assignment]:
        """Give everybody the rate that goes with its share."""
        changed: dict[str, Assignment] = {}
        for name, member in self.members.items():
            before = member.assignment
            if before is None:
                continue
            rate = self._rate(shares[name], before.tokens)
            if abs(rate - before.rate) > NOTABLE * max(rate, before.rate):
                changed[name] = member.assignment = Assignment(before.tokens, rate)
        return changed

    def _rate(self, share: float, tokens: int) -> float:
        """Return the rate of a member. A limit that has much left does not slow one down that is faster."""
        return min(
            max(share * account.rate, (share * account.left - tokens) / INTERVAL if len(self.accounts) > 1 else 0.0)
            for account in self.accounts
        )

    def _shares(self) -> dict[str, float]:
        """Return the share of each member; together they are 1."""
        known = [member.demand for member in self.members.values() if member.demand is not None]
        usual = sum(known) / len(known) if known else 1.0
        demands = {n: usual if member.demand is None else member.demand for n, member in self.members.items()}
        whole, even = sum(demands.values()), 1 / max(1, len(demands))
        return {
            name: LEAST_SHARE * even + (1 - LEAST_SHARE) * (demand / whole if whole else even)
            for name, demand in demands.items()
        }

    def _parts(self, shares: Mapping[str, float]) -> dict[str, int]:
        """Return what each member gets of the tokens that are left: whole ones, and all of them."""
        left = int(min(account.left for account in self.accounts))
        parts = {name: int(share * left) for name, share in shares.items()}
        largest = sorted(shares, key=lambda name: parts[name] - shares[name] * left)
        for name in largest[: left - sum(parts.values())]:
            parts[name] += 1
        return parts
