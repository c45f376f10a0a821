"""The store, as everybody sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol, Self

from crossway.compile.program import Purge
from crossway.errors import UserError
from crossway.model.access import AuditEntry, Token
from crossway.model.issued import Issued, SigningKey
from crossway.model.ref import Ref
from crossway.model.revision import Changeset, Difference, Report, Revision, Row
from crossway.model.usage import Tally, Usage
from crossway.sources.store import audit, credentials, grants, once, planes, proposals, purges, revisions, usage
from crossway.sources.store.credentials import StoredSecret
from crossway.sources.store.database import Database, Lock
from crossway.sources.store.planes import Plane
from crossway.sources.store.postgres import Postgres
from crossway.sources.store.proposals import Pending, Settled
from crossway.sources.store.sqlite import Sqlite


class Sealing(Protocol):
    """Makes of a text what the database keeps, and the other way round. Equal texts are kept equally."""

    def seal(self, ref: Ref, text: str) -> str:
        """Return what is kept of the text of a resource."""
        ...

    def open(self, ref: Ref, kept: str) -> str:
        """Return the text of a resource."""
        ...


class Plain:
    """Keeps texts as they are."""

    def seal(self, ref: Ref, text: str) -> str:  # noqa: ARG002
        """Return *text*."""
        return text

    def open(self, ref: Ref, kept: str) -> str:  # noqa: ARG002
        """Return *kept*."""
        return kept


PLAIN: Final = Plain()


class Store:
    """Revisions of a configuration, and who may do and did what, in one database.

    Any number of processes may have a store open. Each method is one transaction, and raises `Unavailable` when the
    database is; then nothing was done, unless the connection broke while the database answered.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], sealing: Sealing) -> None:
        self._database = database
        self._clock = clock
        self._sealing = sealing

    @classmethod
    async def open(cls, url: str, clock: Callable[[], datetime], sealing: Sealing = PLAIN) -> Self:
        """Return the store at ``sqlite:///PATH`` or ``postgresql://user:password@host/database``; make it if need be.

        *clock* gives the time, with a time zone, and *sealing* what is kept of texts. `UserError` for a URL that leads
        nowhere and for a store that a newer Crossway made, `Unavailable` if the database cannot be reached.
        """
        store = cls.at(url, clock, sealing)
        try:
            await store._database.prepare()
        except BaseException:
            await store.close()
            raise
        return store

    @classmethod
    def at(cls, url: str, clock: Callable[[], datetime], sealing: Sealing = PLAIN) -> Self:
        """Do as `open`, but let the database be away: what is wrong with it, the first question says."""
        return cls(_database(url), clock, sealing)

    async def close(self) -> None:
        """Close every connection."""
        await self._database.close()

    async def head(self) -> Revision:
        """Return the newest live revision: what the store says. It is number 0 at first."""
        return await self._database.read(revisions.head)

    async def revision(self, number: int) -> Revision:
        """Return one revision, whatever its state; `NotFound` if there is none."""
        return await self._database.read(revisions.revision, number)

    async def history(self, before: int | None, limit: int) -> tuple[Revision, ...]:
        """Return at most *limit* revisions, the newest first; those before a number, if there is one."""
        return await self._database.read(revisions.history, before, limit)

    async def rows(self, number: int | None = None) -> tuple[Row, ...]:
        """Return the resources of a live revision, or of the newest one, in ascending order; `NotFound` otherwise."""
        return tuple(map(self._opened, await self._database.read(revisions.rows, number)))

    async def difference(self, old: int, new: int) -> tuple[Difference, ...]:
        """Return what *new* says differently from *old*, in ascending order; `NotFound` if one of them was not live."""
        found = await self._database.read(revisions.difference, old, new)
        return tuple(
            Difference(one.ref, one.before and self._opened(one.before), one.after and self._opened(one.after))
            for one in found
        )

    async def propose(self, changeset: Changeset, owner: str) -> Revision:
        """Make a pending revision, for the control plane *owner* to prove and to settle.

        `Conflict` if the changeset does not fit what is there; the sentence says what changed, by whom, and in which
        revision. `Busy` if a revision is pending whose control plane is alive; where it is not, that one is refused.
        `UserError` for a changeset that makes no sense.
        """
        kept = _with_texts(changeset, self._sealing.seal)
        return await self._database.announce(
            Lock.REVISIONS, proposals.propose, self._database, kept, owner, self._now(), self._opened
        )

    async def settle(self, number: int, state: Settled, reason: str = "") -> Revision:
        """Make a pending revision what the store says, or refuse it for a reason.

        To do so again changes nothing; `Conflict` if it was settled otherwise.
        """
        return await self._database.announce(Lock.REVISIONS, proposals.settle, number, state, reason)

    async def pending(self) -> Pending | None:
        """Return the pending revision, its owner, and its changes without their conditions; `None` if there is none."""
        found = await self._database.read(proposals.pending)
        return found and (found[0], found[1], _with_texts(found[2], self._sealing.open))

    async def abandon(self, owner: str) -> Revision | None:
        """Refuse what *owner*, who starts now, or a control plane that is gone left pending; return it if there is one.

        The reason is `interrupted`.
        """
        if await self.pending() is None:
            return None  # the usual case writes nothing and wakes nobody
        return await self._database.announce(Lock.REVISIONS, proposals.abandon, owner, self._now())

    def announcements(self) -> AsyncGenerator[None, None]:
        """Yield at once, and after every change of a revision, a report, a secret or a purge, whoever made it.

        Nothing that happens after the first yield goes unseen; several changes may be told in one. It never ends, and
        outlives the database: it yields once when that is there again.
        """
        return self._database.announcements()

    async def heartbeat(self, plane: str, proxies: int) -> None:
        """Say that a control plane is alive, and how many proxies are connected to it."""
        await self._database.write(None, planes.heartbeat, self._database, Plane(plane, proxies, self._now()))

    async def planes(self) -> tuple[Plane, ...]:
        """Return the control planes that are alive, in the order of their names."""
        return await self._database.read(planes.planes, self._now())

    async def report(self, number: int, report: Report) -> None:
        """Say how the proxies of a control plane took a revision, in place of what it said before."""
        await self._database.announce(None, planes.report, self._database, number, report)

    async def reports(self, number: int) -> tuple[Report, ...]:
        """Return what was said of a revision, in the order of the names of the control planes."""
        return await self._database.read(planes.reports, number)

    async def audit(self, *, author: str, address: str, action: str, target: str, outcome: str) -> AuditEntry:
        """Add an entry to the audit log; its fields are those of `AuditEntry`."""
        return await self._database.write(
            Lock.AUDIT, audit.append, self._now(), author, address, action, target, outcome
        )

    async def audit_log(self, before: int | None, limit: int) -> tuple[AuditEntry, ...]:
        """Return at most *limit* entries, the newest first; those before a number, if there is one."""
        return await self._database.read(audit.log, before, limit)

    async def verify_audit(self) -> int | None:
        """Return the number of the first entry that is not as it was written, or is missing; `None` if all are whole.

        Entries that were taken off the end cannot be missed: keep the hash of the last one elsewhere for that.
        """
        return await self._database.read(audit.verify)

    async def add_token(self, token: Token) -> None:
        """Keep a token; `Conflict` if there is one with its id."""
        await self._database.write(None, credentials.add_token, self._database, token)

    async def tokens(self) -> tuple[Token, ...]:
        """Return all tokens, the oldest first."""
        return await self._database.read(credentials.tokens)

    async def token(self, identifier: str) -> Token:
        """Return one token; `NotFound` if there is none."""
        return await self._database.read(credentials.token, identifier)

    async def remove_token(self, identifier: str) -> None:
        """Forget a token; `NotFound` if there is none."""
        await self._database.write(None, credentials.remove_token, identifier)

    async def put_secret(self, ref: Ref, ciphertext: bytes) -> None:
        """Keep a secret, in place of the one with its name."""
        await self._database.announce(
            None, credentials.put_secret, self._database, StoredSecret(ref, self._now(), ciphertext)
        )

    async def secrets(self) -> tuple[StoredSecret, ...]:
        """Return all secrets, in ascending order."""
        return await self._database.read(credentials.secrets)

    async def delete_secret(self, ref: Ref) -> None:
        """Forget a secret; `NotFound` if there is none."""
        await self._database.announce(None, credentials.delete_secret, ref)

    async def used(self, tallies: Iterable[Tally]) -> Mapping[Tally, int]:
        """Return the numbers of those of *tallies* that are known."""
        return await self._database.read(usage.used, tallies)

    async def add_used(self, numbers: Mapping[Tally, int]) -> Mapping[Tally, int]:
        """Add to the numbers of tallies, forget windows that are over, and return what the numbers are now."""
        return await self._database.write(None, usage.add, self._database, numbers, self._now())

    async def usage(self, consumer: str) -> Sequence[Usage]:
        """Return how much a consumer has used of the windows that are open, in the order of tallies."""
        return await self._database.read(usage.usage, consumer, self._now())

    async def once(self, key: bytes, until: datetime) -> bool:
        """Return whether *key*, a hash, comes for the first time; it is remembered *until* then."""
        return await self._database.write(None, once.once, self._database, key, until, self._now())

    async def issue(self, issued: Issued) -> None:
        """Remember what was issued to a client, unless it is known."""
        await self._database.write(None, grants.add, self._database, issued, self._now())

    async def issued(self, identifier: bytes) -> Issued | None:
        """Return what was issued under this id, a hash, if it is not over."""
        return await self._database.read(grants.find, identifier, self._now())

    async def use_issued(self, identifier: bytes) -> Issued | None:
        """Return it as `issued` does, and mark it as used: of several who do so at once, one finds it unused."""
        return await self._database.write(None, grants.use, identifier, self._now())

    async def end_family(self, family: str) -> None:
        """Forget a family: what it was issued is good for nothing any more."""
        await self._database.write(None, grants.end, family)

    async def signing_keys(self) -> Sequence[SigningKey]:
        """Return all signing keys, the oldest first."""
        return await self._database.read(grants.keys)

    async def add_signing_key(self, key: SigningKey) -> None:
        """Keep a signing key, and let everybody hear of it who listens to the store."""
        await self._database.announce(None, grants.add_key, self._database, key)

    async def remove_signing_key(self, identifier: str) -> None:
        """Forget a signing key, and let everybody hear of it."""
        await self._database.announce(None, grants.remove_key, identifier)

    async def purges(self) -> tuple[Purge, ...]:
        """Return what caches must not give any more, the oldest purge first."""
        return await self._database.read(purges.purges)

    async def add_purge(self, purge: Purge) -> None:
        """Keep a purge, and let everybody hear of it who listens to the store."""
        await self._database.announce(Lock.PURGES, purges.add, purge, self._now())

    def _opened(self, row: Row) -> Row:
        return replace(row, text=self._sealing.open(row.ref, row.text))

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)


def _with_texts(changeset: Changeset, of: Callable[[Ref, str], str]) -> Changeset:
    changes = (
        change if change.text is None else replace(change, text=of(change.ref, change.text))
        for change in changeset.changes
    )
    return replace(changeset, changes=tuple(changes))


def _database(url: str) -> Database:
    scheme, separator, rest = url.partition("://")
    match scheme:
        case "sqlite" if separator and rest.startswith("/") and rest != "/":
            return Sqlite(Path(rest.removeprefix("/")))
        case "postgresql" | "postgres" if separator:
            return Postgres(url)
    raise UserError(
        "the URL of the store cannot be read: sqlite:///PATH or postgresql://user:password@host/database is expected"
    )
