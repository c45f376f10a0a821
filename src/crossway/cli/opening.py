"""A configuration that a verb looks into by itself: files, or a revision that a Crossway has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crossway.cli.options import Where
from crossway.cli.remote import crossway, segment
from crossway.cli.terminal import say
from crossway.daemon.offline import Opened, open_configuration
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document, Ref, errors


def open_told(config: Path) -> Opened:
    """Return the configuration at *config*, after saying what is wrong with it: an answer may lack that."""
    opened = open_configuration(config)
    for finding in errors(opened.findings):
        say(str(finding))
    return opened


def open_revision(number: str, where: Where) -> Pipeline:
    """Return the configuration of a revision, by its number or as ``head``. It has no secrets."""
    with crossway(where) as asked:
        rows = asked.ask(f"/v1/revisions/{segment(number)}/resources")["items"]
    pipeline = Pipeline(load_policies())
    pipeline.adopt(pipeline.read(map(_document, rows)))
    return pipeline


def _document(row: Mapping[str, Any]) -> Document:
    """Return one resource, as the API shows it, as a document."""
    origin = row["origin"]
    ref = Ref(row["kind"], row["name"], row["namespace"])
    return Document(origin["document"], row["text"], ref, max(1, origin["line"]))
