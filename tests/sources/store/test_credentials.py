"""Tokens and secrets, in either database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from crossway.errors import Conflict, NotFound, UserError
from crossway.model import Ref
from crossway.model.access import Role, Token
from crossway.sources.store import StoredSecret

CREATED = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)
CI = Token("ci1", "the pipeline", "a" * 64, Role.EDITOR, frozenset({"shop", "blog"}), CREATED, CREATED + timedelta(1))
ADA = Token("ada1", "Ada", "b" * 64, Role.ADMIN, frozenset(), CREATED - timedelta(1))
KEY = Ref("secrets", "key", "shop")


class TestTokens:
    async def test_they_come_back_as_they_were_the_oldest_first(self, store):
        await store.add_token(CI)
        await store.add_token(ADA)
        assert await store.tokens() == (ADA, CI)
        assert await store.token("ci1") == CI

    async def test_a_time_of_another_zone_is_the_same_time(self, store):
        created = CREATED.astimezone(timezone(timedelta(hours=5)))
        await store.add_token(Token("x", "x", "c" * 64, Role.VIEWER, frozenset(), created))
        assert (await store.token("x")).created == CREATED

    async def test_an_id_is_given_once(self, store):
        await store.add_token(CI)
        with pytest.raises(Conflict, match="there is a token ci1 already"):
            await store.add_token(Token("ci1", "another", "c" * 64, Role.ADMIN, frozenset(), CREATED))
        assert await store.tokens() == (CI,)

    async def test_one_that_was_removed_is_gone(self, store):
        await store.add_token(CI)
        await store.remove_token("ci1")
        assert await store.tokens() == ()
        for asked in store.token("ci1"), store.remove_token("ci1"):
            with pytest.raises(NotFound, match="there is no token ci1"):
                await asked

    @pytest.mark.parametrize("identifier", ["", "a\0b", "\ud800", "x" * 10_000, "' OR 1=1 --"])
    async def test_one_that_never_was(self, store, identifier):
        await store.add_token(CI)
        for asked in store.token(identifier), store.remove_token(identifier):
            with pytest.raises(NotFound):
                await asked

    async def test_a_name_that_no_database_can_keep(self, store):
        with pytest.raises(UserError):
            await store.add_token(Token("x", "a\0", "c" * 64, Role.ADMIN, frozenset(), CREATED))


class TestSecrets:
    async def test_they_come_back_as_they_were(self, store, clock):
        other = Ref("secrets", "alpha", "shop")
        for ref in KEY, other:
            await store.put_secret(ref, bytes(range(256)))
        assert await store.secrets() == tuple(StoredSecret(ref, clock.now, bytes(range(256))) for ref in (other, KEY))

    async def test_a_new_one_takes_the_place_of_the_old(self, store, clock):
        await store.put_secret(KEY, b"old")
        clock.pass_by(seconds=1)
        await store.put_secret(KEY, b"new")
        assert await store.secrets() == (StoredSecret(KEY, clock.now, b"new"),)

    async def test_one_that_was_deleted_is_gone(self, store):
        await store.put_secret(KEY, b"old")
        await store.delete_secret(KEY)
        assert await store.secrets() == ()
        with pytest.raises(NotFound, match="there is no secret shop/key"):
            await store.delete_secret(KEY)

    async def test_it_does_not_print_itself(self, store):
        await store.put_secret(KEY, b"hunter2")
        assert "hunter2" not in repr(await store.secrets())
