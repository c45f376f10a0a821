"""What the store keeps of credentials: tokens of the admin API by their hash, and secrets as ciphertext."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import Row as Record
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.errors import Conflict, NotFound
from crossway.model.access import Role, Token
from crossway.model.ref import Ref
from crossway.sources.store.database import Database
from crossway.sources.store.revisions import ref_columns
from crossway.sources.store.tables import SECRETS, TOKENS
from crossway.sources.store.text import check, clean


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A secret as it is kept. The store knows no key to it."""

    ref: Ref
    time: datetime
    """When it was put."""
    ciphertext: bytes = field(repr=False)


async def add_token(connection: AsyncConnection, database: Database, token: Token) -> None:
    """Keep a token; `Conflict` if there is one with its id."""
    check("the token", token.id, token.name, token.hash, *token.namespaces)
    values = {
        "id": token.id,
        "name": token.name,
        "hash": token.hash,
        "role": token.role.value,
        "namespaces": json.dumps(sorted(token.namespaces)),
        "created": token.created,
        "expires": token.expires,
    }
    added = await connection.execute(database.insert_new(TOKENS), values)
    if not added.rowcount:
        raise Conflict(f"there is a token {token.id} already")


async def tokens(connection: AsyncConnection) -> tuple[Token, ...]:
    """Return all tokens, the oldest first."""
    found = map(_token, await connection.execute(select(TOKENS)))
    return tuple(sorted(found, key=lambda token: (token.created, token.id)))


async def token(connection: AsyncConnection, identifier: str) -> Token:
    """Return one token; `NotFound` if there is none."""
    record = (await connection.execute(select(TOKENS).where(TOKENS.c.id == clean(identifier)))).first()
    if record is None:
        raise NotFound(f"there is no token {identifier}")
    return _token(record)


async def remove_token(connection: AsyncConnection, identifier: str) -> None:
    """Forget a token; `NotFound` if there is none."""
    removed = await connection.execute(delete(TOKENS).where(TOKENS.c.id == clean(identifier)))
    if not removed.rowcount:
        raise NotFound(f"there is no token {identifier}")


async def put_secret(connection: AsyncConnection, database: Database, secret: StoredSecret) -> None:
    """Keep a secret, in place of the one with its name."""
    check("the name of the secret", *secret.ref)
    values = {**secret.ref._asdict(), "time": secret.time, "ciphertext": secret.ciphertext}
    await connection.execute(database.put(SECRETS), values)


async def secrets(connection: AsyncConnection) -> tuple[StoredSecret, ...]:
    """Return all secrets, in ascending order."""
    columns = *ref_columns(SECRETS), SECRETS.c.time, SECRETS.c.ciphertext
    found = [
        StoredSecret(Ref(kind, name, namespace), time, ciphertext)
        for kind, name, namespace, time, ciphertext in await connection.execute(select(*columns))
    ]
    return tuple(sorted(found, key=lambda secret: secret.ref))


async def delete_secret(connection: AsyncConnection, ref: Ref) -> None:
    """Forget a secret; `NotFound` if there is none."""
    same = (column == clean(value) for column, value in zip(ref_columns(SECRETS), ref, strict=True))
    removed = await connection.execute(delete(SECRETS).where(*same))
    if not removed.rowcount:
        raise NotFound(f"there is no secret {ref.local}")


def _token(record: Record[*tuple[object, ...]]) -> Token:
    return Token(
        id=record.id,
        name=record.name,
        hash=record.hash,
        role=Role(record.role),
        namespaces=frozenset(json.loads(record.namespaces)),
        created=record.created,
        expires=record.expires,
    )
