"""The answers that all proxies share, in a `Store`.

For each URL there is an index: by which headers its answers vary, and a generation that is part of their keys. So all
answers of a URL are taken back by writing its index anew, whoever they are for.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from msgspec import DecodeError, Struct, ValidationError, msgpack, structs

from crossway.runtime.caching.key import Facts, Selector, varied
from crossway.runtime.caching.purge import KEPT
from crossway.runtime.caching.stored import Stored, packed, unpacked
from crossway.runtime.handler import Store

FORM: Final = "cache1"
"""What all keys begin with. It changes with the form of what stands under them."""
UNDER_WAY: Final = 60.0
"""Seconds for which answers are looked out for that were asked for before their URL was taken back."""
MOST_VARIES: Final = 8
"""The ways in which the answers of one URL may vary."""


class _Index(Struct):
    generation: str
    varies: list[tuple[str, ...]]
    since: float
    """What was asked for before is taken back."""
    until: float
    """When the last of its answers is of no use any more."""


class Shared:
    """The answers in one store. Every method raises `ConnectionError` while that is away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, url: str, selector: Selector, given: Facts, now: float) -> Stored | None:
        """Return the latest answer for a request with the headers *given*, fresh or not."""
        index = await self._index(url)
        if index is None:
            return None
        found: Stored | None = None
        for vary in index.varies:
            data = await self._store.get(_key(url, index, vary, selector + varied(vary, given)))
            stored = unpacked(data) if data is not None else None
            if stored is None or stored.url != url or stored.vary != vary:
                continue
            if found is None or stored.requested > found.requested:
                found = stored
        if found is not None:
            found.generation, found.looked = index.generation, now
        return found

    async def is_current(self, stored: Stored, now: float) -> bool:
        """Return whether *stored*, which this proxy has in memory, was not taken back by any other one."""
        index = await self._index(stored.url)
        if stored.generation:
            return index is not None and index.generation == stored.generation
        # It is not shared, or not yet: that it was taken back is only known for a while.
        return (index is None or index.since < stored.requested) and now - stored.requested < UNDER_WAY

    async def put(self, selector: Selector, given: Facts, stored: Stored, now: float) -> None:
        """Keep *stored* for requests like the one with the headers *given*."""
        url, lifetime = stored.url, min(stored.expires + stored.spare - now, KEPT)  # no longer than purges are told
        index = await self._index(url) or _Index(secrets.token_hex(8), [], 0.0, 0.0)
        if stored.requested <= index.since or lifetime <= 0:
            return
        known = [vary for vary in index.varies if vary != stored.vary]
        after = structs.replace(
            index, varies=[stored.vary, *known][:MOST_VARIES], until=max(index.until, now + lifetime)
        )
        if after != index:
            await self._store.set(_index_key(url), msgpack.encode(after), after.until - now)
        await self._store.set(
            _key(url, after, stored.vary, selector + varied(stored.vary, given)), packed(stored), lifetime
        )
        stored.generation, stored.looked = after.generation, now

    async def forget(self, url: str, now: float) -> None:
        """Take all answers for *url* back, and those that are under way."""
        taken_back = _Index(secrets.token_hex(8), [], now, now + UNDER_WAY)
        await self._store.set(_index_key(url), msgpack.encode(taken_back), UNDER_WAY)

    async def _index(self, url: str) -> _Index | None:
        data = await self._store.get(_index_key(url))
        try:
            return None if data is None else msgpack.decode(data, type=_Index)
        except (DecodeError, ValidationError):
            return None


def _index_key(url: str) -> str:
    return f"{FORM}:{_digest(url)}"


def _key(url: str, index: _Index, vary: tuple[str, ...], select: Selector) -> str:
    return f"{FORM}:{_digest(url)}:{_digest(repr((index.generation, vary, select)))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
