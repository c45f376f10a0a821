"""Near misses: the matches of a host that did not take a request although somebody may have thought so.

A match is near where its path takes the path of the request, or nearly does: but for a slash, for capitals, for what
comes after it, or for a typing mistake.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from crossway.model import PathKind, PathMatch
from crossway.plan.host import Candidate
from crossway.simulation.arrival import UNKNOWN, Arrival
from crossway.simulation.condition import Condition, conditions, path_condition

MOST: Final = 10
"""So many are told; the others are counted."""
_ALIKE: Final = 0.8
"""From this share of equal characters on, two paths are taken for one with a typing mistake."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A match that might have taken the request and did not."""

    route: str
    match: int
    path: str
    reason: str
    """Why, in a phrase."""
    wanted: str = ""
    """The condition that failed."""
    got: str = ""
    """What the request says instead."""
    origin: str = ""
    """Where the match is written, `file:line:column`."""


def near_misses(
    candidates: Sequence[Candidate], winner: Candidate | None, arrival: Arrival
) -> tuple[tuple[tuple[Candidate, NearMiss], ...], int]:
    """Return the nearest of *candidates*, the *winner* not among them, and how many others are near."""
    found: list[tuple[float, Candidate, NearMiss]] = []
    for candidate in candidates:
        if candidate is not winner:
            rated = _rated(candidate, winner, arrival)
            if rated is not None:
                distance, miss = rated
                found.append((distance, candidate, miss))
    found.sort(key=lambda item: item[0])
    return tuple((candidate, miss) for _, candidate, miss in found[:MOST]), max(0, len(found) - MOST)


def _rated(candidate: Candidate, winner: Candidate | None, arrival: Arrival) -> tuple[float, NearMiss] | None:
    """Return how far *candidate* was from taking the request, and why it did not; `None` where it was not near."""
    path = candidate.match.effective_path
    if not path_condition(path).holds(arrival):
        near = _near_path(candidate, arrival.path)
        if near is None and winner is None:  # where a route takes it, nobody has made a typing mistake
            near = _typed_path(candidate, arrival.path)
        if near is None:
            return None
        distance, reason = near
        return 10 + distance, _miss(candidate, reason, f"path {path}", arrival.path)
    failed = [condition for condition in conditions(candidate.match) if condition.holds(arrival) is False]
    if failed:
        wanted, said = str(failed[0]), got(failed[0], arrival)
        return len(failed), _miss(candidate, f"wants {wanted}, got {said}", wanted, said)
    if winner is None:
        return 0.0, _miss(candidate, "hangs on what is not known of the request")
    return 5.0, _miss(candidate, f"comes later: {precedence(winner, candidate)}")


def _miss(candidate: Candidate, reason: str, wanted: str = "", got: str = "") -> NearMiss:
    path = str(candidate.match.effective_path)
    return NearMiss(candidate.route.local, candidate.index, path, reason, wanted, got)


def got(condition: Condition, arrival: Arrival) -> str:
    """Return what *arrival* says of what *condition* asks for, in words."""
    value = condition.value(arrival)
    if value is UNKNOWN:
        return "not known"
    return "absent" if value is None else str(value)


def _near_path(candidate: Candidate, path: str) -> tuple[float, str] | None:
    """Return how far apart the paths are, from 0 to 1, and what the difference is; `None` if they are not near."""
    wanted = candidate.match.effective_path
    if wanted.kind is PathKind.REGEX:
        return None
    literal = wanted.value.removesuffix("/*")
    if literal.rstrip("/") == path.rstrip("/"):
        return 0.0, "a slash at the end makes another path"
    if wanted.kind is PathKind.TEMPLATE and _like(wanted, path) == path:
        return 0.4, "a variable does not take an empty segment"
    if _like(wanted, path).lower() == path.lower():
        return 0.1, "capitals make another path"
    if wanted.kind is PathKind.EXACT and path.startswith(f"{literal}/") and literal != "/":
        return 0.2, f"is exact; {literal}/* would also take what is below"
    if wanted.kind is PathKind.PREFIX and path.startswith(literal):
        return 0.3, f"is a prefix by whole segments; ^{literal} would take this too"
    return None


def _typed_path(candidate: Candidate, path: str) -> tuple[float, str] | None:
    """Return how far *path* is, from 1 on, from what a path looks like where that may be a typing mistake."""
    if candidate.match.effective_path.kind is PathKind.REGEX:
        return None
    wanted = _like(candidate.match.effective_path, path)
    matcher = difflib.SequenceMatcher(None, wanted, path, autojunk=False)
    if len(wanted) < 3 or matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return None
    ratio = matcher.ratio()
    return (2 - ratio, "looks like the path of the request") if ratio >= _ALIKE else None


def _like(wanted: PathMatch, path: str) -> str:
    """Return *wanted* as a path: variables, and what follows a prefix, are taken from *path*."""
    if wanted.kind is PathKind.STARTS_WITH:
        return wanted.value + path[len(wanted.value) :]
    segments = wanted.value.removesuffix("/*").split("/")
    there = path.split("/")
    filled = [there[n] if "{" in want and n < len(there) else want for n, want in enumerate(segments)]
    is_open = wanted.kind is PathKind.PREFIX or wanted.value.endswith("/*")
    return "/".join([*filled, *there[len(segments) :]] if is_open else filled)


def precedence(winner: Candidate, loser: Candidate) -> str:
    """Return in a phrase why *winner* comes before *loser*."""
    one, other = winner.match, loser.match
    path, its = one.effective_path, other.effective_path
    reasons: tuple[Callable[[], str], ...] = (
        lambda: f"priority {winner.priority} over {loser.priority}",
        lambda: f"{_kind(path.kind)} over {_kind(its.kind)}",
        lambda: f"longer {_kind(path.kind)}",
        lambda: f"{_kind(path.kind)} over {_kind(its.kind)}" if path.kind is not its.kind else "longer template",
        lambda: "it asks for a method",
        lambda: f"{len(one.headers)} over {len(other.headers)} headers",
        lambda: f"{len(one.queries)} over {len(other.queries)} query parameters",
        lambda: "more conditions",
        lambda: "all else is equal, and its tiebreak comes first",
        lambda: "all else is equal, and its name comes first",
        lambda: "it stands first in the route",
    )
    for mine, yours, reason in zip(winner.order, loser.order, reasons, strict=True):
        if mine != yours:
            return reason()
    return "it is the same"


def _kind(kind: PathKind) -> str:
    names = {PathKind.EXACT: "exact path", PathKind.REGEX: "regex", PathKind.STARTS_WITH: "prefix by text"}
    return names.get(kind, str(kind))
