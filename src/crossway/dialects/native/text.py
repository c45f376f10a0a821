"""From text to entries: one piece of a document for each resource in it.

A configuration of ten thousand routes is one file, and an edit changes one of them. So a document is first cut into
the texts of its entries, which needs no parser, and only a text that was not seen before is parsed. The cut is made
where the layout leaves no doubt (block style, one indentation for the entries, no anchors); any other document is
parsed as a whole, with the same result. The text of one resource alone, as a store keeps it, is an entry already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final, NamedTuple

from crossway.dialects.native import position
from crossway.dialects.native.toml import read_toml
from crossway.dialects.native.values import TextError, parse_yaml, read_yaml
from crossway.errors import Bug
from crossway.model import (
    DEFAULT_NAMESPACE,
    KINDS,
    NAME_PATTERN,
    Document,
    FieldPath,
    Finding,
    Findings,
    Origin,
    Ref,
    did_you_mean,
)

_SECTION: Final = re.compile(r"^([A-Za-z_]\w*):(?:[ \t]+#.*|[ \t]*)$", re.MULTILINE)
TOP_LEVEL: Final = re.compile(r"^[^\s#].*$", re.MULTILINE)
_INDENT: Final = re.compile(r"^( +)[^\s#]", re.MULTILINE)
_ANCHOR: Final = re.compile(r"(?:^|[\s\[{,])[&*][A-Za-z0-9_]", re.MULTILINE)
_KEY: Final = r"[A-Za-z0-9_][\w.-]*"
_NAME: Final = re.compile(NAME_PATTERN)
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
    namespace: str = DEFAULT_NAMESPACE
    """The namespace that it is in."""

    @property
    def ref(self) -> Ref:
        """The resource."""
        return Ref(self.kind, self.name, self.namespace)

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
        if self.document.places:
            within = (finding.path[:length] for length in range(len(finding.path), -1, -1))
            return next(self.document.places[path] for path in within if path in self.document.places)
        path = (*self.within, *finding.path)
        if is_toml(self.document):
            line, column = position.in_toml(self.text, path)
        else:
            line, column = position.in_yaml(self.text, path, key=finding.code.endswith(".unknown"))
        return _place(self.document, self.document.text.count("\n", 0, self.start) + line, column)


def is_toml(document: Document) -> bool:
    """Return whether *document* is TOML; the text of one resource never is, whatever file it comes from."""
    return document.about is None and document.name.endswith(".toml")


def _place(document: Document, line: int, column: int) -> Origin:
    """Return the place at *line* of the text of *document*; line 0 means the document as a whole."""
    return Origin(document.name, document.line - 1 + line if line else 0, column)


def row(document: Document) -> tuple[Entry | None, Findings]:
    """Return the entry of a *document* about one resource, with its value, and what is wrong with its text."""
    ref = document.about
    if ref is None:
        raise Bug(f"{document.name} is about no resource")
    if ref.kind not in KINDS:
        hint = did_you_mean(ref.kind, KINDS)
        finding = Finding("kind.unknown", f"unknown kind {ref.kind!r}", about=ref, expected=", ".join(KINDS), hint=hint)
        return None, (finding.at(_place(document, 1, 1)),)
    if (wrong := check_name(ref.namespace, ref)) is not None:
        return None, (wrong.at(_place(document, 1, 1)),)
    if document.settings is not None:
        return entry_of(document, ref)._replace(value=document.settings), ()
    try:
        roots, mistakes = read_yaml(document.text)
    except TextError as error:
        return None, (_at_home(replace(error.finding, about=ref), document),)
    findings = tuple(_at_home(replace(finding, about=ref), document) for finding in mistakes)
    if len(roots) == 1 and isinstance(roots[0], dict) and list(roots[0]) == [ref.name]:
        return entry_of(document, ref)._replace(value=roots[0][ref.name]), findings
    message = "the text of a resource is its name, a colon and its settings"
    finding = Finding("document.shape", message, about=ref, expected=f"{ref.name}:")
    return None, (*findings, finding.at(_place(document, 1, 1)))


def check_name(name: str, about: Ref) -> Finding | None:
    """Return what is wrong with *name*, of a resource or of the namespace that it is in."""
    if _NAME.fullmatch(name):
        return None
    expected = "letters, digits, '.', '_' and '-', the first and the last a letter or digit"
    return Finding("name.invalid", f"{name!r} is no name", about=about, expected=expected)


def entry_of(document: Document, ref: Ref) -> Entry:
    """Return the entry, without its value, that a *document* about *ref* is."""
    return Entry(document, ref.kind, ref.name, document.text, 0, (ref.name,), namespace=ref.namespace)


def parse(entry: Entry) -> object:
    """Return what stands in a cut *entry*, or raise `TextError`."""
    documents = parse_yaml(entry.text)
    if len(documents) == 1 and isinstance(documents[0], dict) and list(documents[0]) == [entry.name]:
        return documents[0][entry.name]
    raise TextError(Finding("yaml.syntax", "the layout is not what it seemed"))


def cut(document: Document) -> list[Entry] | None:
    """Return the entries of *document* by its layout alone, or `None` where that leaves doubt."""
    text = document.text
    if is_toml(document):
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
    read = read_toml if is_toml(document) else read_yaml
    try:
        roots, mistakes = read(document.text)
    except TextError as error:
        roots, mistakes = [], [error.finding]
    findings = [_at_home(finding, document) for finding in mistakes]
    found: list[Entry] = []
    for number, root in enumerate(roots):
        here = Entry(document, "", "", document.text, 0, (number,))
        if isinstance(root, Mapping):
            found.extend(_sections(here, root, findings))
        elif root is not None:
            finding = Finding("document.shape", "a configuration is a mapping of kinds to named resources")
            findings.append(finding.at(here.origin(finding)))
    return found, findings


def _at_home(finding: Finding, document: Document) -> Finding:
    place = finding.origin or Origin("")
    return finding.at(_place(document, place.line, place.column))


def _sections(root: Entry, sections: Mapping[str, Any], findings: list[Finding]) -> Iterator[Entry]:
    for kind, section in sections.items():
        here = root._replace(kind=kind, within=(*root.within, kind))
        if kind in KINDS:
            for entry in _section(here, section, findings):
                yield from _opened(entry, findings)
        else:
            hint = did_you_mean(kind, KINDS)
            finding = Finding("kind.unknown", f"unknown kind {kind!r}", expected=", ".join(KINDS), hint=hint)
            findings.append(finding.at(here.origin(finding)))


def _section(here: Entry, section: object, findings: list[Finding]) -> Iterator[Entry]:
    if isinstance(section, Mapping):
        for name, value in section.items():
            yield here._replace(name=name, within=(*here.within, name), value=value)
    elif section is not None:
        finding = Finding("document.shape", f"{here.kind} is a mapping of names to settings")
        findings.append(finding.at(here.origin(finding)))


def _opened(entry: Entry, findings: list[Finding]) -> Iterator[Entry]:
    """Yield *entry*; after a namespace, what is in it."""
    if entry.kind != "namespaces" or not isinstance(entry.value, Mapping):
        yield entry
        return
    own = {key: value for key, value in entry.value.items() if key not in KINDS or key == "namespaces"}
    yield entry._replace(value=own)
    for kind, section in entry.value.items():
        if kind not in own:
            here = entry._replace(kind=kind, within=(*entry.within, kind), namespace=entry.name)
            yield from _section(here, section, findings)


def placed(document: Document) -> list[Entry]:
    """Return the entries of *document* for their places; only those of a parse have values."""
    if document.about is not None:
        return [entry_of(document, document.about)]
    return cut(document) or whole(document)[0]
