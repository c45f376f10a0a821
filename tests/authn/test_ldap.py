"""Names and passwords at a real directory."""

import base64
from datetime import UTC, datetime

import pytest

from authn.scene import Clock, roster
from crossway.authn.ldap import Directory
from crossway.authn.verdict import Answer, Passed, Request
from crossway.compile.checks import Asked
from crossway.compile.identity import LISTED
from crossway.errors import Unavailable
from crossway.policies.ldap import Ldap
from harness.slapd import Slapd, needed

pytestmark = needed

NOW = datetime(2026, 11, 22, tzinfo=UTC)
USER_DN = "uid={username},ou=people,dc=test"


class Scene:
    def __init__(self, slapd: Slapd) -> None:
        self.slapd = slapd
        self.clock = Clock(NOW)
        self.method = Directory(roster(ada={}), self.clock)

    async def answered(self, shown: str | None, *, lenient: bool = False, **settings: object) -> str | int:
        """Return who was recognised, empty for nobody, or the status of the refusal."""
        written = {"url": self.slapd.url, "user_dn": USER_DN, "groups": {"base": "ou=groups,dc=test"}} | settings
        text = Ldap.model_validate(written).model_dump_json(exclude_defaults=True)
        headers = () if shown is None else (("authorization", basic(shown)),)
        request = Request("GET", "https", "h", "/", headers)
        verdict = await self.method(request, Asked("ldap", "default", lenient, text))
        if isinstance(verdict, Answer):
            assert dict(verdict.headers)["www-authenticate"].startswith("Basic")
            return verdict.status
        assert isinstance(verdict, Passed)
        return dict(verdict.headers).get(LISTED, "")


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.fixture
async def scene():
    async with Slapd() as slapd:
        yield Scene(slapd)


async def test_who_the_directory_knows(scene):
    assert await scene.answered("ada:pw-of-ada") == "ada;staff;;;ldap;"
    assert await scene.answered("eve:pw-of-eve") == "eve;;;;ldap;"
    assert await scene.answered("ada:pw-of-ada", groups=None) == "ada;;;;ldap;"
    for wrong in ("ada:pw-of-eve", "nobody:pw", "ada:", "ada", "*:pw-of-ada", "ada,ou=people:pw-of-ada", None):
        assert await scene.answered(wrong) == 401, wrong


async def test_a_consumer_of_the_same_name(scene):
    consumers = roster(ada={})
    ref, consumer = consumers.of("default")[0]
    known = consumer.model_copy(update={"groups": ("gold",), "tags": ("t",), "plan": "pro"})
    scene.method = Directory(type(consumers)(lambda: {ref: known}), scene.clock)
    assert await scene.answered("ada:pw-of-ada") == "ada;gold,staff;t;pro;ldap;"


async def test_what_was_right_is_remembered_for_a_while(scene):
    assert await scene.answered("ada:pw-of-ada") == "ada;staff;;;ldap;"
    await scene.slapd.stop()
    assert await scene.answered("ada:pw-of-ada") == "ada;staff;;;ldap;"
    for shown, settings in (("eve:pw-of-eve", {}), ("ada:other", {}), ("ada:pw-of-ada", {"cache": "2m"})):
        with pytest.raises(Unavailable, match="cannot be asked"):
            await scene.answered(shown, **settings)
    scene.clock.pass_by(minutes=1)
    with pytest.raises(Unavailable, match="cannot be asked"):
        await scene.answered("ada:pw-of-ada")


async def test_nothing_is_remembered_where_that_is_not_wanted(scene):
    assert await scene.answered("ada:pw-of-ada", cache=0) == "ada;staff;;;ldap;"
    await scene.slapd.stop()
    with pytest.raises(Unavailable):
        await scene.answered("ada:pw-of-ada", cache=0)


async def test_where_another_method_will_do(scene):
    assert await scene.answered(None, lenient=True) == ""
    assert await scene.answered("ada:wrong", lenient=True) == 401
