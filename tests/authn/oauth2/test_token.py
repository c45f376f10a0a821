"""Tokens for codes and for refresh tokens, and the end of them."""

import pytest

from authn.oauth2.scene import VERIFIER, serving


@pytest.fixture
async def scene(tmp_path):
    async with serving(tmp_path, refresh_token_lifetime="1h") as found:
        yield found


async def by_code(scene, code: str, /, **others: str):
    form = {"grant_type": "authorization_code", "client_id": "app", "code": code, "code_verifier": VERIFIER}
    return await scene.post("token", **(form | others))


async def refreshed(scene, token: str, /, **others: str):
    form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": token}
    return await scene.post("token", **(form | others))


async def test_a_machine(scene):
    secret = {"client_id": "svc", "client_secret": "secret"}
    status, told = await scene.post("token", grant_type="client_credentials", **secret)
    assert (status, told["scope"], "refresh_token" in told) == (200, "a b", False)
    status, told = await scene.post("token", grant_type="client_credentials", scope="b", **secret)
    assert told["scope"] == "b"


async def test_a_code_needs_its_verifier_and_its_redirect_uri(scene):
    assert (await by_code(scene, await scene.code(), code_verifier="w" * 43))[1]["error"] == "invalid_grant"
    assert (await by_code(scene, await scene.code(), redirect_uri="https://b.test/"))[1]["error"] == "invalid_grant"
    assert (await by_code(scene, await scene.code(), code=""))[1]["error"] == "invalid_request"
    assert (await by_code(scene, await scene.code()))[0] == 200


async def test_a_client_that_may_not_refresh(scene):
    code = await scene.code("once")
    status, told = await by_code(scene, code, client_id="once")
    assert (status, "refresh_token" in told) == (200, False)


async def test_fewer_scopes_but_not_more(scene):
    _, told = await by_code(scene, await scene.code())
    assert (await refreshed(scene, told["refresh_token"], scope="b"))[1]["error"] == "invalid_scope"
    _, again = await refreshed(scene, told["refresh_token"], scope="")
    assert again["scope"] == "a"


async def test_a_refresh_token_ends_if_it_is_not_used(scene):
    _, told = await by_code(scene, await scene.code())
    scene.clock.pass_by(minutes=59)
    status, told = await refreshed(scene, told["refresh_token"])
    assert status == 200
    scene.clock.pass_by(minutes=61)
    assert (await refreshed(scene, told["refresh_token"]))[1]["error"] == "invalid_grant"


async def test_what_introspection_says(scene):
    _, told = await by_code(scene, await scene.code())

    async def active(token: str) -> object:
        asked = {"client_id": "svc", "client_secret": "secret", "token": token}
        return (await scene.post("introspect", **asked))[1]["active"]

    assert [await active(told[kind]) for kind in ("access_token", "refresh_token")] == [True, True]
    _, again = await refreshed(scene, told["refresh_token"])
    assert await active(told["refresh_token"]) is False
    assert await active(again["refresh_token"]) is True
    scene.clock.pass_by(minutes=10)
    assert await active(told["access_token"]) is False


async def test_only_the_owner_revokes(scene):
    _, told = await by_code(scene, await scene.code())
    assert await scene.post("revoke", client_id="once", token=told["refresh_token"]) == (200, {})
    assert await scene.post("revoke", client_id="app", token="unknown") == (200, {})
    assert (await refreshed(scene, told["refresh_token"]))[0] == 200
    _, told = await by_code(scene, await scene.code())
    assert await scene.post("revoke", client_id="app", token=told["access_token"]) == (200, {})
    assert (await refreshed(scene, told["refresh_token"]))[1]["error"] == "invalid_grant"
