"""Compressed bodies, and the bombs among them."""

from __future__ import annotations

import zlib
from typing import Final

from crossway.runtime.converting.refusal import Refusal, malformed, short, too_large

_WBITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_CODINGS: Final = 2
_MEMBERS: Final = 16
"""How many pieces a gzip body may be put together of (RFC 1952, section 2.2); each costs far more than its bytes."""

READABLE: Final = "gzip, deflate, br"


def decompress(data: bytes, content_encoding: str, limit: int) -> bytes:
    """Return *data* without its codings; a `Refusal` as soon as that is more than *limit* bytes."""
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if len(codings) > _CODINGS:
        raise _unreadable(content_encoding)
    for coding in reversed(codings):
        if coding == "br":
            data = _unbrotli(data, limit)
        elif coding in _WBITS:
            data = _inflate(data, coding, limit)
        else:
            raise _unreadable(coding)
    return data


def _unreadable(coding: str) -> Refusal:
    return Refusal("transform.encoding", f"a body with the coding {short(coding)} cannot be read", status=415)


def _bomb(limit: int) -> Refusal:
    return too_large(f"the body has more than {limit} bytes once it is decompressed")


def _unbrotli(data: bytes, limit: int) -> bytes:
    """Return what Brotli wrote (RFC 7932)."""
    import brotli  # for bodies that need it: most do not

    reader = brotli.Decompressor()
    try:
        # It stops soon after that many bytes, whatever is still to come.
        whole: bytes = reader.process(data, output_buffer_limit=limit + 1)
    except brotli.error:
        raise malformed("the body is not what br writes") from None
    if len(whole) > limit:
        raise _bomb(limit)
    if not reader.is_finished():
        raise malformed("the body ends before br does")
    return whole


def _inflate(data: bytes, coding: str, limit: int) -> bytes:
    wbits = _WBITS[coding]
    if coding == "deflate" and not (len(data) > 1 and data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0):
        wbits = -15  # some send it without the frame that RFC 9110, section 8.4.1.2, wants around it
    parts: list[bytes] = []
    left = limit
    for _ in range(_MEMBERS):
        inflater = zlib.decompressobj(wbits)
        try:
            part = inflater.decompress(data, left + 1)
        except zlib.error:
            raise malformed(f"the body is not what {coding} writes") from None
        left -= len(part)
        if left < 0:
            raise _bomb(limit)
        if not inflater.eof:
            raise malformed(f"the body ends before {coding} does")
        parts.append(part)
        data = inflater.unused_data
        if not data:
            return b"".join(parts)
        if coding == "deflate":
            break
    raise malformed(f"there is more in the body than {coding} wrote")
