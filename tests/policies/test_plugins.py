import pytest
from msgspec import json

from crossway.compile.contract import Fragment, Site
from crossway.compile.program import Bounds, Code, Described, PluginStep, digest
from crossway.model import Finding, Ref, problems
from crossway.plan.attachment import union
from crossway.policies.plugins import POLICY, Plugins, compile_plugins
from crossway.runtime.describing import describe

CODE = Code(
    "stamp.py",
    """
from typing import Literal
from pydantic import BaseModel, Field
from crossway.sdk.plugin import Head, Plugin, plugin
class Inner(BaseModel):
    size: int = 3
class Settings(BaseModel):
    header: str = Field("x-stamp", pattern="^x-")
    level: Literal["low", "high"] = "low"
    inner: Inner = Inner()
    maybe: Inner | None = None
    many: list[Inner] = []
    api_key: int = 0
@plugin
async def stamp(head: Head, settings: Settings): ...
class Needy(BaseModel):
    url: str
@plugin
async def needy(head: Head, settings: Needy): ...
@plugin
async def chat(websocket): ...
""",
)


@pytest.fixture(scope="module")
def site() -> Site:
    found = {Ref("plugins", one.attribute): one for one in describe(CODE, ("stamp", "needy", "chat", "missing"))}
    found[Ref("plugins", "apart")] = Described(CODE, "stamp", ("head",), bounds=Bounds(isolation="process"))
    found[Ref("plugins", "stamp", "team")] = found[Ref("plugins", "stamp")]
    return Site(Ref("routes", "orders"), "default", plugins=found)


def compiled(settings: object, site: Site) -> Fragment | Finding:
    return compile_plugins(Plugins.model_validate(settings), site)


def steps(settings: object, site: Site) -> list[PluginStep]:
    fragment = compiled(settings, site)
    assert isinstance(fragment, Fragment)
    return [json.decode(step.settings, type=PluginStep) for step in fragment.steps]


def test_plugins_are_steps_in_the_order_of_the_list_with_their_code_once(site: Site) -> None:
    listed = ["team/stamp", {"plugin": "stamp", "settings": {"header": "x-own", "api_key": 7}}]
    first, second = steps(listed, site)
    assert (first.name, first.namespace, bytes(first.settings)) == ("team/stamp", "team", b"{}")
    assert (second.name, second.namespace, second.attribute) == ("stamp", "default", "stamp")
    assert json.decode(second.settings) == {"header": "x-own", "api_key": 7}
    fragment = compiled(listed, site)
    assert isinstance(fragment, Fragment)
    assert fragment.codes == (CODE,)
    assert first.code == second.code == digest(CODE)


@pytest.mark.parametrize("settings", ["stamp", ["stamp"], {"plugin": "stamp"}, {"run": ["stamp"]}])
def test_one_plugin_has_short_forms(settings: object, site: Site) -> None:
    assert [step.name for step in steps(settings, site)] == ["stamp"]


def test_a_plugin_in_a_process_of_its_own_is_another_kind_of_step(site: Site) -> None:
    fragment = compiled("apart", site)
    assert isinstance(fragment, Fragment)
    assert [step.kind for step in fragment.steps] == ["process"]


@pytest.mark.parametrize(
    ("settings", "code", "path", "message"),
    [
        ({"heder": "x-a"}, "field.unknown", ("heder",), "has no setting 'heder'"),
        ({"inner": {"siz": 3}}, "field.unknown", ("inner", "siz"), "has no setting 'siz'"),
        ({"header": 3}, "field.invalid", ("header",), 'the value is not of type "string"'),
        ({"header": "hush"}, "field.invalid", ("header",), 'the value does not match "^x-"'),
        ({"level": "hush"}, "field.invalid", ("level",), 'the value is not one of "low" or "high"'),
        ({"maybe": 3}, "field.invalid", ("maybe",), 'the value is not of type "object"'),
        ({"maybe": {"size": "hush"}}, "field.invalid", ("maybe", "size"), 'the value is not of type "integer"'),
        ({"many": [{}, {"size": "hush"}]}, "field.invalid", ("many", 1, "size"), 'the value is not of type "integer"'),
        ({"api_key": "hush"}, "field.invalid", ("api_key",), 'the value is not of type "integer"'),
    ],
)
def test_settings_that_do_not_fit_are_found_where_they_stand(settings, code, path, message, site: Site) -> None:
    finding = compiled(["team/stamp", {"plugin": "stamp", "settings": settings}], site)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.path) == (code, (1, "settings", *path))
    assert message in finding.message
    assert "hush" not in str(finding)


@pytest.mark.parametrize(
    ("settings", "code", "path", "message"),
    [
        ("needy", "field.missing", (0, "settings", "url"), "plugin needy needs the setting url"),
        ("stmp", "reference.dangling", (0, "plugin"), "did you mean 'stamp'?"),
        ("missing", "plugin.broken", (0, "plugin"), "plugin missing cannot run: stamp.py has no 'missing'"),
        ("chat", "plugin.unfit", (0, "plugin"), "plugin chat does nothing with requests: its hooks are websocket"),
    ],
)
def test_a_plugin_that_cannot_run_closes_the_route(settings, code, path, message, site: Site) -> None:
    finding = compiled(settings, site)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.path) == (code, path)
    assert message in str(finding)


def test_a_typo_in_a_setting_has_a_hint(site: Site) -> None:
    finding = compiled({"plugin": "stamp", "settings": {"heder": "x"}}, site)
    assert isinstance(finding, Finding)
    assert finding.hint == "did you mean 'header'?"


def test_lists_at_several_places_add_up_and_the_closest_settings_hold(site: Site) -> None:
    farther = Plugins.model_validate(["team/stamp", {"plugin": "stamp", "settings": {"header": "x-far"}}])
    closer = Plugins.model_validate(["apart", {"plugin": "team/stamp", "settings": {"header": "x-close"}}])
    assert POLICY.merge.name == "UNION"
    fragment = compile_plugins(union(farther, closer), site)
    assert isinstance(fragment, Fragment)
    ran = [json.decode(step.settings, type=PluginStep) for step in fragment.steps]
    assert [step.name for step in ran] == ["team/stamp", "stamp", "apart"]
    assert json.decode(ran[0].settings) == {"header": "x-close"}


def test_a_closer_place_can_take_a_plugin_away(site: Site) -> None:
    farther = Plugins.model_validate(["team/stamp", "stamp"])
    closer = Plugins.model_validate([{"plugin": "stamp", "enabled": False}])
    fragment = compile_plugins(union(farther, closer), site)
    assert isinstance(fragment, Fragment)
    assert len(fragment.steps) == 1


@pytest.mark.parametrize("settings", [[], [3], [{"settings": {}}], [{"plugin": "stamp", "settings": [1]}], ["x"] * 51])
def test_what_is_no_list_of_plugins_is_told(settings: object) -> None:
    with pytest.raises(ValueError) as told:
        Plugins.model_validate(settings)
    assert problems(told.value, Plugins)  # type: ignore[arg-type]


def test_a_secret_in_settings_is_shown_to_nobody() -> None:
    spec = Plugins.model_validate({"plugin": "stamp", "settings": {"api_key": "hush"}})
    assert "hush" not in spec.model_dump_json()
    assert "hush" not in repr(spec)
