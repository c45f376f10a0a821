"""The credentials of a consumer, in its text: which there are, one more, and one less.

Law: a secret goes into the text of its consumer, and is answered by whoever made it; what is listed here has none.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from crossway.dialects.native.rows import render, value
from crossway.dialects.native.values import TextError
from crossway.errors import NotFound, UserError
from crossway.model import Consumer, Credential, Credentials, hashed
from crossway.model.revision import Row

KINDS: Final = tuple(Credentials.model_fields)
API_KEY: Final = "cwk_"
"""What keys that are made here begin with, so that people and scanners of secrets know one when they see it."""
_BYTES: Final = 32


def listed(row: Row) -> Iterator[tuple[str, str, Credential]]:
    """Yield each credential of a consumer: its kind, what it is called, and itself."""
    _, consumer = _read(row)
    yield from _credentials(consumer)


def new_key() -> tuple[str, Mapping[str, str]]:
    """Return an API key, and what is kept of it."""
    key = API_KEY + secrets.token_urlsafe(_BYTES)
    return key, {"key": key}


def new_password(username: str) -> tuple[str, Mapping[str, str]]:
    """Return a password, and what is kept of it: a hash, which is enough for what is as random as this."""
    password = secrets.token_urlsafe(_BYTES)
    return password, {"username": username, "password": hashed(password)}


def with_one(row: Row, kind: str, settings: Mapping[str, str]) -> str:
    """Return the text of a consumer that has one more credential, after those of its kind."""
    written, _ = _read(row)
    held = written.get("credentials", {})
    return render(row.ref, {**written, "credentials": {**held, kind: [*held.get(kind, ()), settings]}})


def without(row: Row, kind: str, name: str) -> str:
    """Return the text of a consumer without the credential called *name*; `NotFound` if it has none.

    An `id` that is written comes before a position.
    """
    written, consumer = _read(row)
    mine = [one for one in _credentials(consumer) if one[0] == kind]
    gone = [credential.id == name for _, _, credential in mine]
    if not any(gone):
        gone = [called == name for _, called, _ in mine]
    if not any(gone):
        raise NotFound(f"{row.ref} has no {kind} {name}")
    held = written["credentials"]
    left = [one for one, is_gone in zip(held[kind], gone, strict=True) if not is_gone]
    others = {other: some for other, some in held.items() if other != kind}
    return render(row.ref, {**written, "credentials": {**others, kind: left} if left else others})


def _credentials(consumer: Consumer) -> Iterator[tuple[str, str, Credential]]:
    for kind in KINDS:
        for position, credential in enumerate(getattr(consumer.credentials, kind)):
            yield kind, credential.identifier(position), credential


def _read(row: Row) -> tuple[dict[str, Any], Consumer]:
    """Return what is written about a consumer, as plain data and as a whole; `UserError` if it cannot be read.

    The plain data is what is written again, short forms and all; its shape is what the model has accepted here.
    """
    try:
        written: Any = value(row)
        return written or {}, Consumer.model_validate(written or {})
    except (TextError, ValidationError):
        raise UserError(f"{row.ref} cannot be read as it is; `crossway status` says why") from None
