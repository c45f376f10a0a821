"""Hosts: the order in which the routes of one hostname are tried, and which of them are never reached.

Law: the order depends on what the routes say, never on the order of files. A higher priority goes first; then exact
paths, then prefixes and templates by the length of what they say literally up to the first variable (a template before
a prefix, and of two templates the longer one, the names of variables aside; a prefix by segment before one by text),
then regular expressions; then a match with methods before one without, then more headers, then more query parameters,
then more of the rest; then the lesser tiebreak; then names. A request that fails a condition of one match goes on to
the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import itemgetter

from crossway.memo import Read
from crossway.model import Finding, Findings, Match, PathKind, PathMatch, Ref, Severity
from crossway.plan.preflight import preflight
from crossway.plan.route import BY_PLACE, Door, Place, plan_route


@dataclass(frozen=True, slots=True)
class Candidate:
    """One match of one route, as it stands in the order of a host."""

    route: Ref
    index: int
    """Which of the route's matches it is."""
    match: Match
    priority: int
    door: Door
    preflight: bool = False
    """Whether it takes the preflights that ask about the requests of the match, and not these."""
    tiebreak: str = ""

    @property
    def order(self) -> tuple[object, ...]:
        """The sort key: less is tried earlier."""
        match = self.match
        return (
            -self.priority,
            *match.effective_path.precedence,
            not match.methods,
            -len(match.headers),
            -len(match.queries),
            -(len(match.cookies) + bool(match.source_ips) + bool(match.grpc)),
            self.tiebreak,
            self.route,
            self.index,
            self.preflight,
        )


def candidates(read: Read, place: Place) -> tuple[Candidate, ...]:
    """Return the matches that a request for the host *place* is tried against, in their order."""
    found = [ordered for ref in read.group(BY_PLACE, place) for ordered in read(route_candidates, ref, place)]
    return tuple(candidate for _, candidate in sorted(found, key=itemgetter(0)))


def route_candidates(read: Read, ref: Ref, place: Place) -> tuple[tuple[tuple[object, ...], Candidate], ...]:
    """Return the matches of one route of *place*, each with its sort key: made once, however often others change."""
    plan = read(plan_route, ref)
    door = dict(plan.placements).get(place) if plan else None
    if plan is None or door is None:
        return ()
    made = []
    for index, match in enumerate(plan.route.matches):
        first = Candidate(ref, index, match, plan.route.priority, door, tiebreak=plan.route.tiebreak)
        made.append(first)
        if door in plan.preflights and (asking := preflight(match)) is not None:
            made.append(replace(first, match=asking, preflight=True))
    return tuple((candidate.order, candidate) for candidate in made)


def overlaps(read: Read, place: Place) -> Findings:
    """Return a warning for each match that another one hides: one that says the same, or one that says less first."""
    earlier: dict[str, list[Candidate]] = {}
    lengths: set[int] = set()
    findings: list[Finding] = []
    for candidate in read(candidates, place):
        if candidate.preflight:
            continue
        path = candidate.match.effective_path
        hiding = next(
            (
                other
                for key in _covering_keys(path, lengths)
                for other in earlier.get(key, ())
                if hides(other, candidate)
            ),
            None,
        )
        if hiding is not None:
            same = hiding.match.effective_path == path and hides(candidate, hiding)
            what = "says the same" if same else "takes all of its requests first"
            findings.append(
                Finding(
                    "route.overlap" if same else "route.unreachable",
                    f"never reached on {place.hostname}: {hiding.route} {what}",
                    Severity.WARNING,
                    about=candidate.route,
                    path=("matches", candidate.index),
                    hint="give one of the two a priority or another condition",
                )
            )
        earlier.setdefault(str(path), []).append(candidate)
        if path.kind is PathKind.STARTS_WITH:
            lengths.add(len(path.value))
    return tuple(findings)


def _covering_keys(path: PathMatch, lengths: Iterable[int]) -> list[str]:
    """Return the texts of all paths that mean at least what *path* means, itself among them.

    Of those that are a beginning, only the ones with one of these *lengths*.
    """
    keys = [str(path)]
    literal = path.literal
    while literal not in ("", "/"):
        keys.append(f"{literal}/*")
        literal = literal.rpartition("/")[0]
    beginning = path.beginning
    keys += (f"^{beginning[:length]}" for length in lengths if length <= len(beginning))
    return list(dict.fromkeys([*keys, "/*"]))


def hides(earlier: Candidate, later: Candidate) -> bool:
    """Return whether every request that *later* matches is matched by *earlier*, whose path is known to cover its."""
    one, other = earlier.match, later.match
    return (
        (not one.methods or (bool(other.methods) and set(other.methods) <= set(one.methods)))
        and all(other.headers.get(name) == value for name, value in one.headers.items())
        and all(other.queries.get(name) == value for name, value in one.queries.items())
        and all(other.cookies.get(name) == value for name, value in one.cookies.items())
        and (not one.source_ips or (bool(other.source_ips) and set(other.source_ips) <= set(one.source_ips)))
        and (one.grpc is None or other.grpc is not None)
    )
