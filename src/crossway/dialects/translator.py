"""From documents to native documents: what is foreign is translated, everything else stays what it is.

A translated resource is a document of one resource, as a store keeps it, that knows where in the foreign text it comes
from. So whatever can be done with native resources can be done with translated ones: they are read, stored, shown,
compared and written by the same functions, and converting a configuration is the same as loading it.

Laws: an object that is wrong hurts what it makes and nothing else, and closes that: its routes answer 503, its services
have no endpoints, the rest is left out. An edit costs the objects that it touches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar, TypeVarTuple

from crossway.dialects.assembly import Assembly, Said
from crossway.dialects.contract import (
    BY_KIND,
    CONCEPTS,
    NOTHING,
    OBJECTS,
    READERS,
    STATUSES,
    Dialect,
    Dialects,
    Key,
    Made,
    Object,
    Translate,
    Translation,
)
from crossway.dialects.pieces import Content, Pieces, located
from crossway.memo import Index, Memo, Read
from crossway.model import Document, FieldPath, Finding, Findings, Origin, errors

Args = TypeVarTuple("Args")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Translated:
    """What documents say, in the native dialect."""

    documents: tuple[Document, ...]
    findings: Findings = ()
    """What is wrong with foreign objects. It hurts nothing but what it speaks of."""
    refusals: Findings = ()
    """What is wrong with foreign text, so that nobody knows what stands there."""


@dataclass(slots=True)
class _Reading:
    """What one reading of documents came upon, in the order of the text."""

    documents: list[Document] = field(default_factory=list)
    objects: dict[Key, Object[Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    refusals: list[Finding] = field(default_factory=list)


class Translator:
    """A translator of *dialects*. It remembers its last reading: what stayed the same is the same document."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._dialects = dialects
        self._tables: _Tables | None = None
        self._assembly = Assembly()

    def read(self, documents: Iterable[Document]) -> Translated:
        """Return *documents* with all that is foreign in them translated, and what is wrong with that."""
        documents = tuple(documents)
        if self._tables is None and not self._may_be_foreign(documents):
            return Translated(documents)
        tables, reading = self._loaded(), _Reading()
        for found in tables.pieces.read(documents):
            if isinstance(found, Content):
                _take(found, reading)
            else:
                reading.documents.append(found)
        tables.memo.replace(OBJECTS, reading.objects)
        self._assembly.update(dict(tables.memo.get(translations)))
        findings = dict.fromkeys((*reading.findings, *self._assembly.findings()))
        made = tuple(self._assembly.documents())
        return Translated((*reading.documents, *made), tuple(findings), tuple(reading.refusals))

    def ask(self, query: Callable[[Read, *Args], V], *args: *Args) -> V:
        """Return the value of *query*, a pure one over the foreign objects of the last reading."""
        return self._loaded().memo.get(query, *args)

    def _may_be_foreign(self, documents: Iterable[Document]) -> bool:
        """Return whether any of *documents* may be of a dialect that is not loaded yet."""
        marks = self._dialects.marks if isinstance(self._dialects, Dialects) else ("",)
        return any(mark in document.text for document in documents if document.about is None for mark in marks)

    def _loaded(self) -> _Tables:
        if self._tables is None:
            self._tables = _tables(tuple(self._dialects))
        return self._tables


@dataclass(frozen=True, slots=True)
class _Tables:
    """What a translator works with, made of its dialects."""

    pieces: Pieces
    memo: Memo


def _tables(dialects: tuple[Dialect, ...]) -> _Tables:
    concepts = {concept.kind: concept for dialect in dialects for concept in dialect.concepts}
    languages = {dialect.language.name: dialect.language for dialect in dialects}
    indexes = dict.fromkeys(index for dialect in dialects for index in dialect.indexes)
    memo = Memo((BY_KIND, BY_BUCKET, *indexes))
    memo.replace(CONCEPTS, concepts)
    readers: defaultdict[str, tuple[Translate[Any], ...]] = defaultdict(tuple)
    for dialect in dialects:
        for kind, reader in dialect.readers.items():
            readers[kind] += (reader,)
    memo.replace(READERS, readers)
    memo.replace(STATUSES, {kind: told for dialect in dialects for kind, told in dialect.statuses.items()})
    return _Tables(Pieces(languages.values(), concepts), memo)


