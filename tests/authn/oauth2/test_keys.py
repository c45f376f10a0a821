"""Keys that take turns."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from authn.scene import Clock, store
from crossway.authn.oauth2.keys import AHEAD, KEPT, PERIOD, Keys, current, is_due, over
from crossway.errors import Unavailable
from crossway.identity.vault import Vault
from crossway.model.issued import SigningKey
from harness.waiting import until

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def key(name: str, age: timedelta) -> SigningKey:
    return SigningKey(name, NOW - age, "")


DAY = timedelta(days=1)


def test_a_key_signs_for_a_while_and_another_is_published_before():
    assert not is_due([key("a", PERIOD - DAY)], NOW)
    assert is_due([key("a", PERIOD)], NOW)
    old, new = key("a", PERIOD + AHEAD), key("b", AHEAD)
    assert current([old], NOW) is old
    assert current([old, new], NOW) is new
    assert current([old, key("b", AHEAD - timedelta(seconds=1))], NOW) is old
    assert current([key("a", timedelta())], NOW).id == "a"


def test_a_key_is_published_until_its_last_token_is_over():
    old = key("a", PERIOD + AHEAD)
    assert over([old, key("b", AHEAD + KEPT - timedelta(seconds=1))], NOW) == []
    assert over([old, key("b", AHEAD + KEPT)], NOW) == [old]
    assert over([old], NOW) == []


@pytest.fixture
async def scene(tmp_path):
    clock = Clock(NOW)
    async with store(tmp_path, clock) as kept:
        yield clock, kept, Vault.open(tmp_path / "key")


async def test_nothing_is_made_before_it_is_needed(scene):
    clock, kept, vault = scene
    keys = Keys(kept, vault, clock)
    await keys.load()
    assert (keys.public, await kept.signing_keys()) == ("", [])
    with pytest.raises(Unavailable, match="cannot be read"):
        assert keys.signing


async def test_control_planes_on_one_store_have_the_same_keys(scene):
    clock, kept, vault = scene
    published: list[str] = []

    async def publish(public: str) -> None:
        published.append(public)

    one, other = Keys(kept, vault, clock), Keys(kept, vault, clock)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(other.run(publish))
        own = tasks.create_task(one.run(publish))
        await one.ready()
        await until(lambda: len(published) == 2)
        following.cancel()
        own.cancel()
    assert one.public == other.public == published[0] == published[1]
    assert one.signing.kid == other.signing.kid
    (known,) = await kept.signing_keys()
    assert str(one.signing.as_dict(private=True)["d"]) not in known.sealed


async def test_keys_take_turns(scene):
    clock, kept, vault = scene
    keys = Keys(kept, vault, clock)

    async def published() -> list[str]:
        await keys.load()
        return [one["kid"] for one in json.loads(keys.public)["keys"]]

    async with asyncio.TaskGroup() as tasks:
        own = tasks.create_task(keys.run(lambda _: asyncio.sleep(0)))
        await keys.ready()
        own.cancel()
    (first,) = await published()
    clock.pass_by(days=PERIOD.days)
    assert len(both := await published()) == 2
    assert keys.signing.kid == first
    clock.pass_by(days=AHEAD.days)
    assert keys.signing.kid == both[1]
    clock.pass_by(seconds=KEPT.total_seconds())
    assert await published() == [both[1]]
