"""From documents to native documents: what is foreign is translated, everything else stays what it is.

A translated resource is a document of one resource, as a store keeps it, that knows where in the foreign text it comes
from. So whatever can be done with native resources can be done with translated ones: they are read, stored, shown,
compared and written by the same functions, and converting a configuration is the same as loading it.

Laws: an object that is wrong hurts what it makes and nothing else, and closes that: its routes answer 503, its services
have no endpoints, the rest is left out. An edit costs the objects that it touches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, TypeVarTuple

from crossway.dialects.closing import closed
from crossway.dialects.contract import BY_KIND, CONCEPTS, NOTHING, OBJECTS, Dialect, Key, Made, Object, Translation
from crossway.dialects.native.rows import render
from crossway.dialects.pieces import Content, Pieces, located
from crossway.dialects.source import Places, Source
from crossway.memo import Memo, Read
from crossway.model import Document, FieldPath, Finding, Findings, Origin, Ref, errors

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
        dialects = tuple(dialects)
        concepts = {concept.kind: concept for dialect in dialects for concept in dialect.concepts}
        languages = {dialect.language.name: dialect.language for dialect in dialects}
        self._pieces = Pieces(languages.values(), concepts)
        indexes = dict.fromkeys(index for dialect in dialects for index in dialect.indexes)
        self._memo = Memo((BY_KIND, *indexes))
        self._memo.replace(CONCEPTS, concepts)
        self._written: dict[Ref, tuple[tuple[Made, ...], Document | None, Findings]] = {}

    def read(self, documents: Iterable[Document]) -> Translated:
        """Return *documents* with all that is foreign in them translated, and what is wrong with that."""
        reading = _Reading()
        for found in self._pieces.read(documents):
            if isinstance(found, Content):
                _take(found, reading)
            else:
                reading.documents.append(found)
        self._memo.replace(OBJECTS, reading.objects)
        made: defaultdict[Ref, list[Made]] = defaultdict(list)
        for key, translation in self._memo.get(translations):
            source = reading.objects[key].source
            for finding in translation.findings:
                reading.findings.append(located(source, replace(finding, message=f"{key}: {finding.message}")))
            for one in translation.made:
                made[one.ref].append(one)
        written = self._write(made)
        for _, document, conflicts in written.values():
            reading.findings.extend(conflicts)
            if document is not None:
                reading.documents.append(document)
        findings = tuple(dict.fromkeys(reading.findings))
        return Translated(tuple(reading.documents), findings, tuple(reading.refusals))

    def ask(self, query: Callable[[Read, *Args], V], *args: *Args) -> V:
        """Return the value of *query*, a pure one over the foreign objects of the last reading."""
        return self._memo.get(query, *args)

    def _write(
        self, made: Mapping[Ref, list[Made]]
    ) -> Mapping[Ref, tuple[tuple[Made, ...], Document | None, Findings]]:
        """Return what makes each resource, its document, and what does not fit together."""
        before, self._written = self._written, {}
        for ref, parts in made.items():
            parts.sort(key=lambda part: part.overlay)
            if parts[0].overlay:
                continue
            known = before.get(ref)
            if known is not None and known[0] == tuple(parts) and _stands(known[1], parts[0].source):
                self._written[ref] = known
            else:
                self._written[ref] = (tuple(parts), *_document(ref, parts))
        return self._written


def translations(read: Read) -> tuple[tuple[Key, Translation], ...]:
    """Return what became of each foreign object."""
    return tuple((key, read(translated, key)) for key in read.keys(OBJECTS))


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


def _stands(document: Document | None, source: Source) -> bool:
    """Return whether *document*, if there is one, says rightly where its resource stands."""
    return document is None or document.line == source.piece.line


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


def _document(ref: Ref, parts: list[Made]) -> tuple[Document | None, Findings]:
    """Return the document that all *parts* make together, and what two of them say differently.

    The first part says where the resource stands. `None` where one of them leaves nothing of it.
    """
    settings: dict[str, object] = {}
    conflicts: list[Finding] = []
    for part in parts:
        differing: list[FieldPath] = []
        settings = _merged(settings, part.settings, (), differing)
        for path in differing:
            message = f"{ref}: another object, which comes first, says something else of {'.'.join(map(str, path))}"
            inside = max((link for link in part.links if path[: len(link)] == link), key=len, default=())
            conflicts.append(
                located(part.source, Finding("dialect.conflict", message, path=part.links.get(inside, ())))
            )
    why = next((part.closed for part in parts if part.closed is not None), None)
    left = settings if why is None else closed(ref.kind, settings, why)
    if left is None:
        return None, tuple(conflicts)
    first = parts[0]
    piece = first.source.piece
    places = Places(first.source, first.links)
    document = Document(piece.document, render(ref, left), ref, piece.line, places, left, fallback=first.fallback)
    return document, tuple(conflicts)


def _merged(
    one: Mapping[str, object], other: Mapping[str, object], path: FieldPath, differing: list[FieldPath]
) -> dict[str, object]:
    """Return what *one* and *other* say together; *differing* gets the paths where *one* is right against *other*."""
    merged = dict(one)
    for key, value in other.items():
        mine = merged.get(key)
        if key not in merged:
            merged[key] = value
        elif isinstance(mine, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(mine, value, (*path, key), differing)
        elif mine != value:
            differing.append((*path, key))
    return merged
