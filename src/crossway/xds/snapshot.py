"""Snapshots: everything that the proxies of one view are to have, as one value.

A snapshot never changes. Two of them are compared by the identity of their resources first, so that the price of a
publish is what changed, and the comparison is kept, so that a thousand streams of one view pay for it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from types import MappingProxyType

from crossway.compile.envoy.resource import Resource
from crossway.errors import Bug

NOTHING: Mapping[str, Resource] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The resources of one view, by type URL and by name. Equal to itself only; compare `version` for content."""

    resources: Mapping[str, Mapping[str, Resource]] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> Snapshot:
        """Return the snapshot of *resources*. Two of one type with one name are a `Bug`."""
        by_type: dict[str, dict[str, Resource]] = {}
        for resource in resources:
            of_type = by_type.setdefault(resource.type_url, {})
            if of_type.setdefault(resource.name, resource) is not resource:
                raise Bug(f"Two compiled resources of {resource.type_url} are called {resource.name!r}.")
        return cls(by_type)

    @cached_property
    def version(self) -> str:
        """A hash of the content: the same on every control plane and in any order of the resources."""
        text = blake2b(digest_size=8)
        for type_url in sorted(self.resources):
            of_type = self.resources[type_url]
            text.update(f"{type_url}\n".encode())
            text.update("\n".join([f"{name}\t{of_type[name].version}" for name in sorted(of_type)]).encode())
        return text.hexdigest()

    def of_type(self, type_url: str) -> Mapping[str, Resource]:
        """Return the resources of *type_url* by name; empty where there are none."""
        return self.resources.get(type_url, NOTHING)

    def __len__(self) -> int:
        return sum(map(len, self.resources.values()))


EMPTY = Snapshot()


@dataclass(frozen=True, slots=True)
class Change:
    """What turns one snapshot into another: names by type URL. A type that did not change is absent."""

    upserted: Mapping[str, tuple[str, ...]]
    removed: Mapping[str, tuple[str, ...]]

    def of_type(self, type_url: str) -> tuple[str, ...]:
        """Return the names of *type_url* that changed in any way."""
        return self.upserted.get(type_url, ()) + self.removed.get(type_url, ())


@lru_cache(maxsize=16)
def difference(old: Snapshot, new: Snapshot) -> Change:
    """Return what turns *old* into *new*; a resource whose version stayed is not in it."""
    upserted: dict[str, tuple[str, ...]] = {}
    removed: dict[str, tuple[str, ...]] = {}
    for type_url in old.resources.keys() | new.resources.keys():
        before, after = old.of_type(type_url), new.of_type(type_url)
        other = [name for name, resource in after.items() if before.get(name) is not resource]
        changed = tuple(n for n in other if n not in before or before[n].version != after[n].version)
        gone = tuple(before.keys() - after.keys()) if len(before) + len(other) > len(after) else ()
        if changed:
            upserted[type_url] = changed
        if gone:
            removed[type_url] = gone
    return Change(upserted, removed)
