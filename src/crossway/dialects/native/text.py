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

import yaml

from crossway.dialects.native import position
from crossway.model import Document, FieldPath, Finding, Origin

_SECTION: Final = re.compile(r"^([A-Za-z_]\w*):[ \t]*(?:#.*)?$", re.MULTILINE)
TOP_LEVEL: Final = re.compile(r"^[^\s#].*$", re.MULTILINE)
_INDENT: Final = re.compile(r"^( +)[^\s#]", re.MULTILINE)
_ANCHOR: Final = re.compile(r"(?:^|[\s\[{,])[&*][A-Za-z0-9_]", re.MULTILINE)
_KEY: Final = r"[A-Za-z0-9_][\w.-]*"


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
    """The path from the root of `text` to the resource."""
    value: object = None
    """What was read, where the document was parsed as a whole."""

    @property
    def is_cut(self) -> bool:
        """Whether `text` is of this entry alone, so that it still has to be parsed."""
        return len(self.within) == 1

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
            line, column = position.in_yaml(self.text, path, key=finding.code == "field.unknown")
        return Origin(self.document.name, self.document.text.count("\n", 0, self.start) + line, column)


class TextError(Exception):
    """A text that is not YAML or not TOML. Carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _Loader(yaml.CSafeLoader):
    """YAML with the scalars of its 1.2 core schema: ``on``, ``no``, ``12:30`` and dates are text."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.duplicates: list[yaml.ScalarNode] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build the mapping, and remember the keys that stand in it twice: YAML forbids them, PyYAML keeps the last."""
        mapping = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            seen: set[str] = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in seen:
                    self.duplicates.append(key)
                seen.add(key.value if isinstance(key, yaml.ScalarNode) else "")
        return mapping


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def parse_yaml(text: str) -> list[Any]:
    """Return the YAML documents in *text*, or raise `TextError` for the first thing that is wrong with it."""
    loader = _Loader(text)
    try:
        documents = []
        while loader.check_data():  # type: ignore[no-untyped-call]  # PyYAML types its loaders only in part
            documents.append(loader.get_data())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        hint = "a value that begins with * or & stands in quotes" if "alias" in str(error.problem) else ""
        raise TextError(_syntax("yaml.syntax", error.problem or "not YAML", mark, hint)) from None
    except yaml.YAMLError as error:
        raise TextError(Finding("yaml.syntax", str(error).splitlines()[0])) from None
    finally:
        loader.dispose()
    if loader.duplicates:
        key = loader.duplicates[0]
        raise TextError(_syntax("key.duplicate", f"the key {key.value!r} stands here twice", key.start_mark, ""))
    return documents


def _syntax(code: str, message: str, mark: yaml.Mark | None, hint: str) -> Finding:
    origin = Origin("", mark.line + 1, mark.column + 1) if mark else None
    return Finding(code, message, hint=hint, origin=origin)


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
    ends = [top.start() for top in tops[1:]] + [len(text)]
    found: list[Entry] = []
    kinds: set[str] = set()
    for top, end in zip(tops, ends, strict=True):
        section = _SECTION.fullmatch(text, top.start(), top.end())
        if section is None or section[1] in kinds or section[1] == "namespaces":
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
    if first is None or text.find("\t", start, end) >= 0 or text.find("\r", start, end) >= 0:
        return None
    indent = len(first[1])
    if _ANCHOR.search(text, start, end) or (indent > 1 and _shallower(indent).search(text, start, end)):
        return None
    heads = list(_head(indent).finditer(text, start, end))
    if any(head[1] is None for head in heads):
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
    try:
        roots = _parse_toml(document.text) if document.name.endswith(".toml") else parse_yaml(document.text)
    except TextError as error:
        origin = error.finding.origin or Origin("")
        return [], [error.finding.at(Origin(document.name, origin.line, origin.column))]
    found: list[Entry] = []
    findings: list[Finding] = []
    for root in roots:
        if isinstance(root, Mapping):
            found.extend(_entries(Entry(document, "", "", document.text, 0, ()), root, findings))
        elif root is not None:
            message = "a configuration is a mapping of kinds to named resources"
            findings.append(Finding("document.shape", message, origin=Origin(document.name, 1, 1)))
    return found, findings


def _entries(root: Entry, sections: Mapping[Any, Any], findings: list[Finding]) -> Iterator[Entry]:
    for kind, section in sections.items():
        here = root._replace(kind=str(kind), within=(str(kind),))
        if isinstance(section, Mapping):
            for name, value in section.items():
                yield here._replace(name=str(name), within=(*here.within, str(name)), value=value)
        elif section is not None:
            finding = Finding("document.shape", f"{kind} is a mapping of names to settings")
            findings.append(finding.at(here.origin(finding)))


def _parse_toml(text: str) -> list[Any]:
    try:
        return [tomllib.loads(text)]
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        origin = Origin("", int(match[1]), int(match[2])) if match else None
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise TextError(Finding("toml.syntax", message[:1].lower() + message[1:], origin=origin)) from None
