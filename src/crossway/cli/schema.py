"""``crossway schema``: the configuration as a JSON Schema, for editors."""

from __future__ import annotations

from crossway.cli.terminal import answer_json
from crossway.daemon.registry import load_policies
from crossway.dialects.native.schema import schema as schema_of


def schema() -> None:
    """Print the JSON Schema (2020-12) of the configuration, with every policy that is installed.

    Editors with a YAML language server complete and check a file that begins with
    `# yaml-language-server: $schema=crossway.schema.json`.
    """
    answer_json(schema_of(load_policies()))
