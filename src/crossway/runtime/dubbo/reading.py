"""Hessian 2, read (http://hessian.caucho.com/doc/hessian-serialization.html): values of Java as JSON.

Objects and maps are objects, dates are in ISO 8601, bytes in base64. What is referred to is written out again; what
refers to itself is an error, and so is more than was meant to be read.
"""

from __future__ import annotations

import base64
import math
import struct
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

DEEPEST: Final = 64
"""How deeply values may be nested."""
MOST: Final = 200_000
"""How many values there may be, those that are referred to counted each time."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class MalformedError(ValueError):
    """What came is no Hessian 2; the rest of a sentence says why."""


class _Class(NamedTuple):
    name: str
    fields: tuple[str, ...]


def read(data: bytes) -> object:
    """Return the value that *data* is; `MalformedError` if it is none."""
    reader = _Reader(data)
    try:
        value = reader.value(0)
    except (IndexError, struct.error):
        raise MalformedError("ends too early") from None
    except (UnicodeDecodeError, OverflowError, TypeError):
        raise MalformedError("has a value that is none") from None
    if reader.at != len(data):
        raise MalformedError("goes on behind its end")
    return reader.plain(value, 0)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0
        self._classes: list[_Class] = []
        self._types: list[str] = []
        self._refs: list[object] = []
        self._left = MOST

    def plain(self, value: object, depth: int) -> object:
        """Return *value* with what it refers to written out."""
        self._left -= 1
        if self._left < 0:
            raise MalformedError(f"has more than {MOST} values")
        if depth > DEEPEST:
            raise MalformedError(f"is nested more than {DEEPEST} levels deep, or holds itself")
        if isinstance(value, list):
            return [self.plain(one, depth + 1) for one in value]
        if isinstance(value, dict):
            return {key: self.plain(one, depth + 1) for key, one in value.items()}
        return value

    def value(self, depth: int) -> object:
        """Return the next value."""
        if depth > DEEPEST:
            raise MalformedError(f"is nested more than {DEEPEST} levels deep")
        code = self._byte()
        if code == 0x4E:  # N
            return None
        if code in (0x54, 0x46):  # T, F
            return code == 0x54
        if (number := self._number(code)) is not None:
            return number
        if code <= 0x1F or 0x30 <= code <= 0x33 or code in (0x53, 0x52):
            return self._text(code)
        if 0x20 <= code <= 0x2F or 0x34 <= code <= 0x37 or code in (0x42, 0x41):
            return base64.b64encode(self._bytes(code)).decode()
        if code in (0x4A, 0x4B):
            return self._date(code)
        if 0x70 <= code <= 0x7F or 0x55 <= code <= 0x58:
            return self._list(code, depth)
        if code in (0x48, 0x4D):
            return self._map(code, depth)
        if code == 0x43:  # C
            self._classes.append(_Class(self._name(), tuple(self._name() for _ in range(self._length()))))
            return self.value(depth)
        if code == 0x4F or 0x60 <= code <= 0x6F:
            return self._object(code, depth)
        if code == 0x51:  # Q
            return self._refs[self._length()]
        raise MalformedError(f"has a value of no kind (0x{code:02x})")

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _take(self, size: int) -> bytes:
        if size > len(self._data) - self.at:
            raise MalformedError("ends too early")
        self.at += size
        return self._data[self.at - size : self.at]

    def _unpack(self, form: str, size: int) -> int:
        number: int = struct.unpack(form, self._take(size))[0]
        return number

    def _number(self, code: int) -> int | float | None:
        """Return the number that begins with *code*; nothing if none does."""
        if code == 0x49:  # I
            return self._unpack(">i", 4)
        if 0x80 <= code <= 0xBF:
            return code - 0x90
        if 0xC0 <= code <= 0xCF:
            return ((code - 0xC8) << 8) + self._byte()
        if 0xD0 <= code <= 0xD7:
            return ((code - 0xD4) << 16) + self._unpack(">H", 2)
        return self._long(code) if code == 0x4C or code in _LONGS else self._double(code)

    def _long(self, code: int) -> int:
        if code == 0x4C:  # L
            return self._unpack(">q", 8)
        if code == 0x59:
            return self._unpack(">i", 4)
        if 0xD8 <= code <= 0xEF:
            return code - 0xE0
        if code >= 0xF0:
            return ((code - 0xF8) << 8) + self._byte()
        return ((code - 0x3C) << 16) + self._unpack(">H", 2)

    def _double(self, code: int) -> float | None:
        if code == 0x44:  # D
            number: float = struct.unpack(">d", self._take(8))[0]
            if not math.isfinite(number):
                raise MalformedError("has a number that JSON has not")
            return number
        if code in (0x5B, 0x5C):
            return float(code - 0x5B)
        if code == 0x5D:
            return float(self._unpack(">b", 1))
        if code == 0x5E:
            return float(self._unpack(">h", 2))
        return self._unpack(">i", 4) / 1000 if code == 0x5F else None

    def _text(self, code: int) -> str:
        parts: list[str] = []
        while True:
            if code <= 0x1F:
                size = code
            elif 0x30 <= code <= 0x33:
                size = ((code - 0x30) << 8) + self._byte()
            elif code in (0x53, 0x52):
                size = self._unpack(">H", 2)
            else:
                raise MalformedError("has a text that goes on as something else")
            parts.append(self._units(size))
            if code != 0x52:  # R: more follows
                return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16")
            code = self._byte()

    def _units(self, size: int) -> str:
        """Return a text of *size* units of UTF-16, each of which is one to three bytes, or two in four."""
        start = self.at
        while size > 0:
            first = self._data[self.at]
            width = 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
            self.at += width
            size -= 2 if width == 4 else 1
        return self._data[start : self.at].decode("utf-8", "surrogatepass")

    def _bytes(self, code: int) -> bytes:
        parts: list[bytes] = []
        while True:
            if 0x20 <= code <= 0x2F:
                size = code - 0x20
            elif 0x34 <= code <= 0x37:
                size = ((code - 0x34) << 8) + self._byte()
            elif code in (0x42, 0x41):
                size = self._unpack(">H", 2)
            else:
                raise MalformedError("has bytes that go on as something else")
            parts.append(self._take(size))
            if code != 0x41:  # A: more follows
                return b"".join(parts)
            code = self._byte()

    def _date(self, code: int) -> str:
        milliseconds = self._unpack(">q", 8) if code == 0x4A else self._unpack(">i", 4) * 60_000
        return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat().replace("+00:00", "Z")

    def _length(self) -> int:
        found = self.value(DEEPEST)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise MalformedError("has a length that is none")
        return found

    def _name(self) -> str:
        found = self.value(DEEPEST)
        if not isinstance(found, str):
            raise MalformedError("has a name that is none")
        return found

    def _type(self) -> str:
        found = self.value(DEEPEST)
        if isinstance(found, int):
            return self._types[found]
        if not isinstance(found, str):
            raise MalformedError("has a type that is none")
        self._types.append(found)
        return found

    def _list(self, code: int, depth: int) -> list[object]:
        if code in (0x55, 0x56) or 0x70 <= code <= 0x77:
            self._type()
        items: list[object] = []
        self._refs.append(items)
        if code in (0x55, 0x57):
            while self._data[self.at] != 0x5A:  # Z
                items.append(self._one(depth))
            self.at += 1
            return items
        size = self._length() if code in (0x56, 0x58) else (code - 0x70) & 7
        items.extend(self._one(depth) for _ in range(size))
        return items

    def _one(self, depth: int) -> object:
        self._left -= 1
        if self._left < 0:
            raise MalformedError(f"has more than {MOST} values")
        return self.value(depth + 1)

    def _map(self, code: int, depth: int) -> dict[str, object]:
        if code == 0x4D:
            self._type()
        found: dict[str, object] = {}
        self._refs.append(found)
        while self._data[self.at] != 0x5A:  # Z
            key = self._one(depth)
            if isinstance(key, list | dict):
                raise MalformedError("has a map whose keys are no text")
            found[key if isinstance(key, str) else str(key).lower() if isinstance(key, bool) else str(key)] = self._one(
                depth
            )
        self.at += 1
        return found

    def _object(self, code: int, depth: int) -> dict[str, object]:
        number = self._length() if code == 0x4F else code - 0x60
        found: dict[str, object] = {}
        self._refs.append(found)
        for name in self._classes[number].fields:
            found[name] = self._one(depth)
        return found


_LONGS: Final = frozenset({0x59, *range(0xD8, 0x100), *range(0x38, 0x40)})
