"""What a proxy has of one type, told as the difference from what it is to have.

A thousand proxies that run one snapshot of ten thousand resources have ten million versions between them, and nearly
all of these stand in the snapshot. So `Held` keeps what differs from it, and the snapshot itself, which all share.

Law: sharing changes what is kept, never what is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from crossway.compile.envoy.resource import Resource
from crossway.xds.snapshot import NOTHING


class Held:
    """Names, each with the version that the proxy has. Iterating yields the names."""

    __slots__ = ("_shared", "own")

    def __init__(self) -> None:
        self._shared = NOTHING
        self.own: dict[str, str | None] = {}
        """What is not as in the shared resources: another version, or none."""

    def get(self, name: str) -> str | None:
        """Return the version of *name* that the proxy has, or `None`."""
        if name in self.own:
            return self.own[name]
        shared = self._shared.get(name)
        return shared.version if shared else None

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in self._shared if name not in self.own)
        yield from (name for name, version in self.own.items() if version is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def take(self, versions: Mapping[str, str]) -> None:
        """Take in that the proxy has *versions*, by name."""
        if self._shared:
            for name, version in versions.items():
                self._put(name, version)
        else:
            self.own.update(versions)

    def drop(self, name: str) -> None:
        """Forget *name*, if it is known."""
        self._put(name, None)

    def _put(self, name: str, version: str | None) -> None:
        shared = self._shared.get(name)
        if version == (shared.version if shared else None):
            self.own.pop(name, None)
        else:
            self.own[name] = version

    def share(self, wanted: Mapping[str, Resource]) -> None:
        """Keep the difference from *wanted* alone, where that is less."""
        if self._shared or 2 * len(self.own) <= len(wanted):
            return
        own, self._shared = self.own, wanted
        self.own = dict.fromkeys(name for name in wanted if name not in own)
        for name, version in own.items():
            self._put(name, version)

    def follow(self, wanted: Mapping[str, Resource], changed: Iterable[str]) -> None:
        """Share *wanted* instead of the resources shared now, if any; they differ in the names in *changed* only."""
        if self._shared:
            versions = [(name, self.get(name)) for name in changed]
            self._shared = wanted
            for name, version in versions:
                self._put(name, version)
