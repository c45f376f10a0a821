"""Where a field stands in a text. Looked up only when there is something to say about it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import yaml

from crossway.model import FieldPath

_TOML_LINE: Final = re.compile(r"^\s*(?:\[\[?\s*(?P<table>[^\]]+?)\s*\]\]?|(?P<key>[^=#\s][^=#]*?)\s*=)")


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
    """Return line and column, from 1, of the deepest step of *path* that a line of *text* begins with."""
    wanted = tuple(str(step) for step in path if isinstance(step, str))
    table: tuple[str, ...] = ()
    best, place = 0, (1, 1)
    for number, line in enumerate(text.splitlines(), start=1):
        match = _TOML_LINE.match(line)
        if match is None:
            continue
        if match["table"]:
            table = here = _toml_keys(match["table"])
        else:
            here = table + _toml_keys(match["key"])
        if len(here) > best and here == wanted[: len(here)]:
            best, place = len(here), (number, len(line) - len(line.lstrip()) + 1)
    return place


def _toml_keys(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[^.]+', text))
