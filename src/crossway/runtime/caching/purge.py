"""Purges: what people say is not to be given any more. Pure.

Law: an answer that was asked for before a purge was made, and that the purge means, is never given after it, whichever
proxy or store holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from crossway.compile.program import Purge
from crossway.runtime.caching.key import DEFAULT_PORTS


class Purgeable(Protocol):
    """What a purge has to know of an answer."""

    @property
    def url(self) -> str:
        """The URL, `scheme://host/path?query`, host in lower case, without the port that goes without saying."""

    @property
    def route(self) -> str:
        """The name of the route."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the backend gave it."""

    @property
    def requested(self) -> float:
        """When the backend was asked for it, in seconds since 1970."""


KEPT: Final = 86_400.0
"""Seconds for which a program names a purge, at least."""


class Purges:
    """The purges that hold: what they mean is looked up, however many they are."""

    def __init__(self, purges: Iterable[Purge] = (), since: float = 0.0) -> None:
        self.all = tuple(purges)
        self.since = since
        """When they came."""
        self.until = float("inf")
        """When others came in their place."""
        self._latest = max((purge.at for purge in self.all), default=float("-inf"))
        self._named: dict[tuple[str, str], list[Purge]] = {}
        self._prefixes: list[tuple[str, Purge]] = []
        for purge in self.all:
            if purge.prefix:
                self._prefixes.append((_place(purge.prefix), purge))
            else:
                self._named.setdefault(_name(purge), []).append(purge)

    def verdict(self, answer: Purgeable) -> Purge | None:
        """Return the purge that holds for *answer*: one that is not soft, or the earliest."""
        asked = answer.requested
        if asked > self._latest:
            return None
        found = [purge for purge in self._about(answer) if asked <= purge.at]
        return min(found, key=lambda purge: (purge.soft, purge.at), default=None)

    def follow(self, others: Purges) -> bool:
        """Return whether every purge that was made since *others* were replaced is among these."""
        return self.since - others.until < KEPT

    def _about(self, answer: Purgeable) -> Iterator[Purge]:
        scheme, _, place = answer.url.partition("://")
        host, slash, rest = place.partition("/")
        path = slash + rest
        names = {
            ("everything", ""),
            ("route", answer.route),
            ("host", host),
            ("host", host.rpartition(":")[0] or host),
            ("host", host + DEFAULT_PORTS.get(scheme, "")),
            ("url", place),
            ("url", path),
            *(("tag", tag) for tag in answer.tags),
        }
        for name in names:
            yield from self._named.get(name, ())
        for text, purge in self._prefixes:
            if (path if text.startswith("/") else place).startswith(text):
                yield purge


def _name(purge: Purge) -> tuple[str, str]:
    if purge.url:
        return "url", _place(purge.url)
    if purge.tag:
        return "tag", purge.tag
    if purge.host:
        return "host", purge.host.lower()
    if purge.route:
        return "route", purge.route
    return ("everything", "") if purge.everything else ("nothing", "")


def _place(url: str) -> str:
    """Return *url* without its scheme, the host in lower case."""
    if url.startswith("/"):
        return url
    scheme, is_whole, place = url.partition("://")
    if not is_whole:
        scheme, place = "", url
    host, slash, rest = place.partition("/")
    return f"{host.lower().removesuffix(DEFAULT_PORTS.get(scheme, ''))}{slash}{rest}"
