"""What clients were given: codes and refresh tokens, each good for one use, and families of them that end together.

A family is what one user allowed one client once, or what a client got once for itself. Whatever comes a second time
ends its family: somebody has stolen it, or it was stolen from them (RFC 9700, section 4.14.2).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from crossway.authn.oauth2.protocol import OAuthError, digest, new_secret
from crossway.authn.oauth2.tokens import Right
from crossway.model.issued import Issued

CODE: Final = "code"
REFRESH: Final = "refresh"
CODE_LIFETIME: Final = timedelta(seconds=60)


class GrantStore(Protocol):
    """Where it is remembered what was issued. Each method raises `Unavailable` when it cannot be done."""

    async def issue(self, issued: Issued) -> None:
        """Remember what was issued to a client, unless it is known."""

    async def issued(self, identifier: bytes) -> Issued | None:
        """Return what was issued under this id, a hash, if it is not over."""

    async def use_issued(self, identifier: bytes) -> Issued | None:
        """Return it as `issued` does, and mark it as used: of several who do so at once, one finds it unused."""

    async def end_family(self, family: str) -> None:
        """Forget a family."""


class Grants:
    """What was issued by one server, whose refresh tokens last for a *lifetime*."""

    def __init__(self, store: GrantStore, lifetime: timedelta, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._lifetime = lifetime
        self._clock = clock

    async def code(self, right: Right, redirect_uri: str, challenge: str) -> str:
        """Return a code for *right*, good once and for a minute."""
        content = right.as_content(kind=CODE, redirect_uri=redirect_uri, challenge=challenge)
        return await self._issued(right.family, CODE_LIFETIME, content)

    async def refresh_token(self, right: Right) -> str:
        """Return a refresh token for *right*."""
        return await self._issued(right.family, self._lifetime, right.as_content(kind=REFRESH))

    async def _issued(self, family: str, lifetime: timedelta, content: dict[str, object]) -> str:
        secret = new_secret()
        await self._store.issue(Issued(digest(secret), family, self._clock() + lifetime, content))
        return secret

    async def known(self, secret: str, kind: str) -> Issued | None:
        """Return what *secret* is, if it is of this *kind*, and its family has not ended."""
        found = await self._store.issued(digest(secret))
        if found is None or found.content.get("kind") != kind or await self.has_ended(found.family):
            return None
        return found

    async def redeem(self, secret: str, kind: str, client: str, issuer: str) -> Issued:
        """Return what *secret* is good for, which is over with that.

        Raises `OAuthError` if it is nothing of this *client*; what comes a second time, or from another client, ends
        its family.
        """
        invalid = OAuthError("invalid_grant", f"the {kind} is unknown, used, over, or not for this client")
        known = await self.known(secret, kind)
        if known is None or known.content.get("issuer") != issuer:
            raise invalid
        used = await self._store.use_issued(known.id)
        if known.content.get("client") != client or used is None or used.used:
            await self.end(known.family)
            raise invalid
        if await self.has_ended(known.family):
            raise invalid
        return used

    async def end(self, family: str) -> None:
        """End a family. Who is in the middle of getting something of it gets nothing that is good."""
        if not await self.has_ended(family):
            until = self._clock() + max(self._lifetime, timedelta(days=1))
            await self._store.issue(Issued(_end(family), "", until, {"kind": "end"}))
            await self._store.end_family(family)

    async def has_ended(self, family: str) -> bool:
        """Return whether a family has ended."""
        return await self._store.issued(_end(family)) is not None


def _end(family: str) -> bytes:
    return digest(f"the end of {family}")
