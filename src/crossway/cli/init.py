"""``crossway init``: a commented configuration to start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from crossway.cli.terminal import say
from crossway.daemon.registry import load_policies
from crossway.dialects.native.schema import schema
from crossway.errors import RemoteError, UserError

SCHEMA: Final = Path(".crossway/schema.json")
"""Beside the configuration, so that it fits the version and the policies that are installed here."""
STARTER: Final = Path(__file__).with_name("starter.yaml")


def init(file: Path = Path("crossway.yaml"), /, *, force: bool = False) -> None:
    """Write a commented configuration to start from, and its JSON Schema for the editor.

    Parameters
    ----------
    file
        What to write.
    force
        Overwrite the file if there is one.

    """
    if file.exists() and not force:
        raise UserError(f"{file} is there already; --force overwrites it")
    described = file.parent / SCHEMA
    try:
        described.parent.mkdir(parents=True, exist_ok=True)
        described.write_text(json.dumps(schema(load_policies())))
        file.write_text(STARTER.read_text())
    except OSError as error:
        raise RemoteError(f"{error.filename} cannot be written: {error.strerror}") from None
    say(f"wrote {file}; next: crossway run {file}")
