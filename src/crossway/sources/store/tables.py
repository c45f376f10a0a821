"""The tables of a store, the same in SQLite and PostgreSQL.

A row of `RESOURCES` is an interval: a resource says this text from one revision until another, or until now. So the
state of any revision is one query, as is the difference of any two, and a state that comes back stores no text twice:
texts are kept by their hash. What a pending revision would change stands in `CHANGES`, and is gone when it is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    insert,
    inspect,
    select,
    update,
)

from crossway.errors import UserError
from crossway.model.revision import RevisionState

METADATA: Final = MetaData()
LARGEST_NUMBER: Final = 2**63 - 1

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A time, as microseconds since 1970: exact, and of the same order, in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return what is stored."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the time, in UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


STORE: Final = Table(
    "crossway_store",
    METADATA,
    Column("version", Integer, nullable=False, doc="the version of these tables"),
    Column("words", BigInteger, nullable=False, doc="how often something was announced, where a counter tells of it"),
)
"""One row."""

CONTENTS: Final = Table(
    "crossway_content",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("text", Text, nullable=False),
)

RESOURCES: Final = Table(
    "crossway_resource",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("namespace", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("until", BigInteger, doc="the first revision that does not say it any more"),
    Column("hash", LargeBinary(32), nullable=False, index=True),
    Column("document", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False),
)
_now = RESOURCES.c.until.is_(None)
Index(
    "crossway_resource_now",
    *(RESOURCES.c.kind, RESOURCES.c.namespace, RESOURCES.c.name),
    unique=True,
    sqlite_where=_now,
    postgresql_where=_now,
)
Index("crossway_resource_since", RESOURCES.c.since)
_once = RESOURCES.c.until.is_not(None)
Index("crossway_resource_until", RESOURCES.c.until, sqlite_where=_once, postgresql_where=_once)

REVISIONS: Final = Table(
    "crossway_revision",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("parent", BigInteger, nullable=False),
    Column("author", String, nullable=False),
    Column("time", Instant, nullable=False),
    Column("message", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("owner", String, nullable=False, doc="the control plane that proposed it"),
    Column("strict", Boolean, nullable=False),
)
_pending = REVISIONS.c.state == RevisionState.PENDING.value
Index(
    "crossway_one_pending",
    REVISIONS.c.state,
    unique=True,
    sqlite_where=_pending,
    postgresql_where=_pending,
)

CHANGES: Final = Table(
    "crossway_change",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("namespace", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("hash", LargeBinary(32), doc="none if it is to be removed"),
    Column("document", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False),
    Column("replaces", BigInteger, doc="the `since` of what is there now, if something is"),
    Column("moves", Boolean, nullable=False, doc="whether the text stays, and only its place is another"),
)
"""Those of the one pending revision. They name the rows to be written, so that no database has to look for them."""

REPORTS: Final = Table(
    "crossway_report",
    METADATA,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("plane", String, primary_key=True),
    Column("live", BigInteger, nullable=False),
    Column("proxies", BigInteger, nullable=False),
    Column("refused", Text, nullable=False, doc="findings, as JSON"),
    Column("done", Boolean, nullable=False),
)

PLANES: Final = Table(
    "crossway_plane",
    METADATA,
    Column("name", String, primary_key=True),
    Column("proxies", BigInteger, nullable=False),
    Column("seen", Instant, nullable=False),
)

AUDIT: Final = Table(
    "crossway_audit",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("time", Instant, nullable=False),
    Column("author", String, nullable=False),
    Column("address", String, nullable=False),
    Column("action", String, nullable=False),
    Column("target", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

TOKENS: Final = Table(
    "crossway_token",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("role", String, nullable=False),
    Column("namespaces", Text, nullable=False, doc="as JSON"),
    Column("created", Instant, nullable=False),
    Column("expires", Instant),
)

SECRETS: Final = Table(
    "crossway_secret",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("namespace", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("time", Instant, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
)

USAGE: Final = Table(
    "crossway_usage",
    METADATA,
    Column("counter", String, primary_key=True),
    Column("per", String, primary_key=True, doc="the unit of the window"),
    Column("since", Instant, primary_key=True),
    Column("by", String, primary_key=True, doc="what is counted apart, as JSON"),
    Column("until", Instant, nullable=False, index=True),
    Column("consumer", String, index=True),
    Column("used", BigInteger, nullable=False),
)
"""What limits and quotas have counted. It came with version 2."""

ONCE: Final = Table(
    "crossway_once",
    METADATA,
    Column("key", LargeBinary(32), primary_key=True, doc="a hash of what came"),
    Column("until", Instant, nullable=False, index=True),
)
"""What may come only once, and did. It came with version 2."""

GRANTS: Final = Table(
    "crossway_grant",
    METADATA,
    Column("id", LargeBinary(32), primary_key=True, doc="the hash of a secret that only its holder knows"),
    Column("family", String, nullable=False, index=True),
    Column("until", Instant, nullable=False, index=True),
    Column("used", Boolean, nullable=False),
    Column("content", Text, nullable=False, doc="as JSON"),
)
"""Authorization codes and refresh tokens that were issued, and access tokens that were revoked. With version 2."""

SIGNING_KEYS: Final = Table(
    "crossway_signing_key",
    METADATA,
    Column("id", String, primary_key=True),
    Column("created", Instant, nullable=False),
    Column("sealed", Text, nullable=False),
)
"""The keys that access tokens are signed with. They came with version 2."""

PURGES: Final = Table(
    "crossway_purge",
    METADATA,
    Column("id", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("soft", Boolean, nullable=False),
    Column("word", String, nullable=False, doc="what is purged by: a field of `Purge`"),
    Column("value", Text, nullable=False),
)
"""What caches must not give any more. It came with version 3."""

STEPS: Final[Sequence[Callable[[Connection], None]]] = (METADATA.create_all,) * 3
"""What leads from each version of the tables to the next, from 0, which is none. `create_all` makes what is missing."""


def migrate(connection: Connection) -> None:
    """Bring the tables to the version that is known here; `UserError` if they are of a newer one.

    The caller sees to it that nobody else does so at the same time.
    """
    version = 0
    if inspect(connection).has_table(STORE.name):
        version = connection.execute(select(STORE.c.version)).scalar_one()
    if version > len(STEPS):
        raise UserError(
            f"a newer Crossway made this store: its tables have version {version}, and {len(STEPS)} is the newest known"
        )
    for step in STEPS[version:]:
        step(connection)
    if version == 0:
        connection.execute(insert(STORE).values(version=len(STEPS), words=0))
    elif version < len(STEPS):
        connection.execute(update(STORE).values(version=len(STEPS)))
