"""Finds out which of many suspects Envoy refuses, with as many questions at once as there are processors.

Envoy stops at the first thing it dislikes, and names a position, a name or a value rather than whom it is of. That is a
hint whom to ask about alone; the others are asked about by halves in the same round, so that a wrong hint costs one
question. One guilty among a thousand takes some twenty questions at worst, four if Envoy hints at it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self, TypeVar

from google.protobuf.message import Message

from crossway.daemon.proof.suspects import Route, Suspect
from crossway.fleet.validate import TOO_LONG, TookTooLong, static, validate
from crossway.protos.envoy.config.route import v3 as route_v3

POSITION: Final = re.compile(r"\b(?:Secrets|Clusters|Listeners|Routes)\[(\d+)\]")
"""Where a constraint is violated. Nothing but suspects of one kind is in the lists that are counted here."""
HINTS: Final = 4
"""How many are tried alone on one hint; a short value may be part of anything."""

S = TypeVar("S", bound=Suspect)


class Hunt:
    """Asks Envoy, for some time only."""

    def __init__(self, within: float) -> None:
        self._until = time.monotonic() + within
        self._processes = ThreadPoolExecutor(os.cpu_count(), "validate")
        self._guilty: dict[Suspect, str] = {}
        self.unproven: list[Suspect] = []
        """Those about whom Envoy had not answered when the time was up."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._processes.shutdown(cancel_futures=True)

    def refusal(self, group: Sequence[Suspect]) -> str | None:
        """Return what Envoy has against *group*; None too if there was no time to ask, and they are `unproven` then.

        What they need is shown to it with them, unless that was found guilty itself. `RemoteError` if Envoy fails.
        """
        left = self._until - time.monotonic()
        if left > 0:
            try:
                return validate(static(*self._shown(group)), min(left, TOO_LONG))
            except TookTooLong:
                if time.monotonic() < self._until:
                    raise
        self.unproven += group
        return None

    def guilty(self, suspects: Sequence[S], hint: str = "") -> list[tuple[S, str]]:
        """Return those of *suspects*, all of one kind, that Envoy refuses alone, each with the reason.

        *hint* is what it said about all of them, if it was asked before.
        """
        groups = list(_split(suspects, hint)) if hint else [suspects] if suspects else []
        while groups:
            following: list[Sequence[S]] = []
            for group, reason in zip(groups, self._processes.map(self.refusal, groups), strict=True):
                if reason is not None and len(group) == 1:
                    self._guilty[group[0]] = reason
                elif reason is not None:
                    following += _split(group, reason)
            groups = following
        return [(suspect, self._guilty[suspect]) for suspect in suspects if suspect in self._guilty]

    def _shown(self, group: Sequence[Suspect]) -> Iterator[Message]:
        """Yield the messages of *group*, then of all they need, each once; routes stand in a table together."""
        if routes := [suspect.message for suspect in group if isinstance(suspect, Route)]:
            yield _table(routes)
        shown: set[Suspect] = set(group)
        following: list[Suspect] = list(group)
        while following:
            yield from (suspect.message for suspect in following if not isinstance(suspect, Route))
            needed = dict.fromkeys(need for suspect in following for need in suspect.needs)
            following = [need for need in needed if need not in shown and need not in self._guilty]
            shown.update(following)


def _split(group: Sequence[S], reason: str) -> Iterator[Sequence[S]]:
    """Yield *group* in parts: whom *reason* hints at alone, the others by halves."""
    hinted = set(_hinted(group, reason))
    yield from ([suspect] for suspect in group if suspect in hinted)
    others = [suspect for suspect in group if suspect not in hinted]
    middle = (len(others) + 1) // 2
    yield from (half for half in (others[:middle], others[middle:]) if half)


def _hinted(group: Sequence[S], reason: str) -> list[S]:
    """Return those of *group* that *reason* may be about: by its position, its name, or the value it ends with."""
    if (position := POSITION.search(reason)) and int(position[1]) < len(group):
        return [group[int(position[1])]]
    words = set(re.split(r"[\s'\",;:()]+", reason))
    if named := [suspect for suspect in group if suspect.name in words]:
        return named[:HINTS]
    value = reason.rpartition(": ")[2].strip("'\"").encode()
    return [suspect for suspect in group if value in suspect.message.SerializeToString()][:HINTS]


def _table(routes: Sequence[route_v3.Route]) -> route_v3.RouteConfiguration:
    host = route_v3.VirtualHost(name="suspects", domains=["*"], routes=routes)
    table = route_v3.RouteConfiguration(name="suspects", virtual_hosts=[host])
    table.validate_clusters.value = False
    return table
