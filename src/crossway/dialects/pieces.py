"""From documents to foreign objects, reading only what was not read before.

A stream of ten thousand objects is one file, and an edit changes one of them. A line that begins with ``---`` ends a
YAML document wherever it stands (https://yaml.org/spec/1.2.2/#914-explicit-documents), so a stream is cut there without
a parser, and a piece whose text was read before is not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from crossway.dialects.contract import Concept, Entity, Language, Object
from crossway.dialects.fate import examine
from crossway.dialects.native.values import TextError, read_yaml
from crossway.dialects.source import Piece, Source
from crossway.model import Document, Finding, Findings, Severity, did_you_mean

_BOUNDARY: Final = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_WHOLE: Final = re.compile(r"^(?:%|\.\.\.(?=\s|\Z))", re.MULTILINE)
"""A directive, or the end of a document: what stands before it may be needed to read what comes after it."""
_BLANK: Final = "- \t\r\n"
_TEMPLATE: Final = re.compile(r"\{\{-?\s*[\w.$\"(]")


Remark = tuple[Source, Finding]
"""Something to say about what stands there; its path begins there."""


@dataclass(slots=True, eq=False)
class Content:
    """A piece, and what it holds."""

    piece: Piece
    objects: tuple[Object[Any], ...] = ()
    refusals: Findings = ()
    """What is wrong with the text itself, so that nobody knows what stands there. Lines count from that of the piece.
    """
    remarks: tuple[Remark, ...] = ()
    """What is wrong with objects that could not be made, and hurts nobody else."""
    foreign: bool = True
    """Whether it is of a foreign language; if not, it is left to the native dialect."""
    document: Document | None = None
    """The piece as a document of its own, where it is left to the native dialect."""


class Pieces:
    """A reader of documents. It remembers the pieces of its last reading."""

    def __init__(self, languages: Iterable[Language], concepts: Mapping[str, Concept[Any]]) -> None:
        self._languages = tuple(languages)
        self._concepts = concepts
        self._known: dict[tuple[str, str], Content] = {}

    def read(self, documents: Iterable[Document]) -> list[Document | Content]:
        """Return what is in *documents*: native documents as they are, and the pieces of foreign ones.

        A native piece of a stream with foreign ones becomes a document of its own.
        """
        result: list[Document | Content] = []
        read: dict[tuple[str, str], Content] = {}
        for document in documents:
            if document.about is not None or not self._may_be_foreign(document.text):
                result.append(document)
                continue
            found = list(self._contents(document, read))
            if any(content.foreign and content.piece.text.strip(_BLANK) for content in found):
                result.extend(content if content.foreign else _as_document(content) for content in found)
            else:
                result.append(document)
        self._known = read
        return result

    def _may_be_foreign(self, text: str) -> bool:
        return any(mark in text for language in self._languages for mark in language.marks)

    def _contents(self, document: Document, read: dict[tuple[str, str], Content]) -> Iterator[Content]:
        line = document.line
        for start, end in _cuts(document.text):
            text = document.text[start:end]
            key = document.name, text
            content = read.get(key) or self._known.get(key) or self._content(Piece(*key))
            content.piece.line = line
            read[key] = content
            line += text.count("\n")
            yield content

    def _content(self, piece: Piece) -> Content:
        if not self._may_be_foreign(piece.text):
            return Content(piece, foreign=not piece.text.strip(_BLANK))
        try:
            roots, mistakes = read_yaml(piece.text)
        except TextError as error:
            finding = error.finding
            if _TEMPLATE.search(piece.text):
                finding = replace(finding, hint="this is a template; render it first, as `helm template` does")
            return Content(piece, refusals=(finding,))
        objects: list[Object[Any]] = []
        remarks: list[Remark] = []
        foreign = False
        for number, root in enumerate(roots):
            for language in self._languages:
                entities = language.split(root)
                if entities is not None:
                    foreign = True
                    for entity in entities:
                        self._take(entity, language, Source(piece, (number, *entity.path)), objects, remarks)
                    break
        return Content(piece, tuple(objects), tuple(mistakes) if foreign else (), tuple(remarks), foreign)

    def _take(
        self, entity: Entity, language: Language, source: Source, objects: list[Object[Any]], remarks: list[Remark]
    ) -> None:
        """Add the object that *entity* is to *objects*, or what keeps it from being one to *remarks*."""
        kind = entity.key.kind
        concept = self._concepts.get(kind)
        if concept is None:
            if kind not in language.ignored:
                message = f"{entity.key}: nothing of the kind {kind} is read, so it is left out"
                hint = did_you_mean(kind, self._concepts)
                remarks.append((source, Finding("dialect.kind_unknown", message, Severity.WARNING, hint=hint)))
        elif entity.version not in concept.versions:
            message = f"{entity.key}: the version {entity.version!r} is not read, so it is left out"
            expected = " or ".join(concept.versions)
            remarks.append((source, Finding("dialect.version", message, expected=expected)))
        else:
            value, wrong = examine(concept, entity.value)
            if value is not None:
                objects.append(Object(entity.key, value, source, wrong))
            remarks.extend((source, replace(finding, message=f"{entity.key}: {finding.message}")) for finding in wrong)


def located(source: Source, finding: Finding) -> Finding:
    """Return *finding* with its place in the text."""
    return finding.at(source.origin(finding.path, key=finding.code.endswith(".unknown")))


def _as_document(content: Content) -> Document:
    piece = content.piece
    if content.document is None or content.document.line != piece.line:
        content.document = Document(piece.document, piece.text, line=piece.line)
    return content.document


def _cuts(text: str) -> list[tuple[int, int]]:
    """Return where the pieces of *text* begin and end."""
    starts = [] if _WHOLE.search(text) else [match.start() for match in _BOUNDARY.finditer(text)]
    starts = [0, *(start for start in starts if start)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))
