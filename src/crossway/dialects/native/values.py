"""From YAML to plain values, with the scalars of YAML 1.2, and within bounds.

PyYAML reads YAML 1.1, in which ``on`` and ``no`` are booleans, ``12:30`` is 750 and ``017`` is 15. Only its parser is
used here, which turns a text into events. What they mean is decided by the core schema
(https://yaml.org/spec/1.2.2/#103-core-schema), and a key is always text.

Laws: no text brings the reader down, however deep it is; and what a text says through its aliases is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, Protocol

import yaml

from crossway.model import Finding, Origin

DEEPEST: Final = 100
"""How many collections may stand inside one another. The deepest setting there is takes about ten."""
MOST_BY_ALIASES: Final = 16 * 2**20
"""How many characters the aliases of a document may stand for, all together."""

_ALIAS_HINT: Final = "a value that begins with * or & stands in quotes"
_PREFIX: Final = "tag:yaml.org,2002:"
_MERGE: Final = "<<"


class _Mark(Protocol):
    """A place, with its line and column from 0."""

    line: int
    column: int


class _Scalar(NamedTuple):
    """One of the types that a plain scalar may have: what it looks like, with which characters it begins, its value."""

    pattern: re.Pattern[str]
    first: str
    read: Callable[[str], object]


def _int(text: str) -> int:
    return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)


_SCALARS: Final[dict[str, _Scalar]] = {
    "bool": _Scalar(re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF", lambda text: text.lower() == "true"),
    "int": _Scalar(re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]+|0x[0-9a-fA-F]+"), "-+0123456789", _int),
    "float": _Scalar(
        re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), "-+.0123456789", lambda text: float(text)
    ),
    "null": _Scalar(re.compile(r"~|null|Null|NULL|"), "~nN", lambda _: None),
}
_BY_FIRST: Final = {
    first: [scalar for scalar in _SCALARS.values() if first in scalar.first]
    for first in "".join(scalar.first for scalar in _SCALARS.values())
}


class TextError(Exception):
    """A text that is not YAML or not TOML, or more than is read. Carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def parse_yaml(text: str) -> list[Any]:
    """Return the YAML documents in *text* as plain values, or raise `TextError` for the first thing that is wrong."""
    documents, duplicates = read_yaml(text)
    if duplicates:
        raise TextError(duplicates[0])
    return documents


def read_yaml(text: str) -> tuple[list[Any], list[Finding]]:
    """Return the YAML documents in *text* as plain values, and the keys that stand twice.

    Raises `TextError` for the first thing that makes it no YAML, or more than the core schema or the bounds allow.
    """
    findings: list[Finding] = []
    try:
        return list(_documents(iter(yaml.CSafeLoader(text).get_event, None), findings)), findings
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        hint = _ALIAS_HINT if "alias" in str(error.problem) else ""
        raise TextError(_finding("yaml.syntax", error.problem or "not YAML", mark, hint)) from None
    except yaml.YAMLError as error:
        raise TextError(Finding("yaml.syntax", str(error).splitlines()[0])) from None
    except UnicodeEncodeError:
        raise TextError(Finding("yaml.syntax", "a character that is half of a surrogate pair")) from None


def is_text(scalar: str) -> bool:
    """Return whether *scalar*, where it stands without quotes, means itself."""
    return scalar != "" and not any(kind.pattern.fullmatch(scalar) for kind in _BY_FIRST.get(scalar[0], ()))


def _wrong(code: str, message: str, event: yaml.Event, hint: str = "") -> TextError:
    return TextError(_finding(code, message, event.start_mark, hint))


def _finding(code: str, message: str, mark: _Mark | None, hint: str = "") -> Finding:
    return Finding(code, message, hint=hint, origin=Origin("", mark.line + 1, mark.column + 1) if mark else None)


def _documents(events: Iterator[yaml.Event], findings: list[Finding]) -> Iterator[object]:
    """Yield the value of each document that *events* make; *findings* get the keys that stand twice."""
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            yield _Document(event, findings).read(events)


class _Anchored(NamedTuple):
    """What an alias stands for."""

    value: object
    """The value, or the event of a scalar, which means one thing as a key and another one as a value."""
    size: int
    start: yaml.NodeEvent
    is_open: bool = False
    """Whether it still is being read."""


class _Sequence:
    """A sequence that is being read."""

    __slots__ = ("size", "start", "value")

    wants_key = False

    def __init__(self, start: yaml.NodeEvent) -> None:
        self.start = start
        self.size = 1
        self.value: list[object] = []

    def add(self, value: object, _event: yaml.Event) -> None:
        self.value.append(value)


