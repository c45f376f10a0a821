"""Converting: what documents say, written in the native dialect, with a report of what could not be said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.showing import Showing
from crossway.dialects.closing import contained
from crossway.dialects.fidelity import Told, fidelity
from crossway.dialects.native import rows
from crossway.model import Document, Findings, Origin, Ref, errors
from crossway.model.revision import Row


@dataclass(frozen=True, slots=True)
class Converted:
    """A configuration in the native dialect."""

    settings: dict[Ref, object]
    """What each resource says, as plain data."""
    told: tuple[Told, ...]
    """What became of the foreign objects."""
    findings: Findings
    """What is wrong with the texts, in their places."""


def converted(pipeline: Pipeline, documents: Iterable[Document]) -> Converted:
    """Return what *documents* say."""
    loaded = pipeline.read(documents)
    wrong: dict[Ref | None, Findings] = {}
    for finding in errors(loaded.findings):
        wrong[finding.about] = (*wrong.get(finding.about, ()), finding)
    settings: dict[Ref, object] = {}
    native = [document for document in loaded.documents if document.settings is None]
    for row in rows.split(native)[0]:
        settings[row.ref] = rows.value(row)
    for document in loaded.documents:
        ref = document.about
        if ref is None or document.settings is None or ref in settings:
            continue
        broken = tuple(finding for finding in wrong.get(ref, ()) if finding.path[:1] != ("policies",))
        left = contained(ref.kind, document.settings, broken) if broken else document.settings
        if left is not None:
            settings[ref] = left
    return Converted(settings, pipeline.translator.ask(fidelity), loaded.locate(loaded.findings))


def redacted(settings: dict[Ref, object], showing: Showing) -> dict[Ref, object]:
    """Return *settings* as they may be shown; equal ones where there is no secret in them."""
    shown = dict(settings)
    for ref, value in settings.items():
        text = rows.render(ref, value)
        if showing.may_tell(ref, text):
            shown[ref] = showing.value(Row(ref, text, Origin("")))
    return shown