_BUCKETS: Final = 256
"""Into how many parts the translations of all objects are divided, so that an edit does not touch all of them."""


def _bucket(_: Read, key: Key) -> frozenset[int]:
    return frozenset({hash(key) % _BUCKETS})


BY_BUCKET: Index[Key, int] = Index(OBJECTS, _bucket, "foreign objects by bucket")


def translations(read: Read) -> tuple[tuple[int, tuple[Said, ...]], ...]:
    """Return what became of all foreign objects, by bucket."""
    return tuple((number, read(bucket, number)) for number in read.groups(BY_BUCKET))


def bucket(read: Read, number: int) -> tuple[Said, ...]:
    """Return what became of the foreign objects of one bucket."""
    found = ((key, read.input(OBJECTS, key), read(translated, key)) for key in read.group(BY_BUCKET, number))
    return tuple((key, item.source, translation) for key, item, translation in found if item is not None)


def objects(read: Read) -> tuple[Object[Any], ...]:
    """Return every foreign object, in the order of their names."""
    found = (read.input(OBJECTS, key) for key in read.keys(OBJECTS))
    return tuple(item for item in found if item is not None)


def translated(read: Read, key: Key) -> Translation:
    """Return what becomes of one foreign object; what is wrong with it closes what it makes."""
    found = read.input(OBJECTS, key)
    concept = read.input(CONCEPTS, key.kind)
    if found is None or concept is None:
        return NOTHING
    translation = concept.translate(read, found)
    for reader in read.input(READERS, key.kind) or ():
        other = reader(read, found)
        translation = Translation((*translation.made, *other.made), (*translation.findings, *other.findings))
    if found.gone:
        translation = _as_written(translation, found)
    wrong = errors(found.wrong)
    return replace(translation, made=tuple(_guarded(translation.made, wrong))) if wrong else translation


def _as_written(translation: Translation, found: Object[Any]) -> Translation:
    """Return *translation* with the places where things stand, those after items that are missing included."""
    made = (
        replace(one, links={native: found.as_written(path) for native, path in one.links.items()})
        if one.source is found.source
        else one
        for one in translation.made
    )
    findings = (replace(item, path=found.as_written(item.path)) for item in translation.findings)
    return Translation(tuple(made), tuple(findings))


def _guarded(made: tuple[Made, ...], wrong: Findings) -> Iterator[Made]:
    """Yield *made*, with that closed which the mistakes are in; all of it where they are in none of it alone."""
    roots = [one.links.get((), ()) for one in made]
    general = next((item for item in wrong if not any(root and _within(item.path, root) for root in roots)), None)
    for one, root in zip(made, roots, strict=True):
        mine = general or next((item for item in wrong if root and _within(item.path, root)), None)
        if one.fallback:
            mine = None
        yield replace(one, closed=mine) if mine is not None else one


def _within(path: FieldPath, root: FieldPath) -> bool:
    return path[: len(root)] == root


def _take(content: Content, reading: _Reading) -> None:
    """Add what is in *content* to *reading*. Of two objects with one name, the first one is right."""
    piece = content.piece
    for refusal in content.refusals:
        place = refusal.origin or Origin("", 1, 1)
        reading.refusals.append(refusal.at(Origin(piece.document, piece.line - 1 + place.line, place.column)))
    reading.findings.extend(located(source, finding) for source, finding in content.remarks)
    for item in content.objects:
        other = reading.objects.setdefault(item.key, item)
        if other is not item:
            message = f"{item.key} is defined twice; the other one is at {other.source.origin()}"
            reading.findings.append(located(item.source, Finding("name.duplicate", message)))
