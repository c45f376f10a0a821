import pytest

from crossway.compile.contract import Fragment, Site
from crossway.compile.program import SERVER, Bounds, Code, Described
from crossway.model import Finding, Ref
from crossway.model.caching import Cache
from crossway.policies.app import App, compile_app

CHAT = Ref("plugins", "chat")
CODE = Code("chat.py", "x = 1")


def compiled(described: Described, **beside: object) -> Fragment | Finding:
    site = Site(Ref("routes", "chat"), "default", plugins={CHAT: described}, beside=beside)
    return compile_app(App.model_validate("chat"), site)


@pytest.mark.parametrize(
    ("hooks", "isolation", "kind"),
    [("around", "proxy", "plugin"), ("around", "process", SERVER), ("websocket", "proxy", SERVER)],
)
def test_what_cannot_run_in_the_proxy_has_a_process(hooks, isolation, kind):
    result = compiled(Described(CODE, "chat", (hooks,), bounds=Bounds(isolation=isolation)))
    assert isinstance(result, Fragment)
    assert [step.kind for step in result.steps] == [kind]
    assert result.codes == (CODE,)


@pytest.mark.parametrize(
    ("described", "code"),
    [
        (Described(CODE, "chat", ("response",)), "plugin.unfit"),
        (Described(CODE, problem="it raises"), "plugin.broken"),
    ],
)
def test_what_cannot_answer_closes_the_route(described, code):
    result = compiled(described)
    assert isinstance(result, Finding)
    assert result.code == code


def test_nothing_stands_in_front_of_a_websocket_without_a_word():
    result = compiled(Described(CODE, "chat", ("websocket",)), cache=Cache())
    assert isinstance(result, Finding)
    assert (result.code, result.path) == ("app.websocket_behind", ("plugin",))
    assert "cache" in result.message


def test_a_plugin_that_there_is_not_gets_a_hint():
    site = Site(Ref("routes", "chat"), "default", plugins={CHAT: Described(CODE)})
    result = compile_app(App.model_validate("chatt"), site)
    assert isinstance(result, Finding)
    assert (result.code, result.hint) == ("reference.dangling", "did you mean 'chat'?")
