"""The laws of the tree hold: who may import whom, what stands beside what, and what is written from the code."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param([LINT_IMPORTS, "--no-cache"], id="imports"),
        pytest.param([sys.executable, "tools/tree.py"], id="files"),
        pytest.param([sys.executable, "tools/pins.py", "--check"], id="pins"),
        pytest.param([sys.executable, "tools/readmes.py"], id="readmes"),
        pytest.param([sys.executable, "-m", "tools.reference", "--check"], id="reference"),
    ],
)
def test_law_holds(command: list[str | Path]) -> None:
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
