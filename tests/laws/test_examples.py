"""Every example runs to its end, and what it shows is so."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/run.py"))


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
