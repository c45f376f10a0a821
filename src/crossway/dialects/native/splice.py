"""Splicing: after an edit of a long document, only the neighbourhood of the edit is cut again."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from crossway.dialects.native.text import TOP_LEVEL, Entry, cut_section
from crossway.model import Document


@dataclass(frozen=True, slots=True)
class Cuts:
    """A document with the places at which it was cut into entries, in ascending order."""

    document: Document
    starts: tuple[int, ...]
    entries: tuple[tuple[str, str], ...]
    """Kind and name of each entry."""

    def text(self, index: int) -> str:
        """Return the text of one entry."""
        end = self.starts[index + 1] if index + 1 < len(self.starts) else None
        return self.document.text[self.starts[index] : end]


@dataclass(frozen=True, slots=True)
class Splice:
    """What an edit did: the entries from *start* to before *end* of the old cuts became *entries*."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    cuts: Cuts
    """Of the new document."""


def splice(old: Cuts, document: Document) -> Splice | None:
    """Return what the edit that led to *document* did, or `None` where only a whole cut can tell."""
    before, after = old.document.text, document.text
    head = common_head(before, after)
    limit = min(len(before), len(after)) - head
    tail = common_tail(before, after, limit)
    shift = len(after) - len(before)
    # An entry that begins where the edit does may have got lines that belong to the one before it.
    start = bisect_left(old.starts, head) - 1
    end = bisect_left(old.starts, len(before) - tail)
    if end < len(old.starts) and after[old.starts[end] + shift - 1] != "\n":
        end += 1
    if start < 0 or start >= end:
        return None
    kind = old.entries[start][0]
    first = old.starts[start]
    old_last, last = (old.starts[end], old.starts[end] + shift) if end < len(old.starts) else (len(before), len(after))
    if TOP_LEVEL.search(before, first, old_last) or TOP_LEVEL.search(after, first, last):
        return None
    entries = cut_section(document, kind, first, last)
    if entries is None or _indent(before, first) != _indent(after, first):
        return None
    cuts = Cuts(
        document,
        (*old.starts[:start], *(entry.start for entry in entries), *(place + shift for place in old.starts[end:])),
        (*old.entries[:start], *((kind, entry.name) for entry in entries), *old.entries[end:]),
    )
    return Splice(start, end, tuple(entries), cuts)


def _indent(text: str, start: int) -> int:
    end = start
    while text.startswith(" ", end):
        end += 1
    return end - start


def common_head(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_tail(one: str, other: str, limit: int) -> int:
    """Return how many characters, at most *limit*, two texts have in common at their end."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
