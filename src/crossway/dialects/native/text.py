"""From text to entries: one piece of a document for each resource in it.

A configuration of ten thousand routes is one file, and an edit changes one of them. So a document is first cut into
the texts of its entries, which needs no parser, and only a text that was not seen before is parsed. The cut is made
where the layout leaves no doubt (block style, one indentation for the entries, no anchors); any other document is
parsed as a whole, with the same result.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from crossway.dialects.native import position
from crossway.dialects.native.values import TextError, parse_yaml, read_yaml
from crossway.model import KINDS, Document, FieldPath, Finding, Origin, did_you_mean

_SECTION: Final = re.compile(r"^([A-Za-z_]\w*):(?:[ \t]+#.*|[ \t]*)$", re.MULTILINE)
TOP_LEVEL: Final = re.compile(r"^[^\s#].*$", re.MULTILINE)
_INDENT: Final = re.compile(r"^( +)[^\s#]", re.MULTILINE)
_ANCHOR: Final = re.compile(r"(?:^|[\s\[{,])[&*][A-Za-z0-9_]", re.MULTILINE)
_KEY: Final = r"[A-Za-z0-9_][\w.-]*"
_DOUBTFUL: Final = re.compile("[\t\r\x85\u2028\u2029\ufeff]")
"""Characters that are an indentation or a line break to some, and the byte order mark."""


class Entry(NamedTuple):
    """One resource as it stands in a document."""

    document: Document
    kind: str
    name: str
    text: str
    """The text to look positions up in: of the entry alone, or of the whole document."""
    start: int
    """Where `text` begins in the document."""
    within: FieldPath
    """The path from the root of `text` to the resource; in a whole document, it begins with the number of the root."""
    value: object = None
    """What was read, where the document was parsed as a whole."""

    @property
    def is_cut(self) -> bool:
        """Whether `text` is of this entry alone, so that it still has to be parsed."""
        return self.within == (self.name,)

    @property
    def content(self) -> str:
        """What two readings of an entry have in common exactly if they mean the same."""
        return self.text if self.is_cut else repr(self.value)

    def origin(self, finding: Finding) -> Origin:
        """Return where the field that *finding* speaks of stands."""
        path = (*self.within, *finding.path)
        if self.document.name.endswith(".toml"):
            line, column = position.in_toml(self.text, path)
        else:
            line, column = position.in_yaml(self.text, path, key=finding.code.endswith(".unknown"))
        return Origin(self.document.name, self.document.text.count("\n", 0, self.start) + line, column)


def parse(entry: Entry) -> object:
    """Return what stands in a cut *entry*, or raise `TextError`."""
    documents = parse_yaml(entry.text)
    if len(documents) == 1 and isinstance(documents[0], dict) and list(documents[0]) == [entry.name]:
        return documents[0][entry.name]
    raise TextError(Finding("yaml.syntax", "the layout is not what it seemed"))


def cut(document: Document) -> list[Entry] | None:
    """Return the entries of *document* by its layout alone, or `None` where that leaves doubt."""
    text = document.text
    if document.name.endswith(".toml"):
        return None
    tops = list(TOP_LEVEL.finditer(text))
    head = tops[0].start() if tops else len(text)
    if _INDENT.search(text, 0, head) or _DOUBTFUL.search(text, 0, head):
        return None
    found: list[Entry] = []
    kinds: set[str] = set()
    for top, end in zip(tops, [*(top.start() for top in tops[1:]), len(text)], strict=False):
        section = _SECTION.fullmatch(text, top.start(), top.end())
        if section is None or section[1] in kinds or section[1] not in KINDS or section[1] == "namespaces":
            return None
        kinds.add(section[1])
        entries = cut_section(document, section[1], top.end() + 1, end)
        if entries is None:
            return None
        found += entries
    return found


def cut_section(document: Document, kind: str, start: int, end: int) -> list[Entry] | None:
    """Return the entries of one section, which stand from *start* to before *end*, or `None` for any doubt."""
    text = document.text
    first = _INDENT.search(text, start, end)
    if first is None or _DOUBTFUL.search(text, start, end):
        return None
    indent = len(first[1])
    if _ANCHOR.search(text, start, end) or (indent > 1 and _shallower(indent).search(text, start, end)):
        return None
    heads = list(_head(indent).finditer(text, start, end))
    names = {head[1] for head in heads}
    if None in names or len(names) != len(heads):
        return None
    ends = [head.start() for head in heads[1:]] + [end]
    return [
        Entry(document, kind, head[1], text[head.start() : stop], head.start(), (head[1],))
        for head, stop in zip(heads, ends, strict=True)
    ]


@cache
def _head(indent: int) -> re.Pattern[str]:
    """Return what finds the lines with exactly this indentation; its group is the key, if the line begins with one."""
    return re.compile(rf"^ {{{indent}}}(?=[^\s#])(?:({_KEY}):(?=\s))?", re.MULTILINE)


@cache
def _shallower(indent: int) -> re.Pattern[str]:
    return re.compile(rf"^ {{1,{indent - 1}}}[^\s#]", re.MULTILINE)


def whole(document: Document) -> tuple[list[Entry], list[Finding]]:
    """Return the entries of *document* from a parse of all of it, and what is wrong with its shape."""
    read = _read_toml if document.name.endswith(".toml") else read_yaml
    try:
        roots, mistakes = read(document.text)
    except TextError as error:
        roots, mistakes = [], [error.finding]
    findings = [_at_home(finding, document) for finding in mistakes]
    found: list[Entry] = []
    for number, root in enumerate(roots):
        here = Entry(document, "", "", document.text, 0, (number,))
        if isinstance(root, Mapping):
            found.extend(_entries(here, root, findings))
        elif root is not None:
            finding = Finding("document.shape", "a configuration is a mapping of kinds to named resources")
            findings.append(finding.at(here.origin(finding)))
    return found, findings


def _at_home(finding: Finding, document: Document) -> Finding:
    place = finding.origin or Origin("")
    return finding.at(Origin(document.name, place.line, place.column))


def _entries(root: Entry, sections: Mapping[str, Any], findings: list[Finding]) -> Iterator[Entry]:
    for kind, section in sections.items():
        here = root._replace(kind=kind, within=(*root.within, kind))
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS)
            finding = Finding("kind.unknown", f"unknown kind {kind!r}", expected=", ".join(KINDS), hint=hint)
            findings.append(finding.at(here.origin(finding)))
            continue
        if isinstance(section, Mapping):
            for name, value in section.items():
                yield here._replace(name=name, within=(*here.within, name), value=value)
        elif section is not None:
            finding = Finding("document.shape", f"{kind} is a mapping of names to settings")
            findings.append(finding.at(here.origin(finding)))


def _read_toml(text: str) -> tuple[list[Any], list[Finding]]:
    try:
        return [tomllib.loads(text.removeprefix("\ufeff"))], []
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        origin = Origin("", int(match[1]), int(match[2])) if match else None
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise TextError(Finding("toml.syntax", message[:1].lower() + message[1:], origin=origin)) from None
