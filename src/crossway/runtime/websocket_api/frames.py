"""The frames of a WebSocket (RFC 6455), on the side of the server. Sans-IO: bytes in, messages out.

Law: what a client may not send ends the connection with the code that the RFC has for it, and nothing is kept beyond
the largest message. Extensions are not spoken, so a bit that belongs to one is an error.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
UNSUPPORTED: Final = 1003
NO_CODE: Final = 1005
ABNORMAL: Final = 1006
NOT_UTF8: Final = 1007
POLICY: Final = 1008
TOO_LARGE: Final = 1009

LONGEST_REASON: Final = 123
"""The bytes of a reason (RFC 6455, section 5.5)."""
_LONGEST_CONTROL: Final = 125
_TOLD: Final = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})
"""The codes that an endpoint may send (RFC 6455, section 7.4, and IANA)."""
_KEY: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class FrameError(Exception):
    """What came is against the protocol, or more than is allowed."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Received(NamedTuple):
    """A message, or a control frame."""

    opcode: int
    payload: bytes


class Frames:
    """What one client says."""

    __slots__ = ("_begun", "_buffer", "_limit", "_whole")

    def __init__(self, limit: int) -> None:
        """Take messages of at most *limit* bytes."""
        self._limit = limit
        self._buffer: bytes | bytearray = b""
        """What has come, and is not a whole frame."""
        self._whole: bytearray | None = None
        """The message that is under way in several frames."""
        self._begun = 0
        """What it is."""

    def feed(self, data: bytes) -> Iterator[Received]:
        """Yield what is whole now that *data* has come; `FrameError` ends it."""
        if isinstance(self._buffer, bytearray):
            self._buffer += data
        else:
            self._buffer = self._buffer + data if self._buffer else data
        while (frame := self._frame()) is not None:
            opcode, payload, is_last = frame
            if opcode >= CLOSE:
                yield Received(opcode, payload)
            elif opcode == CONTINUATION:
                if self._whole is None:
                    raise FrameError(PROTOCOL_ERROR, "a message goes on that has not begun")
                self._whole += payload
                if is_last:
                    whole, self._whole = bytes(self._whole), None
                    yield Received(self._begun, whole)
            elif self._whole is not None:
                raise FrameError(PROTOCOL_ERROR, "a message begins within another one")
            elif is_last:
                yield Received(opcode, payload)
            else:
                self._begun, self._whole = opcode, bytearray(payload)
        if self._buffer and not isinstance(self._buffer, bytearray):
            self._buffer = bytearray(self._buffer)

    def _frame(self) -> tuple[int, bytes, bool] | None:
        """Take the next frame, if it is here."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        opcode, size, start = first & 0x0F, second & 0x7F, 2
        if first & 0x70:
            raise FrameError(PROTOCOL_ERROR, "a bit is set that belongs to no extension")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise FrameError(PROTOCOL_ERROR, "there is no such frame")
        if not second & 0x80:
            raise FrameError(PROTOCOL_ERROR, "a frame of a client is masked")
        if opcode >= CLOSE and (not first & 0x80 or size > _LONGEST_CONTROL):
            raise FrameError(PROTOCOL_ERROR, "a control frame is short, and one")
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start])
        if opcode < CLOSE and size + len(self._whole or b"") > self._limit:
            raise FrameError(TOO_LARGE, f"a message has at most {self._limit} bytes")
        end = start + 4 + size
        if len(buffer) < end:
            return None
        payload = _unmasked(buffer[start + 4 : end], buffer[start : start + 4])
        if isinstance(buffer, bytearray) and end < len(buffer):
            del buffer[:end]
        else:
            self._buffer = bytes(buffer[end:])
        return opcode, payload, bool(first & 0x80)


def _unmasked(payload: bytes | bytearray, mask: bytes | bytearray) -> bytes:
    size = len(payload)
    key = (bytes(mask) * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


def frame(opcode: int, payload: bytes) -> bytes:
    """Return *payload* as one frame of a server."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2) + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8) + payload


def closing(code: int, reason: str = "") -> bytes:
    """Return the frame that says why a connection is closed."""
    text = reason.encode()[:LONGEST_REASON].decode(errors="ignore").encode()
    return frame(CLOSE, code.to_bytes(2) + text)


def closed(payload: bytes) -> tuple[int, str]:
    """Return code and reason of a frame by which a client closes; `FrameError` if it may not say that."""
    if not payload:
        return NO_CODE, ""
    code = int.from_bytes(payload[:2])
    if len(payload) == 1 or code not in _TOLD:
        raise FrameError(PROTOCOL_ERROR, "that is no code")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise FrameError(NOT_UTF8, "a reason is UTF-8") from None


def accepted(key: str) -> str:
    """Return what agrees to a handshake with *key* (RFC 6455, section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1") + _KEY, usedforsecurity=False).digest()).decode()


def is_key(text: str | None) -> bool:
    """Return whether *text* is the key of a handshake: 16 bytes in base64."""
    try:
        return text is not None and len(base64.b64decode(text, validate=True)) == 16
    except ValueError:
        return False
