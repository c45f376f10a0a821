"""Cursors: where a list goes on, as a text that clients hand back and never look into.

A cursor names the last item that was shown, not a number of items, so that a list stays whole while it is read: what
is added or removed before that place moves nothing.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from crossway.model import Ref

_DECODER = msgspec.json.Decoder(tuple[str, str, str], strict=True)


def cursor_of(ref: Ref) -> str:
    """Return the cursor that leads on after *ref*."""
    return urlsafe_b64encode(msgspec.json.encode(tuple(ref))).decode().rstrip("=")


def read_cursor(text: str) -> Ref:
    """Return after what the list goes on; `ValueError` if *text* is no cursor."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return Ref(*_DECODER.decode(urlsafe_b64decode(padded)))
    except ValueError:
        raise ValueError("this is no cursor: take the one from `next` as it is") from None
