"""Values of XML-RPC (http://xmlrpc.com/spec.md) and JSON: what is dates and bytes there is text here.

The reader takes no entities and no document types, and bounds how deeply values are nested: what is nothing but XML can
be an attack.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any, Final
from xml.parsers import expat
from xmlrpc.client import Binary, DateTime, Fault, ResponseError, Unmarshaller

DEEPEST: Final = 64
"""How deeply values may be nested."""
_ELEMENTS: Final = 4
"""Elements for each level: `value`, `struct`, `member`, and `array` and `data` in their place."""
_OUTSIDE: Final = 5
"""Elements around a value: `methodCall`, `params`, `param`, `value`, and its type."""
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBERS: Final = 2**63


class MalformedError(ValueError):
    """What came is no XML-RPC; the rest of a sentence says why."""


class FaultError(Exception):
    """A fault, by its code and its text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def read_call(content: bytes) -> tuple[str, list[object]]:
    """Return the name of the method that *content* calls, and its parameters; `MalformedError` if it calls none."""
    reader = _read(content, "methodCall")
    name = reader.getmethodname()
    if not name:
        raise MalformedError("has no methodName")
    return name, [plain(value) for value in _values(reader)]


def read_answer(content: bytes) -> object:
    """Return the value that *content* answers with; `FaultError` for a fault, `MalformedError` if it is no answer."""
    try:
        values = _values(_read(content, "methodResponse"))
    except Fault as fault:
        raise FaultError(fault.faultCode, str(fault.faultString)) from None
    if len(values) != 1:
        raise MalformedError("has no value")
    return plain(values[0])


def write_call(name: str, params: Sequence[object]) -> bytes:
    """Return the call of a method; `ValueError` with the rest of a sentence for what XML-RPC cannot say."""
    inside = "".join(f"<param>{_written(value)}</param>" for value in params)
    return _document(f"<methodCall><methodName>{_escaped(name)}</methodName><params>{inside}</params></methodCall>")


def write_answer(value: object) -> bytes:
    """Return the answer that is *value*; `ValueError` as in `write_call`."""
    return _document(f"<methodResponse><params><param>{_written(value)}</param></params></methodResponse>")


def write_fault(code: int, text: str) -> bytes:
    """Return the answer that says what is wrong."""
    fault = {"faultCode": code, "faultString": _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)}
    return _document(f"<methodResponse><fault>{_written(fault)}</fault></methodResponse>")


def plain(value: Any) -> object:  # noqa: ANN401  # whatever the reader gives
    """Return a value as JSON has it: dates in ISO 8601, bytes in base64."""
    match value:
        case Binary():
            return base64.b64encode(value.data).decode()
        case DateTime():
            return _iso(value.value)
        case list() | tuple():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
    return value


def _iso(text: str) -> str:
    """Return the date *text*, `19980717T14:08:55`, as others write it."""
    found = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)(T.*)", text)
    return f"{found[1]}-{found[2]}-{found[3]}{found[4]}" if found else text


class _Reader(Unmarshaller):
    """Reads values; a member that a struct has twice is an error."""

    def __init__(self) -> None:
        super().__init__()
        self._encoding = ""  # what it is given is text already
        self.dispatch = {**Unmarshaller.dispatch, "struct": _end_struct}


def _end_struct(reader: Unmarshaller, data: str) -> None:
    names = reader._stack[reader._marks[-1] :: 2]
    if len(set(names)) != len(names):
        raise MalformedError("has a member twice in one struct")
    Unmarshaller.dispatch["struct"](reader, data)


def _read(content: bytes, root: str) -> _Reader:
    reader, parser = _Reader(), expat.ParserCreate(namespace_separator=None)
    depth, seen = 0, ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, seen
        depth, seen = depth + 1, seen or name
        if depth > DEEPEST * _ELEMENTS + _OUTSIDE:
            raise MalformedError(f"nests values more than {DEEPEST} levels deep")
        reader.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        reader.end(name)

    def refuse(*_: object) -> None:
        raise MalformedError("has a document type, which XML-RPC has not")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.data, refuse
    try:
        parser.Parse(content, True)
    except MalformedError:
        raise
    except expat.ExpatError as error:
        raise MalformedError(f"is no XML: {error}") from None
    except (ResponseError, ValueError, TypeError, LookupError, AttributeError):
        raise MalformedError("has a value that is none") from None
    if seen != root:
        raise MalformedError(f"is no {root}")
    return reader


def _values(reader: _Reader) -> Sequence[object]:
    try:
        values: Sequence[object] = reader.close()
    except (ResponseError, ValueError, TypeError, LookupError, AttributeError):
        raise MalformedError("has a value that is none") from None
    return values


def _written(value: object) -> str:
    parts: list[str] = []
    _write(value, parts, 0)
    return "".join(parts)


def _write(value: object, parts: list[str], depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError(f"it nests values more than {DEEPEST} levels deep")
    match value:
        case None:
            parts.append("<value><nil/></value>")
        case bool():
            parts.append(f"<value><boolean>{value:d}</boolean></value>")
        case int():
            if not -_NUMBERS <= value < _NUMBERS:
                raise ValueError(f"{value} is beyond the numbers of XML-RPC")
            kind = "int" if -(2**31) <= value < 2**31 else "i8"
            parts.append(f"<value><{kind}>{value}</{kind}></value>")
        case float():
            parts.append(f"<value><double>{value!r}</double></value>")
        case str():
            parts.append(f"<value><string>{_escaped(value)}</string></value>")
        case list() | tuple():
            parts.append("<value><array><data>")
            for item in value:
                _write(item, parts, depth + 1)
            parts.append("</data></array></value>")
        case dict():
            parts.append("<value><struct>")
            for name, item in value.items():
                parts.append(f"<member><name>{_escaped(str(name))}</name>")
                _write(item, parts, depth + 1)
                parts.append("</member>")
            parts.append("</struct></value>")
        case _:
            raise ValueError(f"{type(value).__name__} is no value of XML-RPC")


def _escaped(text: str) -> str:
    if _NO_XML.search(text):
        raise ValueError("it has a character that XML has not")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _document(text: str) -> bytes:
    return f"<?xml version='1.0'?>\n{text}".encode()
