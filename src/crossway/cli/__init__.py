"""The command line: one module for each verb."""

from __future__ import annotations

import sys

from crossway.cli.app import app
from crossway.errors import CrosswayError


def main() -> None:
    """Run the command line; a mistake of the person at it is one sentence, and exit status 2."""
    try:
        app()
    except CrosswayError as error:
        sys.stderr.write(f"crossway: {error}\n")
        sys.exit(2)
