import asyncio
import re
from datetime import timedelta

import pytest

from crossway.admin.tokens import FRESH, Grant, Tokens, mint
from crossway.errors import NotFound, Unavailable
from crossway.model.access import Identity, Role
from harness.desks import NOW, MemoryLedger
from harness.waiting import until


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_not_what_is_kept():
    text, token = mint(Grant("ci", Role.EDITOR, frozenset({"a"}), NOW), NOW)
    assert re.fullmatch(r"cw_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", text)
    assert text[3:11] == token.id
    assert text[12:] not in f"{token!r}{token.hash}"
    assert len({mint(Grant("ci", Role.EDITOR), NOW)[0] for _ in range(100)}) == 100


async def test_the_first_token_is_made_once():
    ledger = MemoryLedger()
    text = await Tokens(ledger).begin()
    assert text is not None
    assert await Tokens(ledger).begin() is None
    assert await Tokens(ledger).identify(text) == Identity("token:first", Role.ADMIN)


async def test_what_another_control_plane_does_is_known_after_moments():
    ledger, clock = MemoryLedger(), Clock()
    here, there = Tokens(ledger, clock), Tokens(ledger, clock)
    text, token = await there.add(Grant("ci", Role.VIEWER))
    assert await here.identify(text)
    await there.remove(token.id)
    assert await there.identify(text) is None
    clock.now += FRESH
    assert await here.identify(text) is None
    text, _ = await there.add(Grant("ci", Role.VIEWER))
    clock.now += FRESH
    assert await here.identify(text)


async def test_a_token_that_goes_while_tokens_are_read_stays_gone():
    class Slow(MemoryLedger):
        def __init__(self) -> None:
            super().__init__()
            self.go = asyncio.Event()

        async def tokens(self):
            found = await super().tokens()
            await self.go.wait()
            return found

    ledger = Slow()
    tokens = Tokens(ledger)
    text, token = await tokens.add(Grant("ci", Role.VIEWER))
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(tokens.all())
        await until(lambda: ledger.reads)
        await tokens.remove(token.id)
        ledger.go.set()
    assert reading.result() == (token,)
    assert await tokens.identify(text) is None


async def test_one_query_serves_all_who_wait_for_it():
    ledger = MemoryLedger()
    text = await Tokens(ledger).begin()
    tokens, reads = Tokens(ledger), ledger.reads
    assert all(await asyncio.gather(*(tokens.identify(text) for _ in range(50))))
    assert ledger.reads == reads + 1


async def test_a_store_that_is_away_lets_nobody_in():
    ledger, clock = MemoryLedger(), Clock()
    tokens = Tokens(ledger, clock)
    text = await tokens.begin()
    ledger.away = True
    assert await tokens.identify(text)
    clock.now += FRESH
    with pytest.raises(Unavailable):
        await tokens.identify(text)


async def test_a_token_ends():
    tokens = Tokens(MemoryLedger())
    text, token = await tokens.add(Grant("ci", Role.VIEWER, expires=NOW - timedelta(days=36500)))
    assert await tokens.identify(text) is None
    assert await tokens.find(token.id) == token
    with pytest.raises(NotFound):
        await tokens.find("00000000")
