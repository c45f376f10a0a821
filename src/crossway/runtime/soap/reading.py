"""XML to JSON, by a table of types. No document type, no entity, nothing external; size and depth are bounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias
from xml.etree import ElementTree as ET

from crossway.model.messages import ANY_KEY, TEXT_KEY, TYPE_KEY, Type
from crossway.runtime.soap.values import UnfitError, Value, reader

DEEPEST: Final = 64
"""How many elements may stand inside one another, of those that the schema knows."""
MOST_ELEMENTS: Final = 50_000
"""How many elements one message may have."""
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
NIL: Final = f"{{{XSI}}}nil"
TYPE: Final = f"{{{XSI}}}type"
INCLUDE: Final = "{http://www.w3.org/2004/08/xop/include}Include"
"""What stands in place of a binary text that is an attachment (XOP, section 3)."""

Parts: TypeAlias = Mapping[str, str]
"""Attachments in base64, by their content ids."""
_Read: TypeAlias = "Callable[[ET.Element, Parts, int], Value]"

_PROLOG: Final = re.compile(rb"\s*(<\?xml\s[^>]{0,200}\?>)?\s*(<!--.{0,4000}?-->\s*){0,10}", re.DOTALL)
_ENCODING: Final = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_READABLE: Final = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16"})
_DOCTYPE: Final = b"<!DOCTYPE"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class UnreadableError(Exception):
    """A message is no XML that can be read."""

    def __init__(self, word: str, message: str) -> None:
        super().__init__(message)
        self.word = word
        """What is wrong: `malformed`, `entity`, `encoding` or `too_large`."""


def parse(content: bytes) -> ET.Element:
    """Return the root of the XML *content*; raise `UnreadableError`.

    A document type can stand nowhere but in front of the root, so that is where it is looked for. Without one there are
    no entities.
    """
    if content.startswith(_UTF_16):
        try:
            content = re.sub(r"^\s*<\?xml[^>]*\?>", "", content.decode("utf-16"), count=1).encode()
        except UnicodeDecodeError:
            raise UnreadableError("malformed", "it is no UTF-16, although it begins like that") from None
    content = content.removeprefix(b"\xef\xbb\xbf")
    found = _PROLOG.match(content)
    begun = found.end() if found else 0
    if content.startswith(_DOCTYPE, begun):
        raise UnreadableError("entity", "it has a document type (DTD), which could define entities")
    if content[begun : begun + 1] != b"<" or content[begun + 1 : begun + 2] in (b"!", b"?"):
        raise UnreadableError("malformed", "it does not begin with an element")
    encoding = _ENCODING.match(content)
    if encoding and encoding[1].decode().lower() not in _READABLE:
        raise UnreadableError("encoding", f"it is written in {encoding[1].decode()}, which is not read here")
    if content.count(b"<") > 2 * MOST_ELEMENTS:
        raise UnreadableError("too_large", f"it has more than {MOST_ELEMENTS} elements")
    try:
        return ET.fromstring(content)
    except ET.ParseError as error:
        if "undefined entity" in str(error):
            raise UnreadableError("entity", "it uses an entity, and none can be defined") from None
        raise UnreadableError("malformed", str(error)) from None
    except (ValueError, LookupError):
        raise UnreadableError("encoding", "it is written in a character set that is not read here") from None


class Reader:
    """Reads elements by a table of types; decimals keep their digits if they are to be *exact*."""

    def __init__(self, types: Sequence[Type], *, exact: bool = True) -> None:
        self._types, self._exact = types, exact
        self._read: list[_Read] = []  # each finds the others in it, when it reads
        self._read += [self._of(each) for each in types]

    def read(self, number: int, element: ET.Element, parts: Parts | None = None) -> Value:
        """Return what *element*, of the type with this *number*, is in JSON; raise `UnfitError`."""
        if element.attrib and element.attrib.get(NIL) in ("true", "1"):
            return None
        return self._read[number](element, parts or {}, 0)

    def _of(self, kind: Type) -> _Read:
        if kind.kind == "anything":
            return _anything
        if kind.is_text:
            return _text(kind, self._exact)
        return self._object(kind)

    def _object(self, kind: Type) -> _Read:
        readers = self._read
        known = {field.tag: field for field in kind.fields}
        for field in kind.fields:  # some servers leave out namespaces, or write them where there are none
            known.setdefault(field.tag.rpartition("}")[2], field)
        attributes = {
            field.tag: (field.key, reader(self._types[field.type], exact=self._exact)) for field in kind.attributes
        }
        text = _text(kind, self._exact) if kind.kind else _mixed if kind.mixed else None
        chosen = {key for choice in kind.choices for keys in choice.alternatives for key in keys}
        lists = tuple(field.key for field in kind.fields if field.most != 1 and field.key not in chosen)
        derived = kind.derived
        is_open = kind.open

        def read(element: ET.Element, parts: Parts, depth: int) -> Value:
            if depth > DEEPEST:
                raise UnfitError(f"has more than {DEEPEST} elements inside one another")
            value: dict[str, Value] = {}
            if element.attrib:
                if derived and TYPE in element.attrib:
                    name = element.attrib[TYPE].rpartition(":")[2]
                    if name in derived:
                        inner = readers[derived[name]](element, parts, depth + 1)
                        return {TYPE_KEY: name, **inner} if isinstance(inner, dict) else inner
                for name, content in element.attrib.items():
                    if (attribute := attributes.get(name)) is not None:
                        value[attribute[0]] = attribute[1](content)
            for child in element:
                tag = child.tag
                field = known.get(tag)
                if field is None and (field := known.get(tag.rpartition("}")[2])) is None:
                    if is_open:
                        rest = value.setdefault(ANY_KEY, [])
                        assert isinstance(rest, list)
                        rest.append({tag: _anything(child, parts, depth + 1)})
                    continue
                key = field.key
                try:
                    if child.attrib and child.attrib.get(NIL) in ("true", "1"):
                        item: Value = None
                    else:
                        item = readers[field.type](child, parts, depth + 1)
                except UnfitError as error:
                    error.path.append(key)
                    raise
                if field.most == 1:
                    value[key] = item
                else:
                    there = value.setdefault(key, [])
                    assert isinstance(there, list)
                    there.append(item)
            for key in lists:
                if key not in value:
                    value[key] = []
            if text is not None:
                value[TEXT_KEY] = text(element, parts, depth)
            return value

        return read


def _text(kind: Type, exact: bool) -> _Read:
    convert = reader(kind, exact=exact)

    def read(element: ET.Element, parts: Parts, _: int) -> Value:
        if kind.kind == "base64" and len(element) and element[0].tag == INCLUDE:
            reference = element[0].attrib.get("href", "").removeprefix("cid:")
            if reference not in parts:
                raise UnfitError(f"refers to an attachment that is not there: {reference[:100]}")
            return parts[reference]
        return convert(element.text or "")

    return read


def _mixed(element: ET.Element, _: Parts, __: int) -> Value:
    return " ".join(filter(None, (piece.strip() for piece in (element.text or "", *(c.tail or "" for c in element)))))


def _anything(element: ET.Element, parts: Parts, depth: int) -> Value:
    """Return what an element is in JSON that no schema describes: names carry their namespaces, values are texts."""
    if depth > DEEPEST:
        raise UnfitError(f"has more than {DEEPEST} elements inside one another")
    if element.attrib.get(NIL) in ("true", "1"):
        return None
    value: dict[str, Value] = {f"@{name}": text for name, text in element.attrib.items() if name != TYPE}
    if not value and not len(element):
        return element.text or ""
    for child in element:
        item = _anything(child, parts, depth + 1)
        there = value.get(child.tag)
        if child.tag not in value:
            value[child.tag] = item
        elif isinstance(there, list):
            there.append(item)
        else:
            value[child.tag] = [there, item]
    if text := _mixed(element, parts, depth):
        value[TEXT_KEY] = text
    return value


def generic(element: ET.Element) -> Value:
    """Return what *element* is in JSON without a schema."""
    return _anything(element, {}, 0)
