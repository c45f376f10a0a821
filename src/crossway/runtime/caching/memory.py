"""The answers that a proxy has in memory, ready to be given.

Law: it never takes more than its size, and of what has to go, what was used longest ago goes first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from crossway.compile.program import Purge
from crossway.runtime.caching.flights import Flights
from crossway.runtime.caching.key import Facts, Selector, varied
from crossway.runtime.caching.purge import KEPT, Purges
from crossway.runtime.caching.stored import Stored

SIZE: Final = 64 * 2**20
"""The bytes that all answers of a proxy may take."""
REMEMBERED: Final = 4096
"""Of how many URLs is remembered when they were taken back: of answers that are under way meanwhile."""


class _Slot:
    """A place in memory."""

    __slots__ = ("judged", "select", "stored", "url", "vary", "weight")

    def __init__(self, url: str, select: Selector, stored: Stored, judged: Purges) -> None:
        self.url, self.vary, self.select = url, stored.vary, select
        self.stored = stored
        self.judged = judged
        """The purges that are known to leave it alone."""
        self.weight = stored.weight


class Memory:
    """The answers of one proxy, of all its routes and revisions."""

    def __init__(self, size: int = SIZE) -> None:
        self.flights = Flights()
        self._size = size
        self._room = size
        self._slots: OrderedDict[_Slot, None] = OrderedDict()
        self._urls: dict[str, dict[tuple[str, ...], dict[Selector, _Slot]]] = {}
        self._taken_back: OrderedDict[str, float] = OrderedDict()
        self._purges = Purges()

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def used(self) -> int:
        """The bytes that are taken."""
        return self._size - self._room

    def find(self, url: str, selector: Selector, given: Facts) -> Stored | None:
        """Return the latest answer for a request with the headers *given* (RFC 9111, section 4.1), fresh or not."""
        resource = self._urls.get(url)
        if resource is None:
            return None
        found: _Slot | None = None
        for vary, variants in resource.items():
            slot = variants.get(selector + varied(vary, given) if vary else selector)
            if slot is not None and (found is None or slot.stored.requested > found.stored.requested):
                found = slot
        if found is None:
            return None
        if found.judged is not self._purges:
            if not self._purges.follow(found.judged) or not self.allows(found.stored):
                self._drop(found)
                return None
            found.judged = self._purges
        self._slots.move_to_end(found)
        return found.stored

    def knows(self, url: str) -> bool:
        """Return whether there is any answer for *url*."""
        return url in self._urls

    def variant(self, url: str, selector: Selector, given: Facts) -> tuple[str, Selector]:
        """Return what requests have in common that probably get one answer."""
        for vary in self._urls.get(url, ()):
            selector += varied(vary, given)
        return url, selector

    def put(self, selector: Selector, given: Facts, stored: Stored) -> bool:
        """Keep *stored* for requests like the one with the headers *given*; return whether it may be kept."""
        url = stored.url
        if stored.requested <= self._taken_back.get(url, float("-inf")) or not self.allows(stored):
            return False
        select = selector + varied(stored.vary, given)
        variants = self._urls.setdefault(url, {}).setdefault(stored.vary, {})
        former = variants.get(select)
        slot = _Slot(url, select, stored, self._purges)
        variants[select] = slot
        self._slots[slot] = None
        self._room -= slot.weight
        if former is not None:
            self._free(former)
        while self._room < 0:
            self._drop(next(iter(self._slots)))
        return True

    def drop(self, selector: Selector, given: Facts, stored: Stored) -> None:
        """Forget *stored*, if it is still what is kept."""
        slot = self._urls.get(stored.url, {}).get(stored.vary, {}).get(selector + varied(stored.vary, given))
        if slot is not None and slot.stored is stored:
            self._drop(slot)

    def forget(self, url: str, now: float) -> None:
        """Forget all answers for *url*, and those that are under way (RFC 9111, section 4.4)."""
        self._taken_back[url] = now
        self._taken_back.move_to_end(url)
        if len(self._taken_back) > REMEMBERED:
            self._taken_back.popitem(last=False)
        for variants in list(self._urls.get(url, {}).values()):
            for slot in list(variants.values()):
                self._drop(slot)

    def purge(self, purges: Sequence[Purge], since: float, until: float | None = None) -> None:
        """Let *purges* be all, *since* a time. What they mean is gone; its room is free when it is asked for.

        Each has to be among them for `KEPT` seconds at least. Those before them were all *until* then, or until an
        earlier time, where others came and went meanwhile.
        """
        until = since if until is None else until
        if tuple(purges) != self._purges.all or since - until >= KEPT:
            self._purges.until = until
            self._purges = Purges(purges, since)

    def allows(self, stored: Stored) -> bool:
        """Return whether no purge forbids *stored*; it is stale afterwards if one says so."""
        purge = self._purges.verdict(stored)
        if purge is not None and purge.soft:
            stored.expires = min(stored.expires, purge.at)
        return purge is None or purge.soft

    def _drop(self, slot: _Slot) -> None:
        self._free(slot)
        resource = self._urls[slot.url]
        variants = resource[slot.vary]
        if variants.get(slot.select) is slot:
            del variants[slot.select]
        if not variants:
            del resource[slot.vary]
            if not resource:
                del self._urls[slot.url]

    def _free(self, slot: _Slot) -> None:
        del self._slots[slot]
        self._room += slot.weight


class _Here(threading.local):
    def __init__(self) -> None:
        self.memory = Memory()


_here: Final = _Here()


def memory_here() -> Memory:
    """Return the memory of this thread: each listener of a proxy has one, with a loop in it, and outlives programs."""
    return _here.memory
