"""Every example runs to its end, and what it shows is so; so is what the README and the tutorial show of Python."""

import re
import subprocess
import sys
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from examples.stage import Stage, listens, wait, with_ports

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/run.py"))
PLUGIN = () if entry_points(group="pytest11", name="crossway") else ("-p", "crossway.sdk.testing")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", *PLUGIN)


def python_on(page: str) -> list[str]:
    """Return the Python that stands on a page."""
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


def test_every_folder_is_an_example() -> None:
    folders = {path.name for path in (ROOT / "examples").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set(EXAMPLES) == folders


@pytest.mark.journey
@pytest.mark.parametrize("name", EXAMPLES)
def test_example_shows_what_it_says(name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", f"examples.{name}.run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.journey
def test_app_of_the_readme_works_as_pasted() -> None:
    """Its commands start its services, and `curl` gets what stands there. Only the ports are others."""
    page = (ROOT / "README.md").read_text()
    (app,) = python_on("README.md")
    with Stage() as stage:
        for module, port in re.findall(r"^\.venv/bin/python -m (\S+) (\d+) &$", page, re.MULTILINE):
            service = stage.start(sys.executable, "-m", module, str(stage.port(int(port))))
            wait(partial(listens, stage.port(int(port))), service)
        port = stage.port(8080)
        file = stage.directory / "app.py"
        file.write_text(with_ports(app, stage.port).replace("Crossway()", f"Crossway()\ncw.gateway(port={port})"))
        stage.gateway(file)
        (shown,) = re.findall(r"^\$ curl localhost:8080/profile/1\n(.*)$", page, re.MULTILINE)
        assert stage.get("/profile/1").body.decode() == shown
        (left,) = re.findall(r"^x-ratelimit-remaining: (\d+)$", page, re.MULTILINE)
        assert stage.get("/orders/7").headers["x-ratelimit-remaining"] == left


def test_plugin_of_the_tutorial_passes_its_tests(tmp_path: Path) -> None:
    """The new test fails with the plugin that is there to begin with, and passes with the new one."""
    test, plugin = python_on("docs/tutorial/plugin.md")
    crossway = Path(sys.executable).with_name("crossway")
    subprocess.run([crossway, "new", "plugin", "greeting"], cwd=tmp_path, check=True)
    with (tmp_path / "greeting/test_greeting.py").open("a") as file:
        file.write(f"\n\n{test}")
    assert outcome_of(tmp_path / "greeting") == "1 failed, 2 passed"
    (tmp_path / "greeting/greeting.py").write_text(plugin)
    assert outcome_of(tmp_path / "greeting") == "3 passed"


def outcome_of(directory: Path) -> str:
    """Return how many of the tests in *directory* pass."""
    ran = subprocess.run(PYTEST, cwd=directory, capture_output=True, text=True, check=False)
    last = ran.stdout.splitlines()[-1]
    return last.partition(" in ")[0].strip("= ")


@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "examples").glob("*/test_*.py")))
def test_tests_of_an_example_pass(name: str) -> None:
    ran = subprocess.run(
        [*PYTEST, "-c", "/dev/null", "--rootdir", ROOT, f"examples/{name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
