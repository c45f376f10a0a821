"""Who may get tokens: the clients and the users among the consumers of a namespace."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from crossway.authn.oauth2.protocol import OAuthError, invalid_request
from crossway.authn.verdict import Request
from crossway.compile.contract import Consumers
from crossway.model import LOOPBACK, SHA, OAuth2Client, Secret

_SCRYPT: Final = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)")
_MOST_MEMORY: Final = 2**28


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can log in."""

    consumer: str
    credential: str
    """Which credential that is: its name, or its position."""
    password: Secret
    expires: datetime | None

    def has_expired(self, now: datetime) -> bool:
        """Return whether the credential is over."""
        return self.expires is not None and self.expires <= now


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody in one namespace."""

    clients: Mapping[str, OAuth2Client]
    users: Mapping[str, User]
    """By the names that they log in with."""

    def client(self, name: str | None, now: datetime) -> OAuth2Client | None:
        """Return the client called *name*, unless it has expired."""
        client = self.clients.get(name or "")
        return None if client is None or (client.expires is not None and client.expires <= now) else client

    def user(self, consumer: str, credential: str, now: datetime) -> User | None:
        """Return the user who logged in with a credential of a consumer, if that is still there."""
        wanted = (user for user in self.users.values() if (user.consumer, user.credential) == (consumer, credential))
        return next((user for user in wanted if not user.has_expired(now)), None)

    def logged_in(self, name: str, password: str, now: datetime) -> User | None:
        """Return the user with *name* and *password*, if there is one."""
        user = self.users.get(name)
        expected = user.password.reveal() if user is not None else ""
        shown = password
        if expected.startswith(SHA):
            hashed = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
            shown = SHA + base64.b64encode(hashed).decode()
        right = hmac.compare_digest(expected.encode(), shown.encode()) and expected != ""
        return user if right and user is not None and not user.has_expired(now) else None


def directory(consumers: Consumers) -> Directory:
    """Return who there is; the first of two with one name counts, and there is a finding about the other."""
    clients: dict[str, OAuth2Client] = {}
    users: dict[str, User] = {}
    for ref, consumer in consumers:
        for client in consumer.credentials.oauth2:
            clients.setdefault(client.client_id, client)
        for position, basic in enumerate(consumer.credentials.basic_auth):
            user = User(ref.name, basic.identifier(position), basic.password, basic.expires)
            users.setdefault(basic.username, user)
    return Directory(clients, users)


async def authenticated(request: Request, form: Mapping[str, str], known: Directory, now: datetime) -> OAuth2Client:
    """Return the client that sends *request* (RFC 6749, section 2.3); a public one shows its name alone.

    Raises `OAuthError`.
    """
    header = request.value("authorization")
    if header is not None and "client_secret" in form:
        raise invalid_request("the client shows its secret in two ways")
    name, secret = _basic(header) if header is not None else (form.get("client_id"), form.get("client_secret"))
    if form.get("client_id", name) != name:
        raise invalid_request("the client has two names")
    client = known.client(name, now)
    if client is None or not await _is_right(client.client_secret, secret):
        challenge = (("www-authenticate", 'Basic realm="oauth2"'),)
        raise OAuthError("invalid_client", "there is no such client, or its secret is another", 401, challenge)
    return client


def _basic(header: str) -> tuple[str | None, str | None]:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        name, separator, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return (unquote_plus(name), unquote_plus(secret)) if separator else (None, None)


async def _is_right(expected: Secret | None, shown: str | None) -> bool:
    if expected is None:
        return shown is None
    if shown is None:
        return False
    text = expected.reveal()
    if (match := _SCRYPT.fullmatch(text)) is None:
        return hmac.compare_digest(text.encode(), shown.encode())
    return await asyncio.to_thread(_is_scrypt, match, shown)


def _is_scrypt(match: re.Match[str], shown: str) -> bool:
    cost, blocks, parallel = (int(number) for number in match.groups()[:3])
    salt, wanted = (base64.b64decode(part + "=" * (-len(part) % 4)) for part in match.groups()[3:])
    try:
        found = hashlib.scrypt(
            shown.encode(), salt=salt, n=2**cost, r=blocks, p=parallel, maxmem=_MOST_MEMORY, dklen=len(wanted)
        )
    except (ValueError, MemoryError):
        return False
    return hmac.compare_digest(found, wanted)


def is_redirect(uri: str, client: OAuth2Client) -> bool:
    """Return whether users of *client* may be sent to *uri*: for this machine, at any port (RFC 8252, section 7.3)."""
    return uri in client.redirect_uris or any(_without_port(uri) == _without_port(one) for one in client.redirect_uris)


def _without_port(uri: str) -> object:
    try:
        parts = urlsplit(uri)
        if parts.scheme == "http" and parts.hostname in LOOPBACK and "@" not in parts.netloc:
            return parts.scheme, parts.hostname, parts.path, parts.query
    except ValueError:
        pass
    return uri
