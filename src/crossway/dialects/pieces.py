"""From documents to foreign objects, reading only what was not read before.

A stream of ten thousand objects is one file, and an edit changes one of them. A line that begins with ``---`` ends a
YAML document wherever it stands (https://yaml.org/spec/1.2.2/#914-explicit-documents), so a stream is cut there without
a parser, and a piece whose text was read before is not read again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from crossway.dialects.contract import Concept, Entity, Language, Object
from crossway.dialects.fate import examine
from crossway.dialects.native.splice import common_head, common_tail
from crossway.dialects.native.values import TextError, read_yaml
from crossway.dialects.source import Piece, Source
from crossway.model import Document, Finding, Findings, Severity, did_you_mean

_BOUNDARY: Final = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_WHOLE: Final = re.compile(r"^(?:%|\.\.\.(?=\s|\Z))", re.MULTILINE)
"""A directive, or the end of a document: what stands before it may be needed to read what comes after it."""
_LONGEST_BOUNDARY: Final = len("---\n")
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


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    """A document with its pieces, and where each begins, in ascending order."""

    document: Document
    starts: list[int]
    contents: list[Content]


class Pieces:
    """A reader of documents. It remembers the pieces of its last reading."""

    def __init__(self, languages: Iterable[Language], concepts: Mapping[str, Concept[Any]]) -> None:
        self._languages = tuple(languages)
        self._concepts = concepts
        self._streams: dict[str, _Stream] = {}

    def read(self, documents: Iterable[Document]) -> list[Document | Content]:
        """Return what is in *documents*: native documents as they are, and the pieces of foreign ones.

        A native piece of a stream with foreign ones becomes a document of its own.
        """
        result: list[Document | Content] = []
        before, self._streams = self._streams, {}
        for document in documents:
            if document.about is not None or not self._may_be_foreign(document.text):
                result.append(document)
                continue
            stream = self._streams[document.name] = self._stream(document, before.get(document.name))
            found = stream.contents
            if any(content.foreign and content.piece.text.strip(_BLANK) for content in found):
                result.extend(content if content.foreign else _as_document(content) for content in found)
            else:
                result.append(document)
        return result

    def _may_be_foreign(self, text: str) -> bool:
        return any(mark in text for language in self._languages for mark in language.marks)

    def _stream(self, document: Document, before: _Stream | None) -> _Stream:
        """Return the pieces of *document*: those of the stream *before* that stand outside of the edit, and others."""
        if before is None or before.document.line != document.line:
            return self._spliced(document, _Stream(document, [], []), 0, 0, 0)
        if before.document is document:
            return before
        old, new = before.document.text, document.text
        head = common_head(old, new)
        tail = common_tail(old, new, min(len(old), len(new)) - head)
        # The line that a piece begins with may be part of the edit, and so may the line break before it.
        first = max(0, bisect_left(before.starts, head - _LONGEST_BOUNDARY) - 1)
        last = bisect_left(before.starts, len(old) - tail + 1)
        stop = before.starts[last] + len(new) - len(old) if last < len(before.starts) else len(new)
        if _WHOLE.search(new, before.starts[first], stop) or _WHOLE.search(old, before.starts[first]):
            return self._spliced(document, before, 0, len(before.starts), len(new))
        return self._spliced(document, before, first, last, stop)

    def _spliced(self, document: Document, before: _Stream, first: int, last: int, stop: int) -> _Stream:
        """Return the stream in which the pieces from *first* to before *last* are read anew, up to *stop*."""
        text = document.text
        start = before.starts[first] if first < len(before.starts) else 0
        stop = stop or len(text)
        replaced = before.contents[first:last]
        known = {content.piece.text: content for content in replaced}
        line = replaced[0].piece.line if replaced else document.line
        old_lines = sum(content.piece.text.count("\n") for content in replaced)
        starts, contents = [], []
        for begin, end in _cuts(text, start, stop):
            piece = text[begin:end]
            content = known.pop(piece, None) or self._content(Piece(document.name, piece))
            content.piece.line = line
            line += piece.count("\n")
            starts.append(begin)
            contents.append(content)
        below = before.contents[last:]
        if (moved := text.count("\n", start, stop) - old_lines) and below:
            for content in below:
                content.piece.line += moved
        shift = len(text) - len(before.document.text)
        return _Stream(
            document,
            [*before.starts[:first], *starts, *(place + shift for place in before.starts[last:])],
            [*before.contents[:first], *contents, *below],
        )

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
            value, wrong, gone = examine(concept, entity.value)
            if value is not None:
                objects.append(Object(entity.key, value, source, wrong, gone))
            remarks.extend((source, replace(finding, message=f"{entity.key}: {finding.message}")) for finding in wrong)


def located(source: Source, finding: Finding) -> Finding:
    """Return *finding* with its place in the text."""
    return finding.at(source.origin(finding.path, key=finding.code.endswith(".unknown")))


def _as_document(content: Content) -> Document:
    piece = content.piece
    if content.document is None or content.document.line != piece.line:
        content.document = Document(piece.document, piece.text, line=piece.line)
    return content.document


def _cuts(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """Return where the pieces of *text* from *start* to *stop* begin and end."""
    found = [] if _WHOLE.search(text, start, stop) else _BOUNDARY.finditer(text, start, stop)
    starts = [start, *(match.start() for match in found if match.start() > start)]
    return list(zip(starts, [*starts[1:], stop], strict=True))
