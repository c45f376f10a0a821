"""Users who log in and agree, or do not."""

from urllib.parse import urlencode

import pytest

from authn.oauth2.scene import asking, back, serving


@pytest.fixture
async def scene(tmp_path):
    async with serving(tmp_path) as found:
        yield found


async def test_who_agrees_is_sent_back_with_a_code(scene):
    assert await scene.code()


async def test_a_form_counts_with_its_cookie_alone(scene):
    path = asking()
    cookie = dict((await scene.ask(path)).headers)["set-cookie"].partition(";")[0]
    token = cookie.partition("=")[2]
    form = {"decision": "allow", "username": "ada", "password": "pw"}
    for csrf, shown in ((token, ""), ("", cookie), ("x", cookie), (token, "crossway-login=")):
        answer = await scene.ask(path, urlencode(form | {"csrf": csrf}), shown)
        assert (answer.status, "location" in dict(answer.headers)) == (403, False)
    assert "code" in back(await scene.ask(path, urlencode(form | {"csrf": token}), f"a=b; {cookie}"))


async def test_errors_go_to_the_client_with_the_state(scene):
    said = back(await scene.ask(asking(response_type="token", state="s")))
    assert (said["error"], said["state"], said["iss"]) == ("unsupported_response_type", "s", "http://a.test")
    assert back(await scene.ask(asking(code_challenge="short")))["error"] == "invalid_request"
    assert back(await scene.ask(asking(scope="b")))["error"] == "invalid_scope"


async def test_nothing_goes_to_where_the_client_does_not_belong(scene):
    twice = "/authorize?client_id=app&client_id=app"
    for path in (asking(redirect_uri="https://evil.test/"), asking(client_id="nobody"), twice):
        answer = await scene.ask(path)
        assert (answer.status, "location" in dict(answer.headers)) == (400, False)


async def test_guessing_ends(scene):
    path = asking()
    cookie = dict((await scene.ask(path)).headers)["set-cookie"].partition(";")[0]
    form = {"csrf": cookie.partition("=")[2], "decision": "allow", "username": "ada"}
    wrong, right = (urlencode(form | {"password": password}) for password in ("x", "pw"))
    assert [(await scene.ask(path, wrong, cookie)).status for _ in range(11)] == [403] * 10 + [429]
    assert (await scene.ask(path, right, cookie)).status == 429
    scene.clock.pass_by(minutes=5)
    assert (await scene.ask(path, right, cookie)).status == 303
