"""XML to JSON and back. No document type, no entity, nothing external; depth, counts and sizes are bounded.

Law: what `write_xml` made of an object with one key, `read_xml` reads as the same object, provided that it has texts
where XML has texts: no numbers, no empty lists or lists of one item, no text alone under the text key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from xml.parsers import expat

from crossway.model.conversion import JsonToXml, Namespaces, Types, XmlToJson
from crossway.runtime.converting.charset import declared, to_utf8
from crossway.runtime.converting.document import Value, guess, text_of
from crossway.runtime.converting.refusal import Refusal, malformed, short, too_deep, too_large

_LONGEST_NAME: Final = 256
_UNDEFINED_ENTITY: Final = 11
"""XML_ERROR_UNDEFINED_ENTITY, which Python has only as a text."""


def read_xml(data: bytes, charset: str, settings: XmlToJson, *, max_depth: int, max_items: int) -> Value:
    """Return what the XML *data* says. Its declaration says the character set if *charset* says nothing."""
    charset = charset or declared(data)
    if charset and charset != "utf-16":
        data = to_utf8(data, charset)
    parser = expat.ParserCreate("utf-16" if charset == "utf-16" else "utf-8")
    parser.buffer_text = True
    reader = _Reader(settings, max_depth, max_items)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        if error.code == _UNDEFINED_ENTITY:
            raise Refusal("transform.entity", "the XML uses an entity, and none can be defined") from None
        raise malformed(f"the body is no XML: {error}") from None
    root = reader.objects[0]
    return next(iter(root.values())) if settings.unwrap else root


def _refuse_doctype(*_: object) -> None:
    raise Refusal("transform.entity", "the XML has a document type (DTD), which could define entities")


class _Reader:
    """Builds the value while the parser reads."""

    __slots__ = (
        "_is_list",
        "_left",
        "_max_depth",
        "_names",
        "_namespaces",
        "_plain",
        "_prefix",
        "_scopes",
        "_text_key",
        "_texts",
        "_value",
        "objects",
    )

    def __init__(self, settings: XmlToJson, max_depth: int, max_items: int) -> None:
        self.objects: list[dict[str, Value]] = [{}]
        self._texts: list[list[str | None]] = [[]]  # None stands for an element
        self._names: list[str] = []
        self._scopes: list[dict[str, str]] = [{"xml": "http://www.w3.org/XML/1998/namespace"}]
        self._prefix = settings.attribute_prefix
        self._text_key = settings.text_key
        self._namespaces = settings.namespaces
        self._plain = settings.namespaces is Namespaces.KEEP
        self._value: Callable[[str], Value] = guess if settings.types is Types.GUESS else _same
        self._is_list = _is_list(settings.arrays)
        self._max_depth = max_depth
        self._left = max_items

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        self._left -= 1 + len(attributes)
        if self._left < 0:
            raise too_large("the XML has too many elements and attributes")
        if len(self.objects) > self._max_depth:
            raise too_deep(self._max_depth)
        if not self._plain:
            name, attributes = self._resolved(name, attributes)
        self._names.append(name)
        self._texts[-1].append(None)
        self._texts.append([])
        value, prefix = self._value, self._prefix
        self.objects.append({prefix + key: value(text) for key, text in attributes.items()} if attributes else {})

    def text(self, text: str) -> None:
        """Take text of the element that is open."""
        self._texts[-1].append(text)

    def end(self, _: str) -> None:
        """Close the element that is open."""
        content: Value = self.objects.pop()
        assert isinstance(content, dict)
        texts = self._texts.pop()
        text = _text_of(texts) if texts else ""
        if not content:
            content = self._value(text)
        elif text:
            content[self._text_key] = self._value(text)
        name, parent = self._names[-1], self.objects[-1]
        if name not in parent:
            is_list = self._is_list is not None and self._is_list("/".join(self._names))
            parent[name] = [content] if is_list else content
        else:
            there = parent[name]
            if isinstance(there, list):
                there.append(content)
            else:
                parent[name] = [there, content]
        self._names.pop()
        if self._namespaces is Namespaces.EXPAND:
            self._scopes.pop()

    def _resolved(self, name: str, attributes: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Return the names without prefixes, or with whole namespaces, and without declarations."""
        real = {key: text for key, text in attributes.items() if key != "xmlns" and not key.startswith("xmlns:")}
        if self._namespaces is Namespaces.STRIP:
            return name.rpartition(":")[2], {key.rpartition(":")[2]: text for key, text in real.items()}
        scope = self._scopes[-1]
        if len(real) < len(attributes):
            declared_here = {key[6:]: text for key, text in attributes.items() if key not in real}
            if any(len(text) > _LONGEST_NAME for text in declared_here.values()):
                raise too_large(f"a namespace has more than {_LONGEST_NAME} characters")
            scope = {**scope, **declared_here}
        self._scopes.append(scope)
        # An attribute without prefix is in no namespace (Namespaces in XML 1.0, section 6.2).
        expanded = {_expanded(key, scope) if ":" in key else key: text for key, text in real.items()}
        return _expanded(name, scope), expanded


