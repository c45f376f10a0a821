"""The configuration that a verb reads with ``--config``, instead of asking a running Crossway."""

from __future__ import annotations

from pathlib import Path

from crossway.cli.terminal import say
from crossway.daemon.offline import Opened, open_configuration
from crossway.model import errors


def open_told(config: Path) -> Opened:
    """Return the configuration at *config*, after saying what is wrong with it: an answer may lack that."""
    opened = open_configuration(config)
    for finding in errors(opened.findings):
        say(str(finding))
    return opened
