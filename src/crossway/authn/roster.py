"""Who is known: the consumers of each namespace as the configuration says now, and what is made of them once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from crossway.compile.contract import Consumers
from crossway.errors import Unavailable
from crossway.model import Consumer, Part, Ref

T = TypeVar("T")


class Roster:
    """The consumers of every namespace."""

    def __init__(self, resources: Callable[[], Mapping[Ref, Part]]) -> None:
        """Make a roster of *resources*, which gives those of the live configuration: the same mapping while it holds.

        An empty mapping says that there is no configuration yet.
        """
        self._resources = resources
        self._seen: Mapping[Ref, Part] = {}
        self._consumers: dict[str, Consumers] = {}

    def of(self, namespace: str) -> Consumers:
        """Return the consumers of *namespace*: the same tuple while none of them changes.

        `Unavailable` before there is a configuration.
        """
        resources = self._resources()
        if not resources:
            raise Unavailable("there is no configuration yet, so nobody is known")
        if resources is not self._seen:
            self._seen, self._consumers = resources, self._sorted(resources)
        return self._consumers.get(namespace, ())

    def _sorted(self, resources: Mapping[Ref, Part]) -> dict[str, Consumers]:
        found: dict[str, list[tuple[Ref, Consumer]]] = {}
        for ref, part in resources.items():
            if isinstance(part, Consumer):
                found.setdefault(ref.namespace, []).append((ref, part))
        new = {namespace: tuple(sorted(known, key=lambda item: item[0])) for namespace, known in found.items()}
        return {
            namespace: old if _is_same(old := self._consumers.get(namespace, ()), known) else known
            for namespace, known in new.items()
        }


def _is_same(old: Consumers, new: Consumers) -> bool:
    return len(old) == len(new) and all(
        one[0] == other[0] and one[1] is other[1] for one, other in zip(old, new, strict=True)
    )


class Known(Generic[T]):
    """What is made of the consumers of a namespace, and holds until one of them changes."""

    def __init__(self, roster: Roster, make: Callable[[Consumers], T]) -> None:
        self._roster = roster
        self._make = make
        self._made: dict[str, tuple[Consumers, T]] = {}

    def of(self, namespace: str) -> T:
        """Return what there is for *namespace*; `Unavailable` before there is a configuration."""
        consumers = self._roster.of(namespace)
        made = self._made.get(namespace)
        if made is None or made[0] is not consumers:
            made = self._made[namespace] = consumers, self._make(consumers)
        return made[1]


__all__ = ["Known", "Roster"]
