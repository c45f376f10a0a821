"""Rows: a configuration cut into resources, as a store keeps them, and each row as a document again.

Law: documents without findings and the documents of their rows say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from crossway.dialects.native import position
from crossway.dialects.native.render import render_yaml
from crossway.dialects.native.text import Entry, cut, entry_of, is_toml, parse, row, whole
from crossway.dialects.native.values import TextError
from crossway.model import Document, Finding, Findings, Origin, Ref
from crossway.model.revision import Row


def split(documents: Iterable[Document], base: Mapping[Ref, Row] | None = None) -> tuple[tuple[Row, ...], Findings]:
    """Return a row for each resource in *documents*, in the order of the text, and what keeps others from being one.

    Where the layout allows it, the text of a row is the one that stands there, comments and all; otherwise it is
    written anew from what was read. A resource whose text is that of its row in *base* is not looked into.

    The findings are of the text alone: syntax, shape, unknown kinds, names that stand twice. `Native.read` has them
    too, and knows what is wrong with the settings.
    """
    known = base or {}
    rows: dict[Ref, Row] = {}
    findings: list[Finding] = []
    for document in documents:
        for one in _rows(document, known, findings):
            other = rows.setdefault(one.ref, one)
            if other is not one:
                message = f"{one.ref} is defined twice; the other one is at {other.origin}"
                findings.append(Finding("name.duplicate", message, about=one.ref).at(one.origin))
    return tuple(rows.values()), tuple(findings)


def render(ref: Ref, value: object) -> str:
    """Return the text of the resource *ref* with the settings *value*: plain data, as JSON has it."""
    return render_yaml({ref.name: value}, indent=2)


def value(row: Row) -> object:
    """Return the settings of a row as plain data. Raises `TextError` if its text is not that of its resource."""
    return parse(entry_of(document(row), row.ref))


def document(row: Row) -> Document:
    """Return what a reader makes the resource of."""
    return Document(row.origin.document, row.text, row.ref, max(1, row.origin.line))


def _rows(document: Document, known: Mapping[Ref, Row], findings: list[Finding]) -> Iterator[Row]:
    if document.about is not None:
        entry, mistakes = row(document)
        findings.extend(mistakes)
        return iter(()) if entry is None else _verbatim([entry])
    found = cut(document)
    if found is not None and _is_right(found, known):
        return _verbatim(found)
    found, shape = whole(document)
    findings.extend(shape)
    return _rendered(document, found)


def _verbatim(found: Iterable[Entry]) -> Iterator[Row]:
    """Yield the entries of a cut as rows; their lines are counted on the way."""
    lines, counted = 0, 0
    for entry in found:
        lines += entry.document.text.count("\n", counted, entry.start)
        counted = entry.start
        column = len(entry.text) - len(entry.text.lstrip(" ")) + 1
        yield Row(entry.ref, entry.text, Origin(entry.document.name, entry.document.line + lines, column))


def _rendered(document: Document, found: list[Entry]) -> Iterator[Row]:
    """Yield the entries of a parse as rows."""
    places = (position.places_in_toml if is_toml(document) else position.places_in_yaml)(document.text)
    for entry in found:
        path = entry.within
        while path and path not in places:
            path = path[:-1]
        yield Row(entry.ref, render(entry.ref, entry.value), Origin(document.name, *places.get(path, (1, 1))))


def _is_right(found: Iterable[Entry], known: Mapping[Ref, Row]) -> bool:
    """Return whether each entry of a cut can be read on its own."""
    try:
        for entry in found:
            old = known.get(entry.ref)
            if old is None or old.text != entry.text:
                parse(entry)
    except TextError:
        return False
    return True
