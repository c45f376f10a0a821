"""A store keeps tokens and the audit log as the admin API wants it, and the ledger of the tests does as the store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from crossway.admin.ledger import Ledger
from crossway.admin.tokens import Grant, mint
from crossway.errors import NotFound
from crossway.model.access import Role
from crossway.sources.store import Store
from harness.desks import MemoryLedger


@pytest.fixture(params=["memory", "store"])
async def ledger(request, tmp_path) -> AsyncIterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    store = await Store.open(f"sqlite:///{tmp_path}/store.db", lambda: datetime.now(UTC))
    yield store
    await store.close()


async def test_tokens(ledger):
    now = datetime.now(UTC)
    grants = [
        Grant("first", Role.ADMIN),
        Grant("second", Role.VIEWER, frozenset({"a", "b"}), now + timedelta(days=1)),
    ]
    made = [mint(grant, now + timedelta(seconds=number))[1] for number, grant in enumerate(grants)]
    for token in made:
        await ledger.add_token(token)
    assert list(await ledger.tokens()) == made
    assert await ledger.token(made[1].id) == made[1]
    await ledger.remove_token(made[0].id)
    assert list(await ledger.tokens()) == made[1:]
    for gone in (ledger.token, ledger.remove_token):
        with pytest.raises(NotFound):
            await gone(made[0].id)


async def test_the_audit_log(ledger):
    assert (list(await ledger.audit_log(None, 10)), await ledger.verify_audit()) == ([], None)
    entries = [
        await ledger.audit(author="ada", address="unix", action="a.b", target=f"t{number}", outcome="done")
        for number in range(3)
    ]
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert list(await ledger.audit_log(None, 2)) == entries[:0:-1]
    assert list(await ledger.audit_log(2, 10)) == entries[:1]
    assert await ledger.verify_audit() is None
