"""Access tokens."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws

from authn.scene import Clock, store
from crossway.authn.oauth2.keys import Keys
from crossway.authn.oauth2.tokens import Right, access_token, read
from crossway.identity.vault import Vault
from crossway.policies.oauth2_server import OAuth2Server

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SETTINGS = OAuth2Server(issuer="https://a.test", audience="shop")
MACHINE = Right("default", "https://a.test", "svc", "a b", "f")
USER = Right("default", "https://a.test", "app", "a", "f", "alice", "1")


@pytest.fixture
async def keys(tmp_path):
    clock = Clock(NOW)
    async with store(tmp_path, clock) as kept, asyncio.TaskGroup() as tasks:
        found = Keys(kept, Vault.open(tmp_path / "key"), clock)
        running = tasks.create_task(found.run(lambda _: asyncio.sleep(0)))
        await found.ready()
        yield found
        running.cancel()


def test_a_right_as_plain_data():
    assert Right.of(USER.as_content(kind="code")) == USER


async def test_what_a_token_says(keys):
    machine = read(access_token(MACHINE, SETTINGS, keys, NOW), "https://a.test", "default", keys, NOW)
    claims = machine.claims
    assert (claims["sub"], claims["client_id"], claims["aud"], claims["scope"]) == ("svc", "svc", "shop", "a b")
    assert claims["exp"] - claims["iat"] == 600
    assert machine.right == MACHINE
    assert "crossway" not in claims
    token = access_token(USER, SETTINGS, keys, NOW)
    user = read(token, "https://a.test", "default", keys, NOW)
    assert user.right == USER
    assert (user.claims["sub"], user.claims["client_id"]) == ("alice", "app")
    assert jws.extract_compact(token.encode()).headers()["typ"] == "at+jwt"


async def test_tokens_that_are_not_of_this_server(keys):
    token = access_token(MACHINE, SETTINGS, keys, NOW)
    assert read(token, "https://b.test", "default", keys, NOW) is None
    assert read(token, "https://a.test", "blue", keys, NOW) is None
    assert read(token, "https://a.test", "default", keys, NOW + timedelta(minutes=10)) is None
    assert read(f"{token[:-4]}AAAA", "https://a.test", "default", keys, NOW) is None
    for nonsense in ("", "a.b.c", "x", "é.é.é", f"{token}.x"):
        assert read(nonsense, "https://a.test", "default", keys, NOW) is None
