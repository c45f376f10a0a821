"""Changesets in few words."""

from crossway.model import Origin, Ref
from crossway.model.revision import Change, Changeset, Revision, RevisionState
from crossway.sources.store import Store

OWNER = "here"


def ref(name: str, namespace: str = "default") -> Ref:
    return Ref("routes", name, namespace)


def change(name: str, text: str | None, *, line: int = 1, if_match: str | None = None) -> Change:
    return Change(ref(name), text, Origin("gateway.yaml", line), if_match)


def changeset(*changes: Change, author: str = "ada", base: int | None = None, **texts: str | None) -> Changeset:
    """The changes, and those that keywords say: ``a="text"``, or ``a=None`` to remove it."""
    named = (change(name, text) for name, text in texts.items())
    return Changeset((*changes, *named), author, f"by {author}", base)


async def live(store: Store, *changes: Change, **said: str | None) -> Revision:
    """Make a revision that is live."""
    made = await store.propose(changeset(*changes, **said), OWNER)
    return await store.settle(made.number, RevisionState.LIVE)


async def texts(store: Store, number: int | None = None) -> dict[str, str]:
    return {row.ref.name: row.text for row in await store.rows(number)}
