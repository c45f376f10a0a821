"""Paths in normal form, as the connection manager brings them there before it looks for a route.

The normal form is that of Chromium's URL canonicalizer, which Envoy is built with: dot segments are resolved, also
escaped ones; letters, digits, `-`, `.`, `_` and `~` are unescaped; what must not stand in a path is escaped.
https://www.envoyproxy.io/docs/envoy/v1.39.3/api-v3/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto
"""

from __future__ import annotations

import re
import string
from typing import Final

from crossway.simulation.regex import encoded

_UNRESERVED: Final = frozenset((string.ascii_letters + string.digits + "-._~").encode())
_ESCAPED: Final = frozenset(b' "#<>?^`{|}\x7f') | frozenset(range(0x20)) | frozenset(range(0x80, 0x100))
_PLAIN: Final = re.compile(r"/|(?:/(?!\.)[A-Za-z0-9._~!$&'()*+,;=:@-]+)+/?")
"""Paths that are in normal form, as most are."""
_ESCAPED_SLASH: Final = re.compile(r"%2f|%5c", re.IGNORECASE)
_DOT_WITH_PARAMETERS: Final = re.compile(rb"(?<=/)(\.\.?);[^/]*")
_DOT: Final = re.compile(rb"\.|%2[eE]")
_SLASHES: Final = b"/\\"


def is_plain(path: str) -> bool:
    """Return whether *path* is one of the many that no setting would change."""
    return _PLAIN.fullmatch(path) is not None


def unescape_slashes(path: str) -> str:
    """Return *path* with its escaped slashes and backslashes unescaped."""
    return _ESCAPED_SLASH.sub(lambda found: "/" if found[0].lower() == "%2f" else "\\", path)


def merge_slashes(path: str) -> str:
    """Return *path* with one slash for several in a row."""
    if "//" not in path:
        return path
    head, tail = "/" * path.startswith("/"), "/" * path.endswith("/")
    return head + "/".join(segment for segment in path.split("/") if segment) + tail


def normalize(path: str) -> str | None:
    """Return *path* in normal form; `None` where it has none, which is answered 400."""
    source = _DOT_WITH_PARAMETERS.sub(rb"\1", encoded(path))
    output = bytearray()
    valid = True
    at = 0
    if source[:1] not in (b"/", b"\\"):
        output += b"/"
    while at < len(source):
        dot = _DOT.match(source, at)
        if dot:
            at = dot.end()
            if output[-1:] == b"/":
                at = _dots(source, at, output)
            else:
                output += b"."
        elif source[at] == 0x5C:
            output += b"/"
            at += 1
        elif source[at] == 0x25:
            value = _escape(source, at)
            if value is None:
                output += b"%"
                at += 1
                continue
            valid = valid and value != 0
            output += bytes([value]) if value in _UNRESERVED else source[at : at + 3]
            at += 3
        else:
            byte = source[at]
            valid = valid and byte != 0
            output += b"%%%02X" % byte if byte in _ESCAPED else bytes([byte])
            at += 1
    return output.decode() if valid else None


def _dots(source: bytes, at: int, output: bytearray) -> int:
    """Resolve the dot segment whose first dot ends before *at*; return where to go on."""
    if at == len(source):
        return at
    if source[at] in _SLASHES:
        return at + 1
    second = _DOT.match(source, at)
    if second and (second.end() == len(source) or source[second.end()] in _SLASHES):
        if len(output) > 1:
            del output[output.rindex(b"/", 0, len(output) - 1) + 1 :]
        return min(second.end() + 1, len(source))
    output += b"."
    return at


def _escape(source: bytes, at: int) -> int | None:
    """Return the byte that is escaped at *at*; `None` where two hexadecimal digits do not follow."""
    digits = source[at + 1 : at + 3]
    return int(digits, 16) if re.fullmatch(rb"[0-9a-fA-F]{2}", digits) else None
