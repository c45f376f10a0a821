"""What was issued, and when it ends."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from authn.scene import Clock, store
from crossway.authn.oauth2.grants import CODE, REFRESH, Grants
from crossway.authn.oauth2.protocol import OAuthError
from crossway.authn.oauth2.tokens import Right

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ISSUER = "https://a.test"
RIGHT = Right("default", ISSUER, "app", "a b", "family", "alice", "1")


@pytest.fixture
async def scene(tmp_path):
    clock = Clock(NOW)
    async with store(tmp_path, clock) as kept:
        yield Grants(kept, timedelta(days=30), clock), clock


async def refused(grants: Grants, secret: str, kind: str = REFRESH, client: str = "app", issuer: str = ISSUER) -> bool:
    try:
        await grants.redeem(secret, kind, client, issuer)
    except OAuthError:
        return True
    return False


async def test_what_was_issued_says_what_it_is_good_for(scene):
    grants, _ = scene
    code = await grants.code(RIGHT, "https://app.test/", "challenge")
    issued = await grants.redeem(code, CODE, "app", ISSUER)
    assert Right.of(issued.content) == RIGHT
    assert (issued.content["redirect_uri"], issued.content["challenge"]) == ("https://app.test/", "challenge")


async def test_once(scene):
    grants, _ = scene
    first, second = await grants.refresh_token(RIGHT), await grants.refresh_token(RIGHT)
    assert not await refused(grants, first)
    assert await refused(grants, first)
    assert await refused(grants, second)
    assert await grants.has_ended("family")


async def test_of_many_at_once_one_has_it(scene):
    grants, _ = scene
    token = await grants.refresh_token(RIGHT)
    results = await asyncio.gather(*(refused(grants, token) for _ in range(5)))
    assert results.count(False) <= 1
    assert await grants.has_ended("family")


@pytest.mark.parametrize("wrong", [{"kind": CODE}, {"issuer": "https://b.test"}])
async def test_what_is_something_else(scene, wrong):
    grants, _ = scene
    token = await grants.refresh_token(RIGHT)
    assert await refused(grants, token, **wrong)
    assert not await refused(grants, token)
    assert await refused(grants, "unknown")


async def test_another_client_ends_it(scene):
    grants, _ = scene
    token = await grants.refresh_token(RIGHT)
    assert await refused(grants, token, client="other")
    assert await refused(grants, token)


async def test_what_is_over(scene):
    grants, clock = scene
    code, token = await grants.code(RIGHT, "", ""), await grants.refresh_token(RIGHT)
    clock.pass_by(seconds=61)
    assert await refused(grants, code, CODE)
    assert not await refused(grants, token)
    clock.pass_by(days=31)
    assert await refused(grants, token)


async def test_a_family_that_ended_gets_nothing_that_is_good(scene):
    grants, _ = scene
    await grants.end("family")
    await grants.end("family")
    assert await refused(grants, await grants.refresh_token(RIGHT))
