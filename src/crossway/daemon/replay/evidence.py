"""Evidence: what the route that a request took says about the parts of it that no log has.

A request that took a match met all of its conditions, and failed at least one of each match before it. So a header
that stands in no log is often known all the same, as far as routes ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from crossway.compile.envoy import names
from crossway.model import Match
from crossway.plan.host import Candidate
from crossway.simulation.arrival import Arrival
from crossway.simulation.condition import ABSENT, EQUALS, NOT, PRESENT, Condition, Subject, conditions

_OPPOSITE: Final = {PRESENT: ABSENT, ABSENT: PRESENT}
_INVERTIBLE: Final = frozenset({Subject.HEADER, Subject.QUERY, Subject.COOKIE})
_COOKIES: Final = (Subject.HEADER, "cookie")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one request besides what the request says."""

    values: Mapping[tuple[Subject, str], str | None]
    """What headers, parameters and cookies say; `None` for one that is not there."""
    held: frozenset[Condition]
    """Conditions that it meets."""
    failed: frozenset[frozenset[Condition]]
    """Conditions of which it does not meet all."""

    def meets(self, condition: Condition) -> bool | None:
        """Return whether the request meets *condition*; `None` if nobody knows."""
        about = condition.subject, condition.name
        if about in self.values:
            return condition.accepts(self.values[about])
        if condition.subject is Subject.COOKIE and self.values.get(_COOKIES, "") is None:
            return condition.accepts(None)
        opposite = _opposite(condition)
        if condition in self.held or frozenset({opposite}) in self.failed:
            return True
        if opposite in self.held or frozenset({condition}) in self.failed:
            return False
        return None


NOTHING: Final = Evidence({}, frozenset(), frozenset())
"""What is known where nothing is."""


def _opposite(condition: Condition) -> Condition | None:
    """Return the condition that holds exactly where *condition* does not, if routes can ask for that."""
    if condition.subject not in _INVERTIBLE:
        return None
    inverted = condition.wanted.removeprefix(NOT) if condition.wanted.startswith(NOT) else NOT + condition.wanted
    wanted = _OPPOSITE.get(condition.wanted, inverted)
    return replace(condition, wanted=wanted, accepts=lambda text: not condition.accepts(text))


class Weighing:
    """Weighs the matches that a request may have taken against the evidence."""

    def __init__(self) -> None:
        self._conditions: dict[int, tuple[Match, tuple[Condition, ...]]] = {}

    def hanging(self, match: Match, arrival: Arrival, evidence: Evidence) -> tuple[Condition, ...] | None:
        """Return the conditions of *match* on which it hangs whether it takes a request; `None` if it does not.

        It is one of those that may take it, as far as *arrival* says.
        """
        found: list[Condition] = []
        for condition in self._of(match):
            verdict = condition.holds(arrival)
            if verdict is None:
                verdict = evidence.meets(condition)
            if verdict is False:
                return None
            if verdict is None:
                found.append(condition)
        return None if found and any(failed.issubset(found) for failed in evidence.failed) else tuple(found)

    def learn(
        self, tried: Sequence[Candidate | None], taken: str | None, arrival: Arrival, known: Evidence
    ) -> tuple[Candidate | None, Evidence] | None:
        """Return which of the matches that were *tried* the Envoy route called *taken* is, and what follows from it.

        `None` if it is none of them. The last of *tried* is `None` for a request that nothing may have taken.
        """
        failed = set(known.failed)
        for candidate in tried:
            name = names.route(candidate.route, candidate.index) if candidate else None
            hanging = self.hanging(candidate.match, arrival, known) if candidate else ()
            if hanging is None:
                continue
            if name == taken:
                values = {**known.values, **_values(hanging)}
                return candidate, Evidence(values, known.held.union(hanging), frozenset(failed))
            if hanging:
                failed.add(frozenset(hanging))
        return None

    def _of(self, match: Match) -> tuple[Condition, ...]:
        kept = self._conditions.get(id(match))
        if kept is None:
            kept = self._conditions[id(match)] = (match, conditions(match))
        return kept[1]


def _values(held: Sequence[Condition]) -> dict[tuple[Subject, str], str | None]:
    """Return what the conditions that are met say outright."""
    exact = {
        (condition.subject, condition.name): condition.wanted.removeprefix(EQUALS)
        for condition in held
        if condition.wanted.startswith(EQUALS)
    }
    absent = {(condition.subject, condition.name): None for condition in held if condition.wanted == ABSENT}
    return {**exact, **absent}
