"""From documents to resources, with everything that is wrong with them.

Law: what a reader says of documents depends on these documents alone, not on what it read before; only its price does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from posixpath import dirname, join

from crossway.compile.contract import Policies
from crossway.dialects.native.page import Page, Piece, Turn, read_page, turn_page
from crossway.dialects.native.settings import Reading, Settings
from crossway.dialects.native.text import Entry, entry_of, placed
from crossway.model import Document, Finding, Findings, Part, Ref, Resources, errors


@dataclass(frozen=True)
class Loaded:
    """What was read: the resources, and what is wrong with the text."""

    resources: Resources
    findings: Findings
    documents: tuple[Document, ...]
    contained: frozenset[Finding] = frozenset()
    """Findings that hurt nothing but what they speak of."""

    @property
    def refused(self) -> bool:
        """Whether something is wrong that has no bounds, so that nothing of it may go live."""
        return any(
            finding not in self.contained and not self._is_contained(finding) for finding in errors(self.findings)
        )

    def _is_contained(self, finding: Finding) -> bool:
        """Return whether it is a broken policy, which closes its route, or about a translated resource."""
        ref = finding.about
        if ref is None:
            return False
        row = self._rows.get(ref)
        path = finding.path[2:] if finding.path[:1] == ("to",) else finding.path
        is_policy = ref.kind == "routes" and path[:1] == ("policies",)
        return is_policy or (row is not None and row.settings is not None)

    def locate(self, findings: Iterable[Finding]) -> Findings:
        """Return *findings* with the places in the text that they speak of."""
        return tuple(self._located(finding) for finding in findings)

    def beside(self, ref: Ref, path: str) -> str:
        """Return *path*, which *ref* names: a relative one begins where the document stands that says it."""
        if path.startswith("/"):
            return path
        row, entry = self._rows.get(ref), None if ref in self._rows else self._entries.get(ref)
        document = row.name if row is not None else entry.document.name if entry is not None else ""
        return join(dirname(document), path)

    def _located(self, finding: Finding) -> Finding:
        ref = finding.about
        if finding.origin is not None or ref is None:
            return finding
        row = self._rows.get(ref)
        entry = entry_of(row, ref) if row is not None else self._entries.get(ref)
        return finding.at(entry.origin(finding)) if entry is not None else finding

    @cached_property
    def _rows(self) -> Mapping[Ref, Document]:
        """The resources that have a document of their own."""
        return {document.about: document for document in self.documents if document.about is not None}

    @cached_property
    def _entries(self) -> Mapping[Ref, Entry]:
        """Where each other resource stands: looked up only when there is something to say."""
        entries: dict[Ref, Entry] = {}
        for document in self.documents:
            if document.about is None:
                for entry in placed(document):
                    entries.setdefault(entry.ref, entry)
        return entries


class Native:
    """A reader of native documents. It remembers its last reading: an entry whose text stayed is the same object."""

    def __init__(self, policies: Policies) -> None:
        self._settings = Settings(policies)
        self._readings: dict[tuple[Ref, str], Reading] = {}
        self._pages: dict[Document, Page] = {}
        self._taken: set[Ref] | None = set()
        self._last = self._before = Loaded({}, (), ())
        self._said: Resources = {}
        """The resources of the last reading, without the fallbacks."""
        self._fallbacks: dict[Ref, tuple[Page, Part]] = {}
        self._changes: Mapping[Ref, Part | None] | None = None

    def read(self, documents: Iterable[Document], contained: Findings = (), refusals: Findings = ()) -> Loaded:
        """Return the resources in *documents*, and everything that is wrong with them.

        What is wrong with the texts that they were translated from is told before: *contained* in what it speaks of,
        or without bounds. The price is that of the documents, and of the places in them, that were not there the last
        time.
        """
        told = (*refusals, *contained)
        everything = tuple(documents)
        documents = tuple(document for document in everything if not document.fallback)
        present = set(documents)
        gone = [page for document, page in self._pages.items() if document not in present]
        come = [document for document in documents if document not in self._pages]
        removed, added = self._turn(gone, dict.fromkeys(come))
        resources = None if len(present) < len(documents) else self._edited(removed, added)
        self._before = self._last
        if resources is None:
            self._changes = None
            joined = self._join(documents)
            self._said, findings = joined.resources, joined.findings
        else:
            changes: dict[Ref, Part | None] = {piece.ref: None for piece in removed}
            self._changes = changes | {piece.ref: piece.reading.part for piece in added}
            loud = {document for document, page in self._pages.items() if page.findings}
            self._said = resources
            findings = tuple(finding for one in documents if one in loud for finding in self._pages[one].findings)
        standing = self._fall_back([document for document in everything if document.fallback])
        self._last = Loaded({**self._said, **standing}, (*told, *findings), everything, frozenset(contained))
        return self._last

    def _fall_back(self, documents: Iterable[Document]) -> Resources:
        """Return the resources of *documents*, fallbacks, in whose namespaces no other one of their kind is said."""
        before, self._fallbacks = self._fallbacks, {}
        for document in documents:
            ref = document.about
            if ref is not None and not any(
                ref.kind == other.kind and ref.namespace == other.namespace for other in self._said
            ):
                known = before.get(ref)
                page = known[0] if known and known[0].document is document else read_page(document, self._settings, {})
                part = page.pieces[0].reading.part
                if part is not None:
                    self._fallbacks[ref] = page, part
        standing = {ref: part for ref, (_, part) in self._fallbacks.items()}
        if self._changes is not None:
            gone = {ref: None for ref in before if ref not in standing and ref not in self._said}
            self._changes = {**self._changes, **gone, **standing}
        return standing

    def difference(self, before: Loaded, after: Loaded) -> Mapping[Ref, Part | None] | None:
        """Return what *after* changed, `None` for what is gone; if it is the newest reading and *before* the last one.

        Known unless a name was there twice: then nothing else has to be compared.
        """
        return self._changes if after is self._last and before is self._before else None

    def _turn(self, gone: Collection[Page], come: Iterable[Document]) -> tuple[list[Piece], list[Piece]]:
        """Bring the pages up to date, and return the pieces that went and that came."""
        removed: list[Piece] = []
        added: list[Piece] = []
        pages: list[Page] = []
        left = dict.fromkeys(gone)
        before = {page.document.name: page for page in gone if page.cuts is not None}
        for document in come:
            old = before.pop(document.name, None) if document.about is None else None
            turn = self._edit(old, document)
            if old is not None and turn is not None:
                del left[old]
                removed.extend(turn.gone)
                added.extend(turn.come)
                pages.append(turn.page)
            else:
                pages.append(read_page(document, self._settings, self._readings))
                added.extend(pages[-1].pieces)
        removed.extend(piece for page in left for piece in page.pieces)
        for page in gone:
            del self._pages[page.document]
        self._pages.update((page.document, page) for page in pages)
        return removed, added

    def _edit(self, old: Page | None, document: Document) -> Turn | None:
        if old is None or self._taken is None:
            return None
        return turn_page(old, document, self._settings, self._readings, self._taken)

    def _edited(self, removed: Iterable[Piece], added: Iterable[Piece]) -> Resources | None:
        """Return the resources of the last reading without the pieces *removed* and with those *added*.

        `None` if a name is there twice, or was.
        """
        if self._taken is None:
            return None
        resources = dict(self._said)
        for piece in removed:
            self._taken.discard(piece.ref)
            self._readings.pop((piece.ref, piece.content), None)
            resources.pop(piece.ref, None)
        for piece in added:
            if piece.ref in self._taken:
                return None
            self._taken.add(piece.ref)
            self._readings[piece.ref, piece.content] = piece.reading
            if piece.reading.part is not None:
                resources[piece.ref] = piece.reading.part
        return resources

    def _join(self, documents: tuple[Document, ...]) -> Loaded:
        """Return what the pages of *documents* say together; the first one that has a name is right."""
        resources: dict[Ref, Part] = {}
        findings: list[Finding] = []
        first: dict[Ref, tuple[Page, int]] = {}
        clash = False
        self._readings = {}
        for document in documents:
            page = self._pages[document]
            findings.extend(page.findings)
            for index, piece in enumerate(page.pieces):
                self._readings[piece.ref, piece.content] = piece.reading
                if piece.ref in first:
                    clash = True
                    findings.append(_duplicate(piece.ref, first[piece.ref], (page, index)))
                    continue
                first[piece.ref] = page, index
                if piece.reading.part is not None:
                    resources[piece.ref] = piece.reading.part
        self._taken = None if clash else set(first)
        return Loaded(resources, tuple(findings), documents)


def _duplicate(ref: Ref, first: tuple[Page, int], second: tuple[Page, int]) -> Finding:
    one, other = (page.places()[index].origin(Finding("", "")) for page, index in (first, second))
    return Finding("name.duplicate", f"{ref} is defined twice; the other one is at {one}", about=ref).at(other)
