"""Indexes: the candidates of one host, found by the segments of a path in time that does not grow with their number.

Law: the index is a matter of speed. What it finds is the first of the candidates, in their order, that takes the
request; a property test holds it to a walk over all of them.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from crossway.compile.envoy.match import compile_template
from crossway.model import PathKind, PathMatch
from crossway.plan.host import Candidate
from crossway.simulation.arrival import Arrival
from crossway.simulation.condition import Condition, conditions, path_condition


@dataclass(frozen=True, slots=True)
class Undecided:
    """More than one answer, since something is not known of the request."""

    conditions: tuple[Condition, ...]
    """What the answer hangs on, each condition once."""
    outcomes: tuple[Candidate | None, ...]
    """The candidates that it may come to, in their order; `None` at the end if it may be a 404."""


class _Node:
    """What is known of the paths that begin with the same segments. Numbers are positions in the order of the host."""

    __slots__ = ("begun", "below", "children", "here", "variables")

    def __init__(self) -> None:
        self.here: list[int] = []
        """The candidates whose path ends here."""
        self.below: list[int] = []
        """Those that also take everything below."""
        self.children: dict[str, _Node] = {}
        self.begun: dict[int, dict[str, list[int]]] = {}
        """Those that take all whose next segment begins with a text, by the length of that and by itself."""
        self.variables: dict[str, tuple[re.Pattern[str], _Node]] = {}
        """Segments with variables in them, by their pattern."""

    def child(self, segment: str) -> _Node:
        """Return the node of *segment*, as it stands in a path or template."""
        if "{" not in segment:
            return self.children.setdefault(segment, _Node())
        pattern = compile_template(segment)
        return self.variables.setdefault(pattern, (re.compile(pattern), _Node()))[1]


class HostIndex:
    """The candidates of one host. It is built when it is first asked."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates

    def first(self, arrival: Arrival) -> Candidate | Undecided | None:
        """Return the candidate that takes *arrival*; `None` for a 404."""
        tests = self._tests
        open_conditions: list[Condition] = []
        possible: list[Candidate | None] = []
        winner: Candidate | None = None
        for position in self._positions(arrival.path):
            hanging: list[Condition] = []
            for condition in tests[position]:
                verdict = condition.holds(arrival)
                if verdict is None:
                    hanging.append(condition)
                elif not verdict:
                    break
            else:
                if not hanging:
                    winner = self.candidates[position]
                    break
                open_conditions += hanging
                possible.append(self.candidates[position])
        if not possible:
            return winner
        return Undecided(tuple(dict.fromkeys(open_conditions)), (*possible, winner))

    def _positions(self, path: str) -> Iterable[int]:
        """Return the candidates that may take *path*, in ascending order; of expressions it is not known yet."""
        found = sorted(_hits(self._root, path)) if path.startswith("/") else []
        return heapq.merge(found, self._expressions) if self._expressions else found

    @cached_property
    def _tests(self) -> list[tuple[Condition, ...]]:
        """What is yet to be asked of each candidate once the tree has found it."""
        return [
            (path_condition(path), *conditions(candidate.match))
            if (path := candidate.match.effective_path).kind is PathKind.REGEX
            else conditions(candidate.match)
            for candidate in self.candidates
        ]

    @cached_property
    def _expressions(self) -> list[int]:
        kinds = enumerate(candidate.match.effective_path.kind for candidate in self.candidates)
        return [position for position, kind in kinds if kind is PathKind.REGEX]

    @cached_property
    def _root(self) -> _Node:
        root = _Node()
        for position, candidate in enumerate(self.candidates):
            path = candidate.match.effective_path
            if path.kind is not PathKind.REGEX:
                _put(root, path, position)
        return root


def _put(root: _Node, path: PathMatch, position: int) -> None:
    rest = path.kind is PathKind.PREFIX or (path.kind is PathKind.TEMPLATE and path.value.endswith("/*"))
    text = path.value.removesuffix("/*") if path.kind is PathKind.TEMPLATE else path.value
    node = root
    if path.kind is PathKind.STARTS_WITH:
        *segments, last = text.split("/")[1:]
        for segment in segments:
            node = node.children.setdefault(segment, _Node())
        node.begun.setdefault(len(last), {}).setdefault(last, []).append(position)
        return
    for segment in [] if rest and text == "/" else text.split("/")[1:]:
        node = node.child(segment)
    (node.below if rest else node.here).append(position)


def _hits(root: _Node, path: str) -> list[int]:
    nodes = [root]
    found = root.below[:]
    for segment in path.split("/")[1:]:
        following: list[_Node] = []
        for node in nodes:
            for length, texts in node.begun.items():
                found += texts.get(segment[:length], ())
            child = node.children.get(segment)
            if child is not None:
                following.append(child)
            if node.variables:
                following += [inner for pattern, inner in node.variables.values() if pattern.fullmatch(segment)]
        nodes = following
        if not nodes:
            return found
        for node in nodes:
            found += node.below
    for node in nodes:
        found += node.here
    return found
