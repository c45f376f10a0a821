"""Where a field stands in a text. Looked up only when there is something to say about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import yaml

from crossway.dialects.native.values import DEEPEST
from crossway.model import FieldPath

_TOML_QUOTES: Final = re.compile(r"\"{3}|'{3}")
_TOML_LINE: Final = re.compile(r"^\s*(?:(?P<array>\[)?\[\s*(?P<table>[^\]]+?)\s*\]\]?|(?P<key>[^=#\s][^=#]*?)\s*=)")


Place = tuple[int, int]
"""Line and column, from 1."""


def in_yaml(text: str, path: FieldPath, *, key: bool = False) -> Place:
    """Return the place of the deepest step of *path* that *text* has; of its key if *key* is set.

    A path that begins with a number begins in the YAML document of that number, others in the first.
    """
    here, steps = (path[:1], path[1:]) if path and isinstance(path[0], int) else ((0,), path)
    nodes = _nodes(text)
    if here not in nodes:
        return 1, 1
    node = nodes[here]
    place = node.place
    for step in steps:
        below = nodes.get((*node.path, step)) or nodes.get((*node.path, str(step)))
        if below is None:
            break
        node = below
        place = node.key if node.key is not None and (key or not node.is_scalar) else node.place
    return place


def places_in_yaml(text: str) -> Mapping[FieldPath, Place]:
    """Return where each path of *text* begins; a path begins with the number of its YAML document."""
    return {path: node.key or node.place for path, node in _nodes(text).items()}


class _Node(NamedTuple):
    """Where a node stands, and its key if it has one."""

    path: FieldPath
    """Its own; that of an alias is the path of what it stands for."""
    place: Place
    key: Place | None
    is_scalar: bool


class _Open:
    """A collection on the way to the node that is being read."""

    __slots__ = ("is_mapping", "key", "path", "step")

    def __init__(self, path: FieldPath, *, is_mapping: bool) -> None:
        self.path = path
        self.is_mapping = is_mapping
        self.step: str | int | None = None if is_mapping else 0
        """The key whose value is next, or the number of the item that is; `None` if a key is next."""
        self.key: Place | None = None

    def next(self) -> tuple[FieldPath, Place | None]:
        """Return the path of the node that is read now, and the place of its key; after it comes the next one."""
        step = self.step
        if isinstance(step, int):
            self.step = step + 1
            return (*self.path, step), None
        self.step = None
        return (*self.path, step or ""), self.key


@lru_cache(maxsize=1)
def _nodes(text: str) -> Mapping[FieldPath, _Node]:
    """Return the nodes of *text*, of which each has a path that begins with the number of its document.

    A text that is no YAML, or too deep, has none. What stands in a key has none.
    """
    nodes: dict[FieldPath, _Node] = {}
    anchors: dict[str, _Node] = {}
    way: list[_Open] = []
    number = -1
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentStartEvent):
                number += 1
                anchors.clear()
            elif isinstance(event, yaml.CollectionEndEvent):
                way.pop()
            elif isinstance(event, yaml.NodeEvent) and event.start_mark is not None:
                place = event.start_mark.line + 1, event.start_mark.column + 1
                is_key = bool(way) and way[-1].step is None
                path: FieldPath = ()
                key: Place | None = None
                if is_key:
                    way[-1].step, way[-1].key = event.value if isinstance(event, yaml.ScalarEvent) else "", place
                else:
                    path, key = way[-1].next() if way else ((number,), None)
                if isinstance(event, yaml.CollectionStartEvent):
                    if len(way) == DEEPEST:
                        return {}
                    way.append(_Open(path, is_mapping=isinstance(event, yaml.MappingStartEvent)))
                node = _Node(path, place, key, isinstance(event, yaml.ScalarEvent))
                if isinstance(event, yaml.AliasEvent):
                    node = anchors.get(event.anchor or "", node)._replace(key=key)
                elif event.anchor is not None:
                    anchors[event.anchor] = node
                if not is_key:
                    nodes.setdefault(path, node)
    except (yaml.YAMLError, UnicodeEncodeError):
        return {}
    return nodes


def in_toml(text: str, path: FieldPath) -> Place:
    """Return the place of the deepest step of *path* that a line of *text* begins with.

    A leading number, of the document, says nothing here.
    """
    wanted = path[1:] if path and isinstance(path[0], int) else path
    best, found = 0, (1, 1)
    for place, here in _toml_paths(text):
        common = min(len(here), len(wanted))
        if common > best and here[:common] == wanted[:common]:
            best, found = common, place
    return found


def places_in_toml(text: str) -> Mapping[FieldPath, Place]:
    """Return where each path of *text* begins that a line begins with; a path begins with 0, as in YAML."""
    places: dict[FieldPath, Place] = {}
    for place, here in _toml_paths(text):
        for length in range(1, len(here) + 1):
            places.setdefault((0, *here[:length]), place)
    return places


def _toml_paths(text: str) -> Iterator[tuple[Place, FieldPath]]:
    """Yield each table and each key that a line of *text* begins with, and its place."""
    counts: dict[FieldPath, int] = {}
    table: FieldPath = ()
    for number, line in _toml_lines(text):
        match = _TOML_LINE.match(line)
        if match is None:
            continue
        if match["table"]:
            table = here = _in_arrays(_toml_keys(match["table"]), counts, new=bool(match["array"]))
        else:
            here = (*table, *_toml_keys(match["key"]))
        yield (number, len(line) - len(line.lstrip()) + 1), here


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
