"""A table at a terminal."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("crossway")


@pytest.mark.parametrize(("columns", "head"), [(80, "listener"), (160, "gateway")])
def test_a_table_fits_its_terminal(shop, columns, head):
    controller, terminal = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    subprocess.run([COMMAND, "routes", "--config", shop], stdout=terminal, env=environment, check=True)
    os.close(terminal)
    lines = re.sub(r"\x1b\[\d*m", "", os.read(controller, 100_000).decode()).splitlines()
    os.close(controller)
    assert lines[0].startswith(head)
    assert len(lines) == 4
    assert max(map(len, lines)) <= columns
