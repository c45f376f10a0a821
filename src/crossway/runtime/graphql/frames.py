"""The other side of a WebSocket (RFC 6455, section 5): what a backend says, read along, and what it is told.

Law: of what a backend says nothing waits for the end of its frame.
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

_CONTROL: Final = 0x8
_LONGEST_HEAD: Final = 14


class Head(NamedTuple):
    """The beginning of a frame."""

    is_last: bool
    opcode: int
    length: int
    size: int
    """How many bytes the beginning itself has."""


def head(data: bytes | bytearray) -> Head | None:
    """Return the beginning of the frame that *data* begins with; `None` while not all of it is there."""
    if len(data) < 2:
        return None
    length, size = data[1] & 0x7F, 2
    if length >= 126:
        size = 4 if length == 126 else 10
        length = int.from_bytes(data[2:size])
    size += 4 * bool(data[1] & 0x80)
    return Head(bool(data[0] & 0x80), data[0] & 0xF, length, size) if len(data) >= size else None


class Heard:
    """What a backend says, and where its messages end."""

    def __init__(self, largest: int) -> None:
        """Tell of messages of at most *largest* bytes; larger ones only pass."""
        self._largest = largest
        self._data = bytearray()
        self._left = 0
        """Bytes of the frame that are still to come."""
        self._is_last = self._is_control = self._is_open = False
        self._kept: bytearray | None = bytearray()
        """What there is of the message; `None` of one that is too large."""
        self.messages: list[bytes] = []
        """The messages that came, for whoever takes them."""

    @property
    def is_between(self) -> bool:
        """Whether nothing has begun that has not ended."""
        return not self._data and not self._left and not self._is_open

    def feed(self, piece: bytes) -> int:
        """Take the next *piece*; return after how many of its bytes a message ended last, and 0 if none has."""
        place = between = 0
        while place < len(piece):
            if not self._left:
                place += self._begin(piece[place:])
            if self._left:
                part = piece[place : place + self._left]
                self._left -= len(part)
                place += len(part)
                self._keep(part)
            if not self._left and not self._data:
                self._end()
                if not self._is_open:
                    between = place
        return between

    def _begin(self, piece: bytes) -> int:
        """Take from *piece* what belongs to the beginning of a frame; return how many bytes that are."""
        known = len(self._data)
        self._data += piece[:_LONGEST_HEAD]
        begun = head(self._data)
        if begun is None:
            return len(piece)
        self._data = bytearray()
        self._left, self._is_last, self._is_control = begun.length, begun.is_last, begun.opcode >= _CONTROL
        self._is_open = self._is_open if self._is_control else True
        return begun.size - known

    def _keep(self, part: bytes) -> None:
        if self._is_control or self._kept is None:
            return
        self._kept += part
        if len(self._kept) > self._largest:
            self._kept = None

    def _end(self) -> None:
        if self._is_control or not self._is_last:
            return
        self._is_open = False
        if self._kept is not None:
            self.messages.append(bytes(self._kept))
        self._kept = bytearray()


def to_backend(opcode: int, content: bytes) -> bytes:
    """Return *content* as one frame of a client, which is masked."""
    size = len(content)
    if size < 126:
        begun = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65_536:
        begun = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2)
    else:
        begun = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8)
    mask = os.urandom(4)
    key = (mask * (size // 4 + 1))[:size]
    return begun + mask + (int.from_bytes(content) ^ int.from_bytes(key)).to_bytes(size)
