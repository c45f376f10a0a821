"""Versions in HTTP: entity tags, and the conditions that are made of them (RFC 9110, sections 8.8.3 and 13.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_ELEMENT: Final = re.compile(r'[ \t]*(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Tags:
    """What a condition names."""

    any: bool
    """Whether it is ``*``: any version, as long as there is one."""
    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()

    def match(self, tag: str | None) -> bool:
        """Return whether the version *tag* is one of them, by strong comparison; `None` is a resource that is not."""
        return tag is not None and (self.any or tag in self.strong)

    def match_weakly(self, tag: str | None) -> bool:
        """Return the same by weak comparison, as If-None-Match wants it (section 13.1.2)."""
        return self.match(tag) or (tag is not None and tag in self.weak)


def parse(lines: Iterable[str]) -> Tags | None:
    """Return what the lines of one header say; `None` without any. Raises `ValueError` for what is no list of tags."""
    text = ",".join(lines)
    if not text.strip():
        return None
    if text.strip() == "*":
        return Tags(any=True)
    strong: set[str] = set()
    weak: set[str] = set()
    place = 0
    while place < len(text):
        element = _ELEMENT.match(text, place)
        if element is None:
            raise ValueError('a list of versions looks like "a1b2", "c3d4"')
        if element[2] is not None:
            (weak if element[1] else strong).add(element[2])
        place = element.end()
    return Tags(False, frozenset(strong), frozenset(weak))


def quoted(tag: str) -> str:
    """Return the strong entity tag of a version."""
    return f'"{tag}"'
