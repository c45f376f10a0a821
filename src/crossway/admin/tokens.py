"""Tokens: how one is made, and how it is known again.

A token is ``cw_<id>_<secret>``: eight hexadecimal digits that say which one it is, and 32 random bytes in base64url.
The store keeps the SHA-256 of the whole. All tokens are read at once and remembered for moments, so that asking costs
no query, whatever is asked with.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from crossway.admin.ledger import Ledger
from crossway.model.access import Identity, Role, Token

FRESH: Final = 2.0
"""Seconds for which the tokens are remembered: how long one that another control plane revoked may live on."""
_TOKEN: Final = re.compile(r"cw_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a new token is to allow."""

    name: str
    role: Role
    namespaces: frozenset[str] = frozenset()
    expires: datetime | None = None


def mint(grant: Grant, now: datetime) -> tuple[str, Token]:
    """Return a new token: the text, which nobody keeps, and what is kept instead of it."""
    identifier = secrets.token_hex(4)
    text = f"cw_{identifier}_{secrets.token_urlsafe(32)}"
    return text, Token(identifier, grant.name, _hash(text), grant.role, grant.namespaces, now, grant.expires)


class Tokens:
    """The tokens that hold."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._clock = clock
        self._known: Mapping[str, Token] = {}
        self._read_at = float("-inf")
        self._edits = 0
        self._reading = asyncio.Lock()

    async def begin(self) -> str | None:
        """Make the first token, for an admin, if there is none at all; return its text."""
        if await self.all():
            return None
        return (await self.add(Grant("first", Role.ADMIN)))[0]

    async def all(self) -> tuple[Token, ...]:
        """Return every token, the oldest first."""
        edits = self._edits
        known = tuple(await self._ledger.tokens())
        if edits == self._edits:  # else what was read may be older than what this control plane did meanwhile
            self._known = {token.id: token for token in known}
            self._read_at = self._clock()
        return known

    async def add(self, grant: Grant) -> tuple[str, Token]:
        """Make a token; return its text, which is shown only now, and what is kept."""
        text, token = mint(grant, datetime.now(UTC))
        await self._ledger.add_token(token)
        self._edits += 1
        self._known = {**self._known, token.id: token}
        return text, token

    async def remove(self, identifier: str) -> None:
        """Revoke a token, here at once; `NotFound` if there is none."""
        await self._ledger.remove_token(identifier)
        self._edits += 1
        self._known = {key: token for key, token in self._known.items() if key != identifier}

    async def find(self, identifier: str) -> Token:
        """Return a token as it is kept; `NotFound` if there is none."""
        return await self._ledger.token(identifier)

    async def identify(self, text: str) -> Identity | None:
        """Return whose token *text* is; `None` if it is no token, or none that holds any more."""
        match = _TOKEN.fullmatch(text)
        if match is None:
            return None
        await self._refresh()
        token = self._known.get(match[1])
        if token is None or not hmac.compare_digest(_hash(text), token.hash):
            return None
        if token.expires is not None and token.expires <= datetime.now(UTC):
            return None
        return Identity(f"token:{token.name}", token.role, token.namespaces)

    async def _refresh(self) -> None:
        if self._clock() - self._read_at < FRESH:
            return
        async with self._reading:
            if self._clock() - self._read_at >= FRESH:
                await self.all()


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
