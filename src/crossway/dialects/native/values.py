"""From YAML to plain values, with the scalars of YAML 1.2.

PyYAML reads YAML 1.1, in which ``on`` and ``no`` are booleans, ``12:30`` is 750 and ``017`` is 15. Only its composer is
used here; what a node means is decided by the core schema (https://yaml.org/spec/1.2.2/#103-core-schema), and a key is
always text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import yaml

from crossway.model import Finding, Origin

_PREFIX: Final = "tag:yaml.org,2002:"


class _Scalar(NamedTuple):
    """One of the types that a plain scalar may have: what it looks like, with which characters it begins, its value."""

    pattern: re.Pattern[str]
    first: str
    read: Callable[[str], object]


def _int(text: str) -> int:
    return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)


_SCALARS: Final[Mapping[str, _Scalar]] = {
    "bool": _Scalar(re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF", lambda text: text.lower() == "true"),
    "int": _Scalar(re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]+|0x[0-9a-fA-F]+"), "-+0123456789", _int),
    "float": _Scalar(
        re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), "-+.0123456789", lambda text: float(text)
    ),
    "null": _Scalar(re.compile(r"~|null|Null|NULL|"), "~nN", lambda _: None),
}


class _Loader(yaml.CSafeLoader):
    """A composer of nodes that knows these scalars, and the key ``<<`` that merges a mapping into another."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _scalar in _SCALARS.items():
    _whole = re.compile(rf"(?:{_scalar.pattern.pattern})\Z")
    _Loader.add_implicit_resolver(_PREFIX + _tag, _whole, [*_scalar.first, *([""] if _tag == "null" else [])])
_Loader.add_implicit_resolver(_PREFIX + "merge", re.compile(r"<<\Z"), ["<"])


class TextError(Exception):
    """A text that is not YAML or not TOML. Carries the finding."""

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

    Raises `TextError` for the first thing that makes it no YAML, or more than the core schema.
    """
    values = _Values()
    try:
        documents = [values.of(node) for node in yaml.compose_all(text, Loader=_Loader)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        hint = "a value that begins with * or & stands in quotes" if "alias" in str(error.problem) else ""
        raise TextError(_finding("yaml.syntax", error.problem or "not YAML", mark, hint)) from None
    except yaml.YAMLError as error:
        raise TextError(Finding("yaml.syntax", str(error).splitlines()[0])) from None
    except UnicodeEncodeError:
        raise TextError(Finding("yaml.syntax", "a character that is half of a surrogate pair")) from None
    except RecursionError:
        raise TextError(Finding("yaml.syntax", "nested too deeply")) from None
    return documents, values.findings


def _finding(code: str, message: str, mark: yaml.Mark | None, hint: str = "") -> Finding:
    return Finding(code, message, hint=hint, origin=Origin("", mark.line + 1, mark.column + 1) if mark else None)


class _Values:
    """Makes values of nodes."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._known: dict[yaml.Node, object] = {}
        self._open: set[yaml.Node] = set()

    def of(self, node: yaml.Node) -> object:
        """Return the value of *node*; a node that an alias stands for has one value."""
        if isinstance(node, yaml.ScalarNode):
            return _scalar_value(node)
        if node not in self._known:
            if node in self._open:
                raise yaml.MarkedYAMLError(problem="an alias stands for what it is in", problem_mark=node.start_mark)
            self._open.add(node)
            self._known[node] = self._collection(node)
            self._open.remove(node)
        return self._known[node]

    def _collection(self, node: yaml.Node) -> object:
        if isinstance(node, yaml.SequenceNode) and node.tag == _PREFIX + "seq":
            return [self.of(item) for item in node.value]
        if isinstance(node, yaml.MappingNode) and node.tag == _PREFIX + "map":
            return self._mapping(node)
        raise _unknown_tag(node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, object]:
        merged: dict[str, object] = {}
        own: dict[str, object] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key is text", problem_mark=key.start_mark)
            if key.tag == _PREFIX + "merge":
                for one in self._merged(value):
                    merged = {**one, **merged}
                continue
            if key.value in own:
                self.findings.append(
                    _finding("key.duplicate", f"the key {key.value!r} stands here twice", key.start_mark)
                )
            own[key.value] = self.of(value)
        return {**merged, **own}

    def _merged(self, node: yaml.Node) -> list[dict[str, object]]:
        """Return the mappings that ``<<`` merges; the first one that has a key is right."""
        values = [self.of(item) for item in (node.value if isinstance(node, yaml.SequenceNode) else [node])]
        mappings = [value for value in values if isinstance(value, dict)]
        if len(mappings) != len(values):
            raise yaml.MarkedYAMLError(problem="only mappings can be merged", problem_mark=node.start_mark)
        return mappings


def _scalar_value(node: yaml.ScalarNode) -> object:
    tag = node.tag.removeprefix(_PREFIX)
    if tag in {"str", "merge"}:
        return node.value
    scalar = _SCALARS.get(tag)
    if scalar is None:
        raise _unknown_tag(node)
    if not scalar.pattern.fullmatch(node.value):
        raise yaml.MarkedYAMLError(problem=f"{node.value!r} is no {tag}", problem_mark=node.start_mark)
    return scalar.read(node.value)


def _unknown_tag(node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=f"the tag {node.tag} means nothing here", problem_mark=node.start_mark)
