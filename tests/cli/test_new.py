import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from mypy import api

PLUGIN = () if entry_points(group="pytest11", name="crossway") else ("-p", "crossway.sdk.testing")


def passes(directory, *options) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", *PLUGIN, *options]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("kind", "words"), [("plugin", ("say-hello",)), ("app", (".",))])
def test_what_is_written_works_as_it_is(crossway, tmp_path, monkeypatch, kind, words):
    monkeypatch.chdir(tmp_path)
    outcome = crossway("new", kind, *words)
    assert (outcome.status, outcome.out) == (0, "")
    assert "crossway run" in outcome.err
    directory = tmp_path / words[0]
    passes(directory)
    monkeypatch.chdir(directory)
    (config,) = [*directory.glob("gateway.yaml"), *directory.glob("app.py")]
    checked = crossway("check", config.name)
    assert checked.out.startswith("nothing is wrong"), checked.out


def test_what_is_written_has_the_right_types(crossway, tmp_path):
    crossway("new", "plugin", "stamp", tmp_path / "one")
    crossway("new", "app", tmp_path / "two")
    for directory in ("one", "two"):
        files = [str(file) for file in (tmp_path / directory).glob("*.py")]
        out, _, status = api.run(["--strict", "--cache-dir", str(tmp_path / "cache"), *files])
        assert status == 0, out


@pytest.mark.journey
@pytest.mark.parametrize(("kind", "words"), [("plugin", ("stamp", ".")), ("app", (".",))])
def test_what_is_written_works_in_a_real_envoy(crossway, tmp_path, monkeypatch, kind, words):
    monkeypatch.chdir(tmp_path)
    assert crossway("new", kind, *words).status == 0
    passes(tmp_path, "--envoy")


def test_nothing_is_overwritten(crossway, tmp_path):
    (tmp_path / "test_stamp.py").write_text("mine\n")
    outcome = crossway("new", "plugin", "stamp", tmp_path)
    assert outcome.status == 2
    assert "test_stamp.py is there already" in outcome.err
    assert [file.name for file in tmp_path.iterdir()] == ["test_stamp.py"]


@pytest.mark.parametrize("name", ["7up", "a b", "class", "ä", ""])
def test_a_name_that_no_module_can_have(crossway, tmp_path, name):
    outcome = crossway("new", "plugin", name, tmp_path)
    assert outcome.status == 2
    assert "cannot be a module of Python" in outcome.err
