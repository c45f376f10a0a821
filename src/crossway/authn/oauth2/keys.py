"""The keys that access tokens are signed with: one at a time, in the store, sealed, and each for a while.

A key is published a day before it is used, so that whoever has fetched the keys before knows it, and stays published
until the last token that it signed is over. All control planes on one store have the same keys.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Protocol

from joserfc.jwk import ECKey, KeySet

from crossway.errors import Unavailable
from crossway.model import Ref
from crossway.model.issued import SigningKey

ALGORITHM: Final = "ES256"
PERIOD: Final = timedelta(days=30)
"""How long a key signs."""
AHEAD: Final = timedelta(days=1)
"""How long a key is published before it signs."""
KEPT: Final = timedelta(days=1, minutes=5)
"""How long a key is published after it signed: as long as the longest access token is good for, and some more."""


LOOKED_AFTER: Final = 3600.0
"""Seconds between two looks at how old the keys are."""


PUBLISHED_WITHIN: Final = 1.0
"""Seconds that the first token waits for the first key to be on its way to the proxies."""


class KeyStore(Protocol):
    """Where keys are kept. Each method raises `Unavailable` when it cannot be done."""

    async def signing_keys(self) -> Sequence[SigningKey]:
        """Return all keys, the oldest first."""

    async def add_signing_key(self, key: SigningKey) -> None:
        """Keep a key."""

    async def remove_signing_key(self, identifier: str) -> None:
        """Forget a key."""

    def announcements(self) -> AsyncGenerator[None, None]:
        """Yield at once, and whenever something of the store may be another."""


class Sealing(Protocol):
    """Makes of a key what the store keeps."""

    def seal_text(self, ref: Ref, text: str) -> str:
        """Return *text* as it may be kept under the name *ref*."""

    def open_text(self, ref: Ref, kept: str) -> str:
        """Return the text that was sealed."""


class Keys:
    """The keys of this control plane and of all others on its store. The first one is made when it is needed."""

    def __init__(self, store: KeyStore, sealing: Sealing, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._sealing = sealing
        self._clock = clock
        self._known: Sequence[SigningKey] = ()
        self._opened: dict[str, ECKey] = {}
        self._loading = asyncio.Lock()
        self._published = asyncio.Event()

    async def load(self) -> None:
        """Read the keys, and make and forget some if it is time; `Unavailable` if that cannot be done."""
        async with self._loading:
            await self._load(needed=False)

    async def ready(self) -> None:
        """See to it that there is a key to sign with; `Unavailable` if that cannot be done."""
        async with self._loading:
            if self._known:
                return
            await self._load(needed=True)
        with suppress(TimeoutError):  # a token that comes before its key is refused once
            async with asyncio.timeout(PUBLISHED_WITHIN):
                await self._published.wait()

    async def run(self, publish: Callable[[str], Awaitable[None]]) -> None:
        """Follow the store and the time until cancelled; *publish* is told the public keys whenever they change."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow(publish))
            tasks.create_task(self._rotate())

    async def _follow(self, publish: Callable[[str], Awaitable[None]]) -> None:
        published = self.public
        async with aclosing(self._store.announcements()) as words:
            async for _ in words:
                with suppress(Unavailable):  # said by whoever follows the store
                    await self.load()
                if self.public != published:
                    published = self.public
                    await publish(published)
                if published:
                    self._published.set()

    async def _rotate(self) -> None:
        while True:
            await asyncio.sleep(LOOKED_AFTER)
            with suppress(Unavailable):  # the next time will do
                await self.load()  # whoever follows the store hears of a change

    async def _load(self, *, needed: bool) -> None:
        now = self._clock()
        known = await self._store.signing_keys()
        if is_due(known, now) if known else needed:
            await self._store.add_signing_key(self._made(now))
            known = await self._store.signing_keys()
        gone = {key.id for key in over(known, now)}
        for identifier in gone:
            await self._store.remove_signing_key(identifier)
        left = [key for key in known if key.id not in gone]
        self._opened = {key.id: self._opened.get(key.id) or self._open(key) for key in left}
        self._known = left

    @property
    def public(self) -> str:
        """The public keys in JSON (RFC 7517); empty if there are none."""
        if not self._known:
            return ""
        return json.dumps(KeySet([self._opened[key.id] for key in self._known]).as_dict(private=False))

    @property
    def signing(self) -> ECKey:
        """The key that signs now; `Unavailable` before there is one."""
        if not self._known:
            raise Unavailable("the keys that tokens are signed with cannot be read")
        return self._opened[current(self._known, self._clock()).id]

    @property
    def verifying(self) -> KeySet:
        """The keys by which tokens can be verified."""
        return KeySet([*self._opened.values()])

    def _made(self, now: datetime) -> SigningKey:
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
        text = json.dumps(key.as_dict(private=True))
        return SigningKey(str(key.kid), now, self._sealing.seal_text(_name(str(key.kid)), text))

    def _open(self, key: SigningKey) -> ECKey:
        return ECKey.import_key(json.loads(self._sealing.open_text(_name(key.id), key.sealed)))


def _name(identifier: str) -> Ref:
    return Ref("signing_keys", identifier)


def is_due(keys: Sequence[SigningKey], now: datetime) -> bool:
    """Return whether it is time for another one than *keys*, the oldest first."""
    return keys[-1].created + PERIOD <= now


def current(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """Return the one of *keys*, the oldest first, that signs: the newest that was published long enough."""
    ripe = [key for key in keys if key.created + AHEAD <= now]
    return ripe[-1] if ripe else keys[0]


def over(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """Return those of *keys*, the oldest first, whose tokens are all over."""
    return [key for key, successor in pairwise(keys) if successor.created + AHEAD + KEPT <= now]
