"""Access tokens (RFC 9068): how they are made, and what one says that is still good."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from msgspec import convert

from crossway.authn.oauth2.keys import ALGORITHM, Keys
from crossway.policies.oauth2_server import OAuth2Server

TYPE: Final = "at+jwt"
_PRIVATE: Final = "crossway"


@dataclass(frozen=True, slots=True)
class Right:
    """What a client was given."""

    namespace: str
    issuer: str
    client: str
    scope: str
    family: str
    consumer: str | None = None
    """The user who logged in; nobody for a client that acts for itself."""
    credential: str | None = None
    """Which credential the user logged in with."""

    def as_content(self, **more: object) -> dict[str, object]:
        """Return it as plain data, with *more* beside it."""
        return {name: getattr(self, name) for name in self.__slots__} | more

    @classmethod
    def of(cls, content: Mapping[str, object]) -> Right:
        """Return the right that `as_content` wrote."""
        return convert({name: content[name] for name in cls.__slots__}, cls)


class Token(NamedTuple):
    """What a good access token says."""

    right: Right
    claims: Mapping[str, object]
    """Its claims, without those that are for this server alone."""


def access_token(right: Right, settings: OAuth2Server, keys: Keys, now: datetime) -> str:
    """Return an access token; `Unavailable` while there is no key to sign it with."""
    key = keys.signing
    issued = int(now.timestamp())
    private = {"namespace": right.namespace, "family": right.family}
    if right.consumer is not None and right.credential is not None:
        private["user"] = right.credential
    claims = {
        "iss": settings.issuer,
        "aud": settings.audience or settings.issuer,
        "sub": right.consumer or right.client,
        "client_id": right.client,
        "scope": right.scope,
        "iat": issued,
        "exp": issued + int(settings.access_token_lifetime.total_seconds()),
        "jti": secrets.token_urlsafe(16),
        _PRIVATE: private,
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}, claims, key)


def read(token: str, issuer: str, namespace: str, keys: Keys, now: datetime) -> Token | None:
    """Return what an access token says that this server issued and that is not over; else `None`."""
    try:
        claims = jwt.decode(token, keys.verifying, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError):
        return None
    private = claims.pop(_PRIVATE, {})
    own = claims.get("iss") == issuer and private.get("namespace") == namespace
    if not own or claims.get("exp", 0) <= now.timestamp():
        return None
    consumer = claims["sub"] if "user" in private else None
    client, scope, family = claims["client_id"], claims["scope"], private["family"]
    return Token(Right(namespace, issuer, client, scope, family, consumer, private.get("user")), claims)
