"""Where a field stands in a text. Looked up only when there is something to say about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import yaml

from crossway.model import FieldPath

_TOML_QUOTES: Final = re.compile(r"\"{3}|'{3}")
_TOML_LINE: Final = re.compile(r"^\s*(?:(?P<array>\[)?\[\s*(?P<table>[^\]]+?)\s*\]\]?|(?P<key>[^=#\s][^=#]*?)\s*=)")


def in_yaml(text: str, path: FieldPath, *, key: bool = False) -> tuple[int, int]:
    """Return line and column, from 1, of the deepest step of *path* that *text* has; of its key if *key* is set.

    A path that begins with a number begins in the YAML document of that number, others in the first.
    """
    number, steps = (path[0], path[1:]) if path and isinstance(path[0], int) else (0, path)
    roots = _roots(text)
    if number >= len(roots):
        return 1, 1
    node = roots[number]
    mark = node.start_mark
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if getattr(k, "value", None) == str(step)), None)
            if found is None:
                break
            last_key, node = found
            mark = last_key.start_mark if key or not isinstance(node, yaml.ScalarNode) else node.start_mark
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            mark = node.start_mark
        else:
            break
    return mark.line + 1, mark.column + 1


@lru_cache(maxsize=1)
def _roots(text: str) -> tuple[yaml.Node, ...]:
    """Return the documents in *text*: a text with one mistake often has more."""
    try:
        return tuple(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return ()


def in_toml(text: str, path: FieldPath) -> tuple[int, int]:
    """Return line and column, from 1, of the deepest step of *path* that a line of *text* begins with.

    A leading number, of the document, says nothing here.
    """
    wanted = path[1:] if path and isinstance(path[0], int) else path
    counts: dict[FieldPath, int] = {}
    table: FieldPath = ()
    best, place = 0, (1, 1)
    for number, line in _toml_lines(text):
        match = _TOML_LINE.match(line)
        if match is None:
            continue
        if match["table"]:
            table = here = _in_arrays(_toml_keys(match["table"]), counts, new=bool(match["array"]))
        else:
            here = (*table, *_toml_keys(match["key"]))
        common = min(len(here), len(wanted))
        if common > best and here[:common] == wanted[:common]:
            best, place = common, (number, len(line) - len(line.lstrip()) + 1)
    return place


def _toml_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of *text* with their numbers, but for those that are inside a string of several lines."""
    quotes = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not quotes:
            yield number, line
        for mark in _TOML_QUOTES.findall(line):
            quotes = mark if not quotes else "" if mark == quotes else quotes


def _in_arrays(keys: FieldPath, counts: dict[FieldPath, int], *, new: bool) -> FieldPath:
    """Return the path that the keys of a table mean: in an array of tables, the last one so far, or a *new* one."""
    path: FieldPath = ()
    for position, key in enumerate(keys, start=1):
        path = (*path, key)
        if new and position == len(keys):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _toml_keys(text: str) -> FieldPath:
    return tuple(part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[^.]+', text))
