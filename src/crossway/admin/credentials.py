"""The credentials of a consumer, in its text: which there are, one more, and one less.

Law: a secret goes into the text of its consumer, and is answered by whoever made it; what is listed here has none.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from crossway.dialects.native import rows
from crossway.dialects.native.values import TextError
from crossway.errors import NotFound, UserError
from crossway.model import SHA, Consumer, Credential, Credentials
from crossway.model.revision import Row

KINDS: Final = tuple(Credentials.model_fields)
API_KEY: Final = "cwk_"
"""What keys that are made here begin with, so that people and scanners of secrets know one when they see it."""
_BYTES: Final = 32


def listed(row: Row) -> Iterator[tuple[str, str, Credential]]:
    """Yield each credential of a consumer: its kind, what it is called, and itself."""
    held = _consumer(row).credentials
    for kind in KINDS:
        for position, credential in enumerate(getattr(held, kind)):
            yield kind, credential.identifier(position), credential


def new_key() -> tuple[str, Mapping[str, str]]:
    """Return an API key, and what is kept of it."""
    key = API_KEY + secrets.token_urlsafe(_BYTES)
    return key, {"key": key}


def new_password(username: str) -> tuple[str, Mapping[str, str]]:
    """Return a password, and what is kept of it: a hash, which is enough for what is as random as this."""
    password = secrets.token_urlsafe(_BYTES)
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return password, {"username": username, "password": SHA + base64.b64encode(digest).decode()}


def with_one(row: Row, kind: str, settings: Mapping[str, str]) -> str:
    """Return the text of a consumer that has one more credential, at the end of its like."""
    consumer = _settings(row)
    held = consumer.get("credentials") or {}
    return rows.render(row.ref, {**consumer, "credentials": {**held, kind: [*held.get(kind, ()), settings]}})


def without(row: Row, kind: str, called: str) -> str:
    """Return the text of a consumer without the credential that is *called* so; `NotFound` if it has none.

    An `id` that was written comes before a position: what is called so is gone in either case.
    """
    consumer = _settings(row)
    mine = [(credential.id, name) for other, name, credential in listed(row) if other == kind]
    is_it = [written == called for written, _ in mine]
    if not any(is_it):
        is_it = [name == called for _, name in mine]
    if not any(is_it):
        raise NotFound(f"{row.ref} has no {kind} {called}")
    held = consumer["credentials"]
    left = [settings for settings, gone in zip(held[kind], is_it, strict=True) if not gone]
    others = {other: some for other, some in held.items() if other != kind}
    return rows.render(row.ref, {**consumer, "credentials": {**others, kind: left} if left else others})


def _consumer(row: Row) -> Consumer:
    """Return the consumer as a whole; `UserError` if it cannot be read."""
    try:
        return Consumer.model_validate(_settings(row))
    except ValidationError:
        raise UserError(f"{row.ref} cannot be read; `crossway check` says why") from None


def _settings(row: Row) -> dict[str, Any]:
    """Return what is written about a consumer, as plain data."""
    try:
        settings = rows.value(row)
    except TextError:
        raise UserError(f"{row.ref} cannot be read; `crossway check` says why") from None
    return settings if isinstance(settings, dict) else {}
