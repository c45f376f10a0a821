import sys
from pathlib import Path

import pytest

from crossway.sdk.declared import Place
from crossway.sdk.reading import MODULE, read


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def write(text, **modules):
        for name, content in modules.items():
            (tmp_path / f"{name}.py").write_text(content)
        path = tmp_path / "app.py"
        path.write_text(text)
        return path

    yield write
    for name in {*sys.modules} - before | {MODULE}:
        sys.modules.pop(name, None)


APP = """
from crossway import Crossway
from deeper import port

cw = Crossway()
cw.gateway(port=port)

@cw.compose("/a")
async def a():
    return "a"
"""


def test_what_an_app_says_with_its_places_and_its_files(app):
    path = app(APP, deeper="port = 9000\n")
    found = read(path)
    assert found.problem is None
    assert [(each.kind, each.name) for each in found.resources] == [
        ("gateways", "edge"), ("plugins", "a"), ("routes", "a")
    ]  # fmt: skip
    gateway, plugin, route = found.resources
    assert gateway.settings == {"listeners": {"http": {"port": 9000}}}
    assert plugin.settings["attribute"] == "cw.handlers.a"
    assert gateway.places == [([], Place(str(path), 6, 1))]
    assert route.places[0] == ([], Place(str(path), 8, 2))
    assert found.modules == (str(path), str(path.with_name("deeper.py")))


def test_the_app_may_be_called_otherwise(app):
    found = read(app(APP.replace("cw", "shop"), deeper="port = 1\n"))
    assert found.resources[1].settings["attribute"] == "shop.handlers.a"


@pytest.mark.parametrize(
    ("text", "code", "message", "line"),
    [
        ("x = 1\n", "app.missing", "no Crossway()", 1),
        ("from crossway import Crossway\na, b = Crossway(), Crossway()\n", "app.missing", "more than one", 1),
        ("x = 1\nx = (\n", "app.broken", "it is no Python", 2),
        ("x = 1\n\nimport nothing_like_it\n", "app.broken", "No module named 'nothing_like_it'", 3),
        ("from crossway import Crossway\ncw = Crossway()\ncw.route('/', to=object())\n", "app.broken", "TypeError", 3),
        ("from crossway import quotas\n", "app.broken", "quotas", 1),
        ("import sys\nsys.exit(3)\n", "app.broken", "ends the process", 2),
        ("x = '\0'\n", "app.broken", "null", 1),
    ],
)
def test_what_is_wrong_and_where(app, text, code, message, line):
    path = app(text)
    problem = read(path).problem
    assert problem.code == code
    assert message in problem.message
    assert problem.place[:2] == (str(path), line)


def test_what_is_wrong_in_a_module_of_the_app_is_told_there(app):
    found = read(app("import deeper\n", deeper="x = 1\n1 / 0\n"))
    assert found.problem.place[:2] == (str(Path(found.modules[0]).with_name("deeper.py")), 2)
    assert "ZeroDivisionError" in found.problem.message
