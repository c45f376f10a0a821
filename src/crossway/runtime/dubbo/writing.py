"""Hessian 2, written (http://hessian.caucho.com/doc/hessian-serialization.html): JSON as values of Java.

What JSON does not say of a number, the type of the parameter does. An object with the key `class` is one of that class.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

DEEPEST: Final = 64
"""How deeply values may be nested."""
CLASS: Final = "class"
_CHUNK: Final = 0x8000
_INTS: Final = frozenset({"int", "java.lang.Integer", "short", "java.lang.Short", "byte", "java.lang.Byte"})
_LONGS: Final = frozenset({"long", "java.lang.Long"})
_DOUBLES: Final = frozenset({"double", "java.lang.Double", "float", "java.lang.Float"})
_TEXTS: Final = frozenset({"java.lang.String", "char", "java.lang.Character", "java.lang.CharSequence"})
_TRUTHS: Final = frozenset({"boolean", "java.lang.Boolean"})
_OPEN: Final = ("java.", "javax.")
"""What interfaces and collections of Java begin with: an object is a map where one of these is asked for."""


def write(value: object, java: str = "java.lang.Object") -> bytes:
    """Return *value* as a parameter of the type *java*; `ValueError` with the rest of a sentence if it is none."""
    writer = _Writer()
    writer.put(value, java, 0)
    return bytes(writer.out)


class _Writer:
    def __init__(self) -> None:
        self.out = bytearray()
        self._classes: dict[tuple[str, tuple[str, ...]], int] = {}

    def put(self, value: object, java: str, depth: int) -> None:
        if depth > DEEPEST:
            raise ValueError(f"is nested more than {DEEPEST} levels deep")
        match value:
            case None:
                self.out += b"N"
            case bool() if java in _TRUTHS or not _is_plain(java):
                self.out += b"T" if value else b"F"
            case int() if not isinstance(value, bool) and java not in _TEXTS | _TRUTHS:
                self._number(value, java)
            case float() if java in _DOUBLES or not _is_plain(java):
                self.out += b"D" + struct.pack(">d", value)
            case str() if java in _TEXTS or not _is_plain(java):
                self._text(value)
            case list() | tuple() if not _is_plain(java):
                self._list(value, java, depth)
            case dict() if not _is_plain(java):
                self._object(value, java, depth)
            case _:
                raise ValueError(f"has {_kind(value)} where {java} is expected")

    def _number(self, value: int, java: str) -> None:
        if java in _DOUBLES:
            self.out += b"D" + struct.pack(">d", value)
        elif java in _LONGS or (java not in _INTS and not -(2**31) <= value < 2**31):
            self.out += b"L" + _packed(">q", value)
        else:
            self.out += b"I" + _packed(">i", value)

    def _text(self, text: str) -> None:
        """Write a text: its length counts units of UTF-16, and characters beyond those are two (CESU-8)."""
        units = text.encode("utf-16-be", "surrogatepass")
        while len(units) > 2 * _CHUNK:
            cut = 2 * _CHUNK - (2 if 0xD8 <= units[2 * _CHUNK - 2] < 0xDC else 0)
            self.out += b"R" + struct.pack(">H", cut // 2) + _cesu(units[:cut])
            units = units[cut:]
        size = len(units) // 2
        self.out += bytes((size,)) if size < 32 else b"S" + struct.pack(">H", size)
        self.out += _cesu(units)

    def _list(self, items: list[object] | tuple[object, ...], java: str, depth: int) -> None:
        item = java.removesuffix("[]") if java.endswith("[]") else "java.lang.Object"
        if java.endswith("[]"):
            self.out += b"V"
            self._text(f"[{item}")
        else:
            self.out += b"X"
        self._int(len(items))
        for one in items:
            self.put(one, item, depth + 1)

    def _object(self, value: Mapping[str, object], java: str, depth: int) -> None:
        name = value.get(CLASS, None if java.startswith(_OPEN) else java)
        if name is None:
            self.out += b"H"
            for key, one in value.items():
                self._text(key)
                self.put(one, "java.lang.Object", depth + 1)
            self.out += b"Z"
            return
        if not isinstance(name, str):
            raise ValueError("has a class that is no text")
        fields = tuple(key for key in value if key != CLASS)
        if (name, fields) not in self._classes:
            self._classes[name, fields] = len(self._classes)
            self._define(name, fields)
        self.out += b"O"
        self._int(self._classes[name, fields])
        for key in fields:
            self.put(value[key], "java.lang.Object", depth + 1)

    def _define(self, name: str, fields: tuple[str, ...]) -> None:
        self.out += b"C"
        self._text(name)
        self._int(len(fields))
        for key in fields:
            self._text(key)

    def _int(self, number: int) -> None:
        self.out += b"I" + struct.pack(">i", number)


def _packed(form: str, value: int) -> bytes:
    try:
        return struct.pack(form, value)
    except struct.error:
        raise ValueError(f"has the number {value}, which is too large") from None


def _cesu(units: bytes) -> bytes:
    """Return units of UTF-16 as UTF-8 of each."""
    return units.decode("utf-16-be", "surrogatepass").translate(_SURROGATES).encode("utf-8", "surrogatepass")


class _Split(dict[int, str]):
    """What characters beyond 16 bits are as two of them."""

    def __missing__(self, code: int) -> str:
        if code < 0x10000:
            return chr(code)
        high, low = divmod(code - 0x10000, 0x400)
        return chr(0xD800 + high) + chr(0xDC00 + low)


_SURROGATES: Final = _Split()


def _is_plain(java: str) -> bool:
    return java in _INTS | _LONGS | _DOUBLES | _TEXTS | _TRUTHS


def _kind(value: object) -> str:
    kinds: dict[type, str] = {
        bool: "a truth value",
        int: "a number",
        float: "a number",
        str: "a text",
        dict: "an object",
    }
    return kinds.get(type(value), "a list")
