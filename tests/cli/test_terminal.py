"""A table at a terminal."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("crossway")


def at_terminal(*words: object, **environment: str) -> str:
    """Return what the command line writes at a terminal."""
    controller, terminal = pty.openpty()
    more = os.environ | {"TERM": "xterm"} | environment
    subprocess.run([COMMAND, *words], stdout=terminal, env=more, check=False)
    os.close(terminal)
    written = os.read(controller, 100_000).decode()
    os.close(controller)
    return written


@pytest.mark.parametrize(("columns", "head"), [(80, "listener"), (160, "gateway")])
def test_a_table_fits_its_terminal(shop, columns, head):
    written = at_terminal("routes", "--config", shop, COLUMNS=str(columns))
    lines = re.sub(r"\x1b\[\d*m", "", written).splitlines()
    assert lines[0].startswith(head)
    assert len(lines) == 4
    assert max(map(len, lines)) <= columns


def test_a_diff_has_colours_where_somebody_likes_them(stand_in):
    difference = {"kind": "routes", "namespace": "default", "name": "a", "before": None, "after": "a: {to: b}\n"}
    stand_in.answers["GET /v1/revisions/1/diff/head"] = {"differences": [difference]}
    words = ("diff", "--from", "1", "--admin", stand_in.address)
    assert "\x1b[32m+a: {to: b}\x1b[0m\r\n" in at_terminal(*words, NO_COLOR="")
    assert "\x1b" not in at_terminal(*words, NO_COLOR="1")
