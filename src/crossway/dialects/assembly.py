"""Assembly: the documents of resources, put together from what foreign objects make of them.

Most resources are made by one object; others add to them. An edit costs the resources that it touches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from crossway.dialects.closing import closed
from crossway.dialects.contract import Key, Made, Translation
from crossway.dialects.native.rows import render
from crossway.dialects.pieces import located
from crossway.dialects.source import Place, Places, Source
from crossway.model import Document, FieldPath, Finding, Findings, Ref

Said = tuple[Key, Source, Translation]
"""What became of one object, and where that stands."""


@dataclass(frozen=True, slots=True)
class _Resource:
    """One resource."""

    document: Document | None
    """`None` where one of its parts leaves nothing of it, or all of them only add to what nobody makes."""
    source: Source
    conflicts: Findings = ()


class Assembly:
    """The resources of one configuration, as of the last `update`."""

    def __init__(self) -> None:
        self._buckets: dict[int, tuple[Said, ...]] = {}
        self._parts: dict[Ref, dict[Key, list[Made]]] = {}
        self._resources: dict[Ref, _Resource] = {}
        self._findings: dict[Key, tuple[Source, Findings]] = {}

    def update(self, buckets: Mapping[int, tuple[Said, ...]]) -> None:
        """Take in what became of all objects. A bucket that is the same object as before is not looked into."""
        touched: dict[Ref, None] = {}
        for number in {*self._buckets, *buckets}:
            before, after = self._buckets.get(number, ()), buckets.get(number, ())
            if before is not after:
                kept = {id(said[2]) for said in before} & {id(said[2]) for said in after}
                for said in before:
                    if id(said[2]) not in kept:
                        self._remove(said, touched)
                for said in after:
                    if id(said[2]) not in kept:
                        self._add(said, touched)
        self._buckets = dict(buckets)
        for ref in touched:
            parts = self._parts.get(ref)
            if parts:
                ordered = [part for key in sorted(parts) for part in parts[key]]
                self._resources[ref] = _resource(ref, sorted(ordered, key=lambda part: part.overlay))
            else:
                self._parts.pop(ref, None)
                self._resources.pop(ref, None)

    def documents(self) -> Iterator[Document]:
        """Yield the document of each resource, the same one as before unless it changed or its line did."""
        for ref, resource in self._resources.items():
            document = resource.document
            if document is not None and document.line != resource.source.piece.line:
                document = replace(document, line=resource.source.piece.line)
                self._resources[ref] = replace(resource, document=document)
            if document is not None:
                yield document

    def findings(self) -> Iterator[Finding]:
        """Yield what there is to say, in the order of the objects, and then what does not fit together."""
        for key in sorted(self._findings):
            source, findings = self._findings[key]
            for finding in findings:
                yield located(source, replace(finding, message=f"{key}: {finding.message}"))
        for resource in self._resources.values():
            yield from resource.conflicts

    def _remove(self, said: Said, touched: dict[Ref, None]) -> None:
        key, _, translation = said
        self._findings.pop(key, None)
        for made in translation.made:
            self._parts[made.ref].pop(key, None)
            touched[made.ref] = None

    def _add(self, said: Said, touched: dict[Ref, None]) -> None:
        key, source, translation = said
        if translation.findings:
            self._findings[key] = source, translation.findings
        for made in translation.made:
            self._parts.setdefault(made.ref, {}).setdefault(key, []).append(made)
            touched[made.ref] = None


def _resource(ref: Ref, parts: list[Made]) -> _Resource:
    """Return what all *parts* make together, and what two of them say differently. It stands where the first does."""
    settings: dict[str, object] = {}
    conflicts: list[Finding] = []
    first = parts[0]
    if first.overlay:
        return _Resource(None, first.source)
    for part in parts:
        differing: list[FieldPath] = []
        settings = _merged(settings, part.settings, (), differing)
        for path in differing:
            message = f"{ref}: another object, which comes first, says something else of {'.'.join(map(str, path))}"
            inside = max((link for link in part.links if path[: len(link)] == link), key=len, default=())
            finding = Finding("dialect.conflict", message, path=part.links.get(inside, ()))
            conflicts.append(located(part.source, finding))
    why = next((part.closed for part in parts if part.closed is not None), None)
    left = settings if why is None else closed(ref.kind, settings, why)
    if left is None:
        return _Resource(None, first.source, tuple(conflicts))
    piece = first.source.piece
    places: dict[FieldPath, Place] = {}
    for part in reversed(parts[1:]):
        places |= _places(part)
    places |= {path: (first.source, within) for path, within in {(): (), **first.links}.items()}
    document = Document(
        piece.document, render(ref, left), ref, piece.line, Places(places), left, fallback=first.fallback
    )
    return _Resource(document, first.source, tuple(conflicts))


def _places(part: Made) -> dict[FieldPath, Place]:
    """Return where what a part adds stands: each of its fields, and each entry of one that is a mapping."""
    root = part.links.get((), ())
    added = ((name, *inner) for name, value in part.settings.items() for inner in [(), *_entries(value)])
    return {
        path: (part.source, within) for path, within in {**dict.fromkeys(added, root), **part.links}.items() if path
    }


def _entries(value: object) -> Iterator[FieldPath]:
    if isinstance(value, Mapping):
        yield from ((str(key),) for key in value)


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