def _text_of(pieces: list[str | None]) -> str:
    """Return the text of an element: as it is, or of one with elements inside, without the spaces that indent them."""
    if len(pieces) == 1:
        return pieces[0] or ""
    if None not in pieces:
        return "".join(piece for piece in pieces if piece)
    return " ".join(filter(None, (piece.strip() for piece in pieces if piece)))


def _same(text: str) -> Value:
    return text


def _expanded(name: str, scope: dict[str, str]) -> str:
    prefix, _, local = name.rpartition(":")
    namespace = scope.get(prefix, "")
    if prefix and not namespace:
        raise malformed(f"the prefix {short(prefix)} is not declared")
    return f"{{{namespace}}}{local}" if namespace else local


def _is_list(arrays: tuple[str, ...]) -> Callable[[str], object] | None:
    """Return what says whether the element at a path is always a list; nothing if none is."""
    if not arrays:
        return None
    if not any("*" in path.split("/") for path in arrays):
        return frozenset(arrays).__contains__
    patterns = ("/".join("[^/]+" if name == "*" else re.escape(name) for name in path.split("/")) for path in arrays)
    return re.compile("|".join(patterns)).fullmatch


_START: Final = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_REST: Final = rf"{_START}\-.0-9\xb7\u0300-\u036f\u203f\u2040"
_NAME: Final = re.compile(f"[{_START}][{_REST}]*(:[{_START}][{_REST}]*)?")
"""Names (XML 1.0, section 2.3), with at most one colon (Namespaces in XML 1.0, section 4)."""
_SPECIAL: Final = re.compile('[&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]')
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE: Final = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def write_xml(value: Value, settings: JsonToXml, *, max_depth: int, max_size: int) -> bytes:
    """Return *value* as an XML document of at most *max_size* characters, in UTF-8."""
    writer = _Writer(settings, max_depth, max_size)
    if settings.declaration:
        writer.put('<?xml version="1.0" encoding="UTF-8"?>')
    name, content = settings.root, value
    if isinstance(value, dict) and len(value) == 1:
        [(only, inner)] = value.items()
        if not isinstance(inner, list) and not writer.is_attribute(only) and only != settings.text_key:
            name, content = only, inner
    writer.element(name, {settings.item: content} if isinstance(content, list) else content, 1)
    return "".join(writer.parts).encode()


class _Writer:
    """Writes elements, one behind the other."""

    def __init__(self, settings: JsonToXml, max_depth: int, max_size: int) -> None:
        self.parts: list[str] = []
        self._prefix = settings.attribute_prefix
        self._text_key = settings.text_key
        self._item = settings.item
        self._max_depth = max_depth
        self._left = max_size
        self._known: set[str] = set()

    def put(self, text: str) -> None:
        """Write *text* as it is."""
        self._left -= len(text)
        if self._left < 0:
            raise too_large("the body would become too large as XML")
        self.parts.append(text)

    def is_attribute(self, key: str) -> bool:
        """Return whether *key* stands for an attribute."""
        return bool(self._prefix) and len(key) > len(self._prefix) and key.startswith(self._prefix)

    def element(self, name: str, value: Value, depth: int) -> None:
        """Write the element *name* with *value* as its content."""
        if depth > self._max_depth:
            raise too_deep(self._max_depth)
        if name not in self._known:
            self._check_name(name)
        if not isinstance(value, dict):
            text = _escaped(value, _IN_TEXT)
            self.put(f"<{name}>{text}</{name}>" if text else f"<{name}/>")
            return
        prefix = len(self._prefix)
        attributes = "".join(
            [self._attribute(key[prefix:], inner) for key, inner in value.items() if self.is_attribute(key)]
        )
        self.put(f"<{name}{attributes}>")
        for key, inner in value.items():
            if key == self._text_key:
                if isinstance(inner, dict | list):
                    raise malformed(f"{short(key)} is text, and no list or object")
                self.put(_escaped(inner, _IN_TEXT))
            elif isinstance(inner, list):
                for item in inner:
                    self.element(key, {self._item: item} if isinstance(item, list) else item, depth + 1)
            elif not self.is_attribute(key):
                self.element(key, inner, depth + 1)
        self.put(f"</{name}>")

    def _attribute(self, name: str, value: Value) -> str:
        if isinstance(value, dict | list):
            raise malformed(f"the attribute {short(name)} is text, and no list or object")
        if name not in self._known:
            self._check_name(name)
        return f' {name}="{_escaped(value, _IN_ATTRIBUTE)}"'

    def _check_name(self, name: str) -> None:
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            raise malformed(f"{short(name)} cannot be the name of an element or an attribute")
        self._known.add(name)


def _escaped(value: Value, table: dict[int, str]) -> str:
    text = text_of(value)
    if not _SPECIAL.search(text):
        return text
    if _UNWRITABLE.search(text):
        raise malformed("a text has a character that XML cannot have")
    return text.translate(table)
