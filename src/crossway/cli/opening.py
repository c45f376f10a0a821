"""A configuration that a verb looks into by itself: files, or a revision that a Crossway has."""

from __future__ import annotations

from pathlib import Path

from crossway.cli.options import Where
from crossway.cli.remote import Plain, crossway, segment
from crossway.cli.terminal import say
from crossway.daemon.offline import Opened, open_configuration
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.dialects.native import rows
from crossway.model import Document, Origin, Ref, errors
from crossway.model.revision import Row


def open_told(config: Path) -> Opened:
    """Return the configuration at *config*, after saying what is wrong with it: an answer may lack that."""
    opened = open_configuration(config)
    for finding in errors(opened.findings):
        say(str(finding))
    return opened


def open_revision(number: str, where: Where) -> Pipeline:
    """Return the configuration of a revision, by its number or as ``head``. It has no secrets."""
    with crossway(where) as asked:
        items = asked.ask(f"/v1/revisions/{segment(number)}/resources")["items"]
    pipeline = Pipeline(load_policies())
    pipeline.adopt(pipeline.read(map(_document, items)))
    return pipeline


def _document(shown: Plain) -> Document:
    """Return one resource, as the API shows it, as a document."""
    ref = Ref(shown["kind"], shown["name"], shown["namespace"])
    origin = Origin(shown["origin"]["document"], shown["origin"]["line"])
    return rows.document(Row(ref, shown["text"], origin))
