"""Pages: what one document says, whatever the others say.

A page is read once for each document. Where a document took the place of another one with the same name, and both can
be cut, the new page is made of the old one: only the entries in the neighbourhood of the edit are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from crossway.dialects.closing import contained
from crossway.dialects.native.settings import Reading, Settings
from crossway.dialects.native.splice import Cuts, splice
from crossway.dialects.native.text import Entry, cut, entry_of, parse, row, whole
from crossway.dialects.native.values import TextError
from crossway.model import Document, Finding, Findings, Ref, errors

Readings = Mapping[tuple[Ref, str], Reading]
"""What entries say that were read before, by what they are about and their content."""


class Piece(NamedTuple):
    """One resource of a page."""

    ref: Ref
    content: str
    """As in `Entry.content`; empty where the text itself is wrong, so that nobody takes it for known."""
    reading: Reading


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What one document says."""

    document: Document
    pieces: tuple[Piece, ...]
    """In the order of the text."""
    findings: Findings = ()
    """Everything that is wrong with the document, in its place."""
    cuts: Cuts | None = None
    """Where it was cut into its pieces, if it was."""

    def places(self) -> list[Entry]:
        """Return an entry, which knows its place, for each piece."""
        about = self.document.about
        if about is not None:
            return [entry_of(self.document, about)]
        return (cut(self.document) or []) if self.cuts is not None else whole(self.document)[0]


class Turn(NamedTuple):
    """What a new page took away, and what it brought."""

    gone: tuple[Piece, ...]
    come: tuple[Piece, ...]
    page: Page


def read_page(document: Document, settings: Settings, known: Readings) -> Page:
    """Return what *document* says; what is *known* is not read again."""
    if document.about is not None:
        return _read_row(document, document.about, settings, known)
    entries, shape, cuts = _entries(document, known)
    pieces, findings = [], shape
    for entry in entries:
        ref, content = entry.ref, entry.content
        reading = known.get((ref, content)) or settings.read(entry)
        pieces.append(Piece(ref, content, reading))
        findings.extend(finding.at(entry.origin(finding)) for finding in reading.findings)
    return Page(document, tuple(pieces), tuple(findings), cuts)


def turn_page(
    old: Page, document: Document, settings: Settings, known: Readings, taken: Collection[Ref]
) -> Turn | None:
    """Return what the edit did that led from *old* to *document*; `None` where only a new page can tell.

    That is so where the edit is not in one place of a text that can be cut, where a new name is *taken*, and where
    anything is wrong: then all there is to say has to be said again, each with its place.
    """
    if old.cuts is None or old.findings:
        return None
    edit = splice(old.cuts, document)
    if edit is None:
        return None
    gone = old.pieces[edit.start : edit.end]
    free = {piece.ref for piece in gone}
    come = []
    for entry in edit.entries:
        if entry.ref in taken and entry.ref not in free:
            return None
        reading = known.get((entry.ref, entry.text))
        if reading is None:
            try:
                reading = settings.read(entry._replace(value=parse(entry)))
            except TextError:
                return None
        if reading.findings:
            return None
        come.append(Piece(entry.ref, entry.text, reading))
    pieces = (*old.pieces[: edit.start], *come, *old.pieces[edit.end :])
    return Turn(gone, tuple(come), Page(document, pieces, (), edit.cuts))


def _read_row(document: Document, ref: Ref, settings: Settings, known: Readings) -> Page:
    reading = known.get((ref, document.text))
    if reading is not None and not reading.findings:
        return Page(document, (Piece(ref, document.text, reading),))
    entry, mistakes = row(document)
    if entry is None:
        return Page(document, (Piece(ref, "", Reading(None)),), mistakes)
    if reading is None:
        reading = settings.read(entry) if document.settings is None else _contained(entry, document.settings, settings)
    findings = (*mistakes, *(finding.at(entry.origin(finding)) for finding in reading.findings))
    return Page(document, (Piece(ref, "" if mistakes else document.text, reading),), findings)


def _contained(entry: Entry, value: Mapping[str, object], settings: Settings) -> Reading:
    """Return what a translated *entry* says. Where it says what no resource may, what is left of it is closed."""
    reading = settings.read(entry)
    if reading.part is not None or not (wrong := errors(reading.findings)):
        return reading
    left = contained(entry.kind, value, wrong)
    return replace(settings.read(entry._replace(value=left)), findings=reading.findings) if left else reading


def _entries(document: Document, known: Readings) -> tuple[list[Entry], list[Finding], Cuts | None]:
    """Return the entries of a whole *document*, what is wrong with its shape, and how it was cut if it could be."""
    found = cut(document)
    if found is not None and (parsed := _parsed(found, known)) is not None:
        starts, names = tuple(entry.start for entry in found), tuple((entry.kind, entry.name) for entry in found)
        return parsed, [], Cuts(document, starts, names)
    return *whole(document), None


def _parsed(found: list[Entry], known: Readings) -> list[Entry] | None:
    """Parse the entries that are not known; `None` if one shows that the cut was wrong."""
    try:
        return [entry if (entry.ref, entry.text) in known else entry._replace(value=parse(entry)) for entry in found]
    except TextError:
        return None
