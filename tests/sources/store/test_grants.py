"""What was issued to clients, and the keys that tokens are signed with."""

from datetime import timedelta

from crossway.model.issued import Issued, SigningKey


def issued(clock, name: bytes = b"a", family: str = "f", seconds: int = 60) -> Issued:
    return Issued(name * 32, family, clock() + timedelta(seconds=seconds), {"client": "app"})


async def test_what_was_issued_is_used_once(store, clock):
    one = issued(clock)
    await store.issue(one)
    assert await store.issued(one.id) == one
    assert (await store.use_issued(one.id)).used is False
    assert (await store.use_issued(one.id)).used is True
    assert (await store.issued(one.id)).used is True
    await store.issue(one)
    assert (await store.issued(one.id)).used is True
    assert await store.use_issued(b"b" * 32) is None


async def test_what_is_over_is_gone(store, clock):
    one = issued(clock)
    await store.issue(one)
    clock.pass_by(seconds=60)
    assert await store.issued(one.id) is None
    assert await store.use_issued(one.id) is None


async def test_a_family_ends_together(store, clock):
    one, two, other = issued(clock), issued(clock, b"b"), issued(clock, b"c", "g")
    for each in (one, two, other):
        await store.issue(each)
    await store.end_family("f")
    assert [await store.issued(each.id) is None for each in (one, two, other)] == [True, True, False]


async def test_keys(store, clock):
    old, new = SigningKey("b", clock(), "sealed"), SigningKey("a", clock() + timedelta(seconds=1), "sealed")
    for key in (new, old, old):
        await store.add_signing_key(key)
    assert list(await store.signing_keys()) == [old, new]
    await store.remove_signing_key("b")
    assert list(await store.signing_keys()) == [new]
