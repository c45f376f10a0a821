"""Texts in XML and what they are in JSON.

Law: what a text of the schema becomes in JSON is written as a text that means the same. A decimal keeps its digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isinf, isnan
from typing import Final, TypeAlias

from crossway.model.messages import Type

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | Decimal | bool | None"


class UnfitError(Exception):
    """A value does not fit where it stands."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.path: list[str] = []
        """The keys that lead to it, the last one first."""

    def __str__(self) -> str:
        where = ".".join(reversed(self.path)).replace(".[", "[")
        return f"{where} {self.message}" if where else f"it {self.message}"


_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL: Final = re.compile('[&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]')
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,400}")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})")
_DOUBLE: Final = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,5})?|-?INF|NaN")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
_LARGEST_EXPONENT: Final = 400
_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "0": False}


def escaped(text: str) -> str:
    """Return *text* as it stands in an element or an attribute."""
    if not _SPECIAL.search(text):
        return text
    if _UNWRITABLE.search(text):
        raise UnfitError("has a character that XML cannot have")
    return text.translate(_ESCAPES)


def _string(value: Value) -> str:
    if isinstance(value, str):
        return escaped(value)
    raise UnfitError("has to be a text")


def _boolean(value: Value) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str) and value in _BOOLEANS:
        return value
    raise UnfitError("has to be true or false")


def _integer(value: Value) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return value
    raise UnfitError("has to be a whole number")


def _decimal(value: Value) -> str:
    if isinstance(value, Decimal | float):
        number = Decimal(str(value))
        if abs(number.adjusted()) <= _LARGEST_EXPONENT:
            return format(number, "f")
    elif (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and _DECIMAL.fullmatch(value)
    ):
        return str(value)
    raise UnfitError("has to be a number")


def _double(value: Value) -> str:
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and _DOUBLE.fullmatch(value):
        return value
    raise UnfitError("has to be a number")


def _base64(value: Value) -> str:
    if isinstance(value, str) and _BASE64.fullmatch(value):
        return value
    raise UnfitError("has to be a text in base64")


_WRITE: Final[Mapping[str, Callable[[Value], str]]] = {
    "string": _string,
    "token": _string,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "double": _double,
    "base64": _base64,
}


def writer(kind: Type) -> Callable[[Value], str]:
    """Return what makes the text of a value, ready to stand in XML; it raises `UnfitError`."""
    write = _WRITE[kind.kind]
    if kind.values:
        write = _one_of(kind.values, write)
    return _list_of(write) if kind.listed else write


def _one_of(values: tuple[str, ...], write: Callable[[Value], str]) -> Callable[[Value], str]:
    allowed = frozenset(values)
    told = ", ".join(values[:10]) + (", ..." if len(values) > 10 else "")

    def checked(value: Value) -> str:
        text = write(value)
        if (value if isinstance(value, str) else text) not in allowed:
            raise UnfitError(f"has to be one of: {told}")
        return text

    return checked


def _list_of(write: Callable[[Value], str]) -> Callable[[Value], str]:
    def joined(value: Value) -> str:
        items = [write(item) for item in value] if isinstance(value, list) else [write(value)]
        if any(not item or " " in item or "&#" in item for item in items):
            raise UnfitError("has an item that is empty or has a space in it")
        return " ".join(items)

    return joined


def _to_boolean(text: str) -> Value:
    try:
        return _BOOLEANS[text]
    except KeyError:
        raise UnfitError("is no xs:boolean") from None


def _to_integer(text: str) -> Value:
    if _INTEGER.fullmatch(text):
        return int(text)
    raise UnfitError("is no xs:integer")


def _to_decimal(text: str) -> Value:
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    raise UnfitError("is no xs:decimal")


def _to_number(text: str) -> Value:
    number = float(_to_decimal(text))  # type: ignore[arg-type]  # it is a decimal
    return int(text) if _INTEGER.fullmatch(text) else number


def _to_double(text: str) -> Value:
    if not _DOUBLE.fullmatch(text):
        raise UnfitError("is no xs:double")
    number = float(text)
    return text if isinf(number) or isnan(number) else number


_READ: Final[Mapping[str, Callable[[str], Value]]] = {
    "boolean": _to_boolean,
    "integer": _to_integer,
    "decimal": _to_decimal,
    "double": _to_double,
}


def reader(kind: Type, *, exact: bool = True) -> Callable[[str], Value]:
    """Return what makes the value of a text; it raises `UnfitError`. An empty text that means nothing is `None`.

    A decimal is a `Decimal` if it is to be *exact*, and otherwise a number as other JSON has them.
    """
    if kind.kind == "string" and not kind.listed:
        return str
    read: Callable[[str], Value] = _READ.get(kind.kind, str)
    if kind.kind == "decimal" and not exact:
        read = _to_number
    if kind.listed:
        return lambda text: [read(item) for item in text.split()]
    if kind.kind in ("token", "base64"):
        return str.strip

    def stripped(text: str) -> Value:
        text = text.strip()
        return read(text) if text else None

    return stripped
