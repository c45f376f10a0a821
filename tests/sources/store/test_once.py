"""What may come only once."""

from datetime import timedelta


async def test_the_first_time_and_others(store, clock):
    soon = clock() + timedelta(minutes=5)
    assert await store.once(b"a" * 32, soon) is True
    assert await store.once(b"a" * 32, soon) is False
    assert await store.once(b"b" * 32, soon) is True


async def test_what_is_over_is_forgotten(store, clock):
    assert await store.once(b"a" * 32, clock() - timedelta(seconds=1)) is True
    assert await store.once(b"a" * 32, clock() + timedelta(minutes=5)) is True