class _Mapping:
    """A mapping that is being read: a key, its value, the next key."""

    __slots__ = ("_findings", "_key", "_merged", "_merges", "_own", "size", "start", "wants_key")

    def __init__(self, start: yaml.NodeEvent, findings: list[Finding]) -> None:
        self.start = start
        self.size = 1
        self.wants_key = True
        self._findings = findings
        self._own: dict[str, object] = {}
        self._merged: dict[str, object] = {}
        self._key = ""
        self._merges = False

    @property
    def value(self) -> dict[str, object]:
        return {**self._merged, **self._own} if self._merged else self._own

    def begin(self, event: yaml.ScalarEvent) -> None:
        """Take the key of the value that is added next."""
        key = self._key = event.value
        self._merges = key == _MERGE and (event.implicit[0] or event.tag == _PREFIX + "merge")
        if key in self._own and not self._merges:
            self._findings.append(_finding("key.duplicate", f"the key {key!r} stands here twice", event.start_mark))
        self.wants_key = False

    def add(self, value: object, event: yaml.Event) -> None:
        self.wants_key = True
        if not self._merges:
            self._own[self._key] = value
            return
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                raise _wrong("yaml.syntax", "only mappings can be merged", event)
            self._merged = {**one, **self._merged}  # the first one that has a key is right


class _Document:
    """Makes the value of one document of its events, without recursion."""

    def __init__(self, start: yaml.Event, findings: list[Finding]) -> None:
        self._findings = findings
        self._anchors: dict[str, _Anchored] = {}
        self._by_aliases = 0
        self._root = _Sequence(yaml.NodeEvent(None, start.start_mark))
        """Stands around the one value of the document, so that this is an item like others."""
        self._open: list[_Sequence | _Mapping] = [self._root]

    def read(self, events: Iterator[yaml.Event]) -> object:
        """Return the value; the next of *events* is the one after the start."""
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                if event.anchor is not None:
                    self._anchor(event.anchor, _Anchored(event, len(event.value) + 1, event))
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            else:
                break
        return self._root.value[0]

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if self._open[-1].wants_key:
            raise _wrong("yaml.syntax", "a key is text", event)
        if len(self._open) > DEEPEST:
            raise _wrong("document.too_deep", f"more than {DEEPEST} collections stand inside one another", event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag is not None and event.tag not in {"!", _PREFIX + ("map" if is_mapping else "seq")}:
            raise _unknown_tag(event.tag, event)
        if event.anchor is not None:
            self._anchor(event.anchor, _Anchored(None, 0, event, is_open=True))
        self._open.append(_Mapping(event, self._findings) if is_mapping else _Sequence(event))

    def _close(self) -> None:
        collection = self._open.pop()
        start, value = collection.start, collection.value
        if start.anchor is not None:
            self._anchors[start.anchor] = _Anchored(value, collection.size, start)
        self._add(value, collection.size, start)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        here = self._open[-1]
        here.size += len(event.value) + 1
        if isinstance(here, _Mapping) and here.wants_key:
            here.begin(event)
        else:
            here.add(_scalar_value(event), event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        anchored = self._anchors.get(event.anchor or "")
        if anchored is None:
            raise _wrong("yaml.syntax", "found undefined alias", event, _ALIAS_HINT)
        if anchored.is_open:
            raise _wrong("yaml.syntax", "an alias stands for what it is in", anchored.start, _ALIAS_HINT)
        self._by_aliases += anchored.size
        if self._by_aliases > MOST_BY_ALIASES:
            raise _wrong("document.too_large", f"its aliases stand for more than {MOST_BY_ALIASES:,} characters", event)
        if isinstance(anchored.value, yaml.ScalarEvent):
            self._scalar(anchored.value)
        elif self._open[-1].wants_key:
            raise _wrong("yaml.syntax", "a key is text", event)
        else:
            self._add(anchored.value, anchored.size, event)

    def _add(self, value: object, size: int, event: yaml.Event) -> None:
        here = self._open[-1]
        here.size += size
        here.add(value, event)

    def _anchor(self, name: str, anchored: _Anchored) -> None:
        if name in self._anchors:
            raise _wrong("yaml.syntax", f"the anchor {name} stands here twice", anchored.start)
        self._anchors[name] = anchored


def _scalar_value(event: yaml.ScalarEvent) -> object:
    text = event.value
    if event.tag is None or event.tag == "!":
        if event.implicit[0]:
            for scalar in _BY_FIRST.get(text[0], ()) if text else (_SCALARS["null"],):
                if scalar.pattern.fullmatch(text):
                    return scalar.read(text)
        return text
    tag = event.tag.removeprefix(_PREFIX)
    if tag in {"str", "merge"}:
        return text
    if tag not in _SCALARS:
        raise _unknown_tag(event.tag, event)
    if not _SCALARS[tag].pattern.fullmatch(text):
        raise _wrong("yaml.syntax", f"{text!r} is no {tag}", event)
    return _SCALARS[tag].read(text)


def _unknown_tag(tag: str | None, event: yaml.Event) -> TextError:
    return _wrong("yaml.syntax", f"the tag {tag} means nothing here", event)
