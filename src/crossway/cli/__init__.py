"""The command line: one module for each verb."""

from __future__ import annotations

import os
import sys

# Before grpc is imported: we never fork without exec, and its notes about that are not for our users.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

from crossway.cli.app import app
from crossway.errors import CrosswayError


def main() -> None:
    """Run the command line; a mistake of the person at it is one sentence, and exit status 2."""
    try:
        app()
    except CrosswayError as error:
        sys.stderr.write(f"crossway: {error}\n")
        sys.exit(2)
