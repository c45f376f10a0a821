from collections.abc import Sequence
from pathlib import Path

import pytest

from crossway.compile.program import Code, Described
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.plugins import Plugins
from crossway.daemon.registry import load_policies
from crossway.model import Document, Plugin, Ref

STAMP = Ref("plugins", "stamp")
GOOD = """
from crossway import Request, plugin

@plugin
async def stamp(request: Request, call_next):
    return await call_next(request)
"""
CONFIG = """
gateways: {edge: {listeners: {http: {port: 8080}}}}
services: {up: {endpoints: ["127.0.0.1:9001"]}}
plugins: {stamp: {file: %s}}
routes: {shop: {matches: [{path: /shop}], to: up, policies: {plugins: stamp}}}
"""


class Looker:
    """Counts what it is asked; all code is a plugin unless it says that it is broken."""

    def __init__(self) -> None:
        self.asked: list[Code] = []

    def __call__(self, code: Code, attributes: Sequence[str]) -> list[Described]:
        self.asked.append(code)
        problem = "broken" if "broken" in code.text else ""
        return [Described(code, attribute, ("around",), problem=problem) for attribute in attributes]


def of_file(path: Path) -> dict[Ref, Plugin]:
    return {STAMP: Plugin(file=str(path))}


def test_code_is_looked_at_once(tmp_path: Path) -> None:
    look = Looker()
    plugins = Plugins(look)
    file = tmp_path / "stamp.py"
    file.write_text(GOOD)
    first = plugins.describe(of_file(file))
    assert plugins.describe(of_file(file)) == first
    assert len(look.asked) == 1
    assert plugins.files == {file}


def test_all_plugins_of_one_code_are_looked_at_together(tmp_path: Path) -> None:
    look = Looker()
    plugins = Plugins(look)
    file = tmp_path / "stamp.py"
    file.write_text(GOOD)
    refs = [Ref("plugins", f"p{number}") for number in range(10)]
    found = plugins.describe({ref: Plugin(file=str(file)) for ref in refs})
    assert [found[ref].attribute for ref in refs] == [ref.name for ref in refs]
    assert len(look.asked) == 1
    one_more = Ref("plugins", "one_more")
    found = plugins.describe({ref: Plugin(file=str(file)) for ref in (*refs, one_more)})
    assert found[one_more].attribute == "one_more"
    assert len(look.asked) == 2


def test_an_edit_beside_a_plugin_is_a_new_version_of_it(tmp_path: Path) -> None:
    plugins = Plugins(Looker())
    file, beside = tmp_path / "stamp.py", tmp_path / "words.py"
    file.write_text(GOOD)
    first = plugins.describe(of_file(file))[STAMP]
    beside.write_text("WORD = 1\n")
    second = plugins.describe(of_file(file))[STAMP]
    assert first.code.text == second.code.text
    assert first.code != second.code
    assert plugins.files == {file, beside}


def test_code_that_does_not_load_takes_the_place_of_none_that_did() -> None:
    plugins = Plugins(Looker())
    good = plugins.describe({STAMP: Plugin(source="good")})[STAMP]
    kept = plugins.describe({STAMP: Plugin(source="broken")})[STAMP]
    assert kept.code == good.code
    assert kept.pending == "broken"
    assert not plugins.describe({STAMP: Plugin(source="good again")})[STAMP].pending


def test_code_that_never_loaded_says_why() -> None:
    assert Plugins(Looker()).describe({STAMP: Plugin(source="broken")})[STAMP].problem == "broken"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_says_so_and_is_watched(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "stamp.py"
    if content is not None:
        file.write_bytes(content)
    plugins = Plugins(Looker())
    assert "cannot be read" in plugins.describe(of_file(file))[STAMP].problem
    assert file in plugins.files


def test_a_path_begins_at_the_file_that_says_it(tmp_path: Path) -> None:
    (tmp_path / "stamp.py").write_text(GOOD)
    plugins = Plugins()
    pipeline = Pipeline(load_policies(), plugins.describe)
    pipeline.adopt(pipeline.read([Document(str(tmp_path / "gateway.yaml"), CONFIG % "stamp.py")]))
    assert pipeline.findings() == ()
    assert plugins.files == {tmp_path / "stamp.py"}


def test_a_broken_code_of_several_plugins_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "stamp.py").write_text("import nothing_like_that\n")
    pipeline = Pipeline(load_policies(), Plugins().describe)
    config = CONFIG.replace("plugins: {stamp: {file: %s}}", "plugins: {a: {file: stamp.py}, b: {file: stamp.py}}")
    config = config.replace(", policies: {plugins: stamp}", "")
    pipeline.adopt(pipeline.read([Document(str(tmp_path / "gateway.yaml"), config)]))
    (finding,) = pipeline.findings()
    assert (finding.code, finding.about) == ("plugin.broken", Ref("plugins", "a"))


def test_what_the_proxy_cannot_read_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "stamp.py").write_text(f"import words\n{GOOD}")
    (tmp_path / "words.py").write_text("WORD = 1\n")
    closed: dict[Path, Path] = {}
    pipeline = Pipeline(load_policies(), Plugins(barrier=closed.get).describe)
    pipeline.adopt(pipeline.read([Document(str(tmp_path / "gateway.yaml"), CONFIG % "stamp.py")]))
    assert pipeline.findings() == ()
    closed[tmp_path / "words.py"] = tmp_path
    assert pipeline.look_at_files()
    (finding,) = pipeline.findings()
    assert finding.code == "plugin.broken"
    assert finding.origin is not None
    assert finding.origin.line == 4
    words = tmp_path / "words.py"
    what = f"it imports {words}, and the user that the proxy runs as cannot read {tmp_path}, where it is,"
    assert finding.message == what
    assert finding.expected == "modules that this user can read, in directories that it can enter and read"
    assert finding.hint.startswith(f"chmod o+rx {tmp_path}, or choose another user with --user")


def test_a_pipeline_goes_on_with_the_code_from_before(tmp_path: Path) -> None:
    """With the real thing: a process that loads the code."""
    file = tmp_path / "stamp.py"
    file.write_text(GOOD)
    pipeline = Pipeline(load_policies(), Plugins().describe)
    pipeline.adopt(pipeline.read([Document("gateway.yaml", CONFIG % file)]))
    assert pipeline.findings() == ()
    first = pipeline.resources()
    file.write_text("import nothing_like_that\n")
    assert pipeline.look_at_files()
    (finding,) = pipeline.findings()
    assert finding.code == "plugin.broken"
    assert "nothing_like_that" in finding.message
    assert pipeline.resources() == first
    file.write_text(GOOD.replace("return", "# new\n    return"))
    assert pipeline.look_at_files()
    assert pipeline.findings() == ()
    assert pipeline.resources() != first
