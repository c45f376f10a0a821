r"""Regular expressions as Envoy reads them: RE2, over the bytes of UTF-8.

Python's own expressions differ where it hurts: what `\d`, `\s` and `\b` mean beyond ASCII, whether `$` stops before
the end of a line, and how long a bad pattern takes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import re2

_GROUP: Final = re.compile(rb"\\([0-9\\])")


class Regex:
    """One regular expression. What RE2 does not take matches nothing: Envoy refuses the route that has it."""

    __slots__ = ("_pattern",)

    def __init__(self, text: str) -> None:
        options = re2.Options()
        options.log_errors = False
        try:
            self._pattern = re2.compile(encoded(text), options)
        except re2.error:
            self._pattern = None

    def matches(self, text: str) -> bool:
        """Return whether all of *text* matches."""
        return self._pattern is not None and self._pattern.fullmatch(encoded(text)) is not None

    def replace(self, text: str, substitution: str) -> str:
        r"""Return *text* with each occurrence replaced, as `RE2::GlobalReplace` does; ``\1`` is the first group."""
        if self._pattern is None:
            return text
        source, wanted = encoded(text), encoded(substitution)
        pieces: list[bytes] = []
        at, last_end = 0, -1
        while at <= len(source) and (found := self._pattern.search(source, at)) is not None:
            start, end = found.span()
            pieces.append(source[at:start])
            if start == end == last_end:  # nothing is found again where something has just been found
                pieces.append(source[start : start + 1])
                at = start + 1
                continue
            pieces.append(_filled(wanted, found))
            at = last_end = end
        pieces.append(source[at:])
        return decoded(b"".join(pieces))


def _filled(substitution: bytes, found: re2._Match) -> bytes:
    def part(group: re.Match[bytes]) -> bytes:
        return b"\\" if group[1] == b"\\" else found.group(int(group[1])) or b""

    return _GROUP.sub(part, substitution)


def encoded(text: str) -> bytes:
    """Return the bytes of *text* on the wire; a byte that is no UTF-8 travels as a surrogate."""
    return text.encode(errors="surrogateescape")


def decoded(wire: bytes) -> str:
    """Return the text of *wire*."""
    return wire.decode(errors="surrogateescape")


@lru_cache(maxsize=4096)
def compiled(text: str) -> Regex:
    """Return the regular expression *text*."""
    return Regex(text)
