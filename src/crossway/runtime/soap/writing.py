"""JSON to XML, by a table of types. What does not fit is refused, with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from difflib import get_close_matches
from typing import Final, TypeAlias

from crossway.model.messages import ANY_KEY, TEXT_KEY, TYPE_KEY, UNBOUNDED, Choice, Element, Field, Type
from crossway.runtime.soap.attachments import Beside
from crossway.runtime.soap.reading import DEEPEST, XSI
from crossway.runtime.soap.values import UnfitError, Value, escaped, writer

BESIDE: Final[ContextVar[Beside | None]] = ContextVar("beside", default=None)
"""Where binary values go that do not stand in the envelope; they do if there is nothing."""
_Write: TypeAlias = "Callable[[str, str, Value, list[str], int], None]"
"""Writes an element: its name, further attributes, the value, where to, and how deep it stands."""
_NAME: Final = re.compile(r"(?:\{([^{}<>&\"]{1,1000})\})?([^\W\d][\w.\-]{0,255})")


class Writer:
    """Writes elements by a table of types, with one prefix for each namespace.

    Unless it is *strict*, a field that no element is for is left out.
    """

    def __init__(self, types: Sequence[Type], elements: Sequence[Element], *, strict: bool = True) -> None:
        self._strict = strict
        tags = [field.tag for each in types for field in (*each.fields, *each.attributes)]
        names = [*tags, *(each.name for each in types), *(element.tag for element in elements)]
        spaces = dict.fromkeys(name[1:].partition("}")[0] for name in names if name.startswith("{"))
        self._prefixes = {space: f"n{number}" for number, space in enumerate(spaces, 1)}
        declared = "".join(f' xmlns:{prefix}="{escaped(space)}"' for space, prefix in self._prefixes.items())
        self.declarations = f'{declared} xmlns:xsi="{XSI}"'
        """The declarations of all prefixes, which stand at the root of a message."""
        self._types = types
        self._write: list[_Write] = []  # each finds the others in it, when it writes
        self._write += [self._of(number, each) for number, each in enumerate(types)]

    def element(self, element: Element, value: Value) -> str:
        """Return *element* with *value* in it; raise `UnfitError`."""
        out: list[str] = []
        name = self.name(element.tag)
        if value is None and not self._types[element.type].is_text and not self._types[element.type].kind:
            value = {}
        self._write[element.type](name, "", value, out, 0)
        return "".join(out)

    def name(self, tag: str) -> str:
        """Return *tag* with its prefix."""
        space, _, local = tag.rpartition("}")
        return f"{self._prefixes[space[1:]]}:{local}" if space else local

    def _of(self, number: int, kind: Type) -> _Write:
        if kind.kind == "anything":
            return _anything
        if kind.is_text:
            return _text(kind)
        return self._object(number, kind)

    def _object(self, number: int, kind: Type) -> _Write:
        writers = self._write
        fields = tuple((field, field.key, self.name(field.tag), field.most == 1) for field in kind.fields)
        attributes = tuple((field, field.key, self.name(field.tag)) for field in kind.attributes)
        text = writer(kind) if kind.kind else None
        known = {field.key for field in (*kind.fields, *kind.attributes)}
        known |= {ANY_KEY} if kind.open else set()
        known |= {TEXT_KEY} if text or kind.mixed else set()
        nillable = {field.key for field in kind.fields if field.nillable}
        strict = self._strict
        turns = any(field.turns for field in kind.fields)

        def write(name: str, more: str, value: Value, out: list[str], depth: int) -> None:
            if text is not None and not isinstance(value, dict):
                value = {TEXT_KEY: value}
            if not isinstance(value, dict):
                raise UnfitError("has to be an object")
            if depth > DEEPEST:
                raise UnfitError(f"has more than {DEEPEST} objects inside one another")
            if TYPE_KEY in value:
                self._derived(number, name, more, value, out, depth)
                return
            if kind.abstract:
                raise UnfitError(f"has to say which type it is, in {TYPE_KEY}: {', '.join(kind.derived)}")
            if strict and value.keys() - known:
                raise _unknown(next(iter(value.keys() - known)), known)
            for choice in kind.choices:
                _check(choice, value, nillable)
            out.append(f"<{name}{more}")
            for field, key, inner in attributes:
                _attribute(self._types[field.type], field, inner, value.get(key), out)
            out.append(">")
            if text is not None:
                out.append(_at(TEXT_KEY, text, value.get(TEXT_KEY)))
            elif kind.mixed and isinstance(said := value.get(TEXT_KEY), str):
                out.append(escaped(said))
            if turns:
                _take_turns(fields, writers, value, out, depth)
            else:
                for field, key, inner, single in fields:
                    item = value.get(key)
                    if single and item is not None:
                        _single(field, key, inner, writers, item, out, depth)
                    else:
                        _field(field, key, inner, writers, item, key in value, out, depth)
            if kind.open and ANY_KEY in value:
                _rest(value[ANY_KEY], out, depth)
            out.append(f"</{name}>")

        return write

    def _derived(self, number: int, name: str, more: str, value: dict[str, Value], out: list[str], depth: int) -> None:
        """Write *value*, which says that it is of another type than the one with this *number*, or of this one."""
        kind, chosen = self._types[number], value[TYPE_KEY]
        rest = {key: item for key, item in value.items() if key != TYPE_KEY}
        if isinstance(chosen, str) and chosen in kind.derived:
            heir = kind.derived[chosen]
            said = f' xsi:type="{self.name(self._types[heir].name)}"'
            self._write[heir](name, more + said, rest, out, depth + 1)
        elif chosen == kind.name.rpartition("}")[2]:
            self._write[number](name, more, rest, out, depth + 1)
        else:
            raise UnfitError(f"has an {TYPE_KEY} that is none of: {', '.join(kind.derived)}")

    def header(self, tag: str, value: Value) -> str:
        """Return an element that no schema describes."""
        out: list[str] = []
        _unknown_element(tag, value, out, 0)
        return "".join(out)


def _at(key: str, write: Callable[[Value], str], value: Value) -> str:
    try:
        return write("" if value is None else value)
    except UnfitError as error:
        error.path.append(key)
        raise


def _unknown(key: str, known: set[str]) -> UnfitError:
    close = get_close_matches(key, known, 1)
    return UnfitError(f"has no field {key[:100]!r}{f'; did you mean {close[0]!r}?' if close else ''}")


def _check(choice: Choice, value: dict[str, Value], nillable: set[str]) -> None:
    """Refuse *value* if it has more of a choice than may be there together, or nothing of one that has to be made."""
    there = {key for key, item in value.items() if (item is not None or key in nillable) and item != []}
    given = [found for keys in choice.alternatives if (found := [key for key in keys if key in there])]
    if len(given) > 1:
        raise UnfitError(f"has {' and '.join(keys[0] for keys in given)}, of which only one may be there")
    if not given and choice.required:
        told = ", ".join("+".join(keys) for keys in choice.alternatives)
        raise UnfitError(f"needs one of: {told}")


def _text(kind: Type) -> _Write:
    convert = writer(kind)
    if kind.kind == "base64" and not kind.listed:
        convert = _beside(convert)

    def write(name: str, more: str, value: Value, out: list[str], _: int) -> None:
        out.append(f"<{name}{more}>{convert(value)}</{name}>")

    return write


def _beside(convert: Callable[[Value], str]) -> Callable[[Value], str]:
    def converted(value: Value) -> str:
        beside = BESIDE.get()
        return convert(value) if beside is None else beside.take(convert(value))

    return converted


def _attribute(kind: Type, field: Field, name: str, value: Value, out: list[str]) -> None:
    if value is None:
        if not field.least:
            return
        if not field.fixed:
            raise _missing(field.key)
        value = field.fixed
    out.append(f' {name}="{_at(field.key, writer(kind), value)}"')


def _missing(key: str) -> UnfitError:
    error = UnfitError("is missing")
    error.path.append(key)
    return error


def _field(
    field: Field, key: str, name: str, writers: list[_Write], value: Value, is_there: bool, out: list[str], depth: int
) -> None:
    """Write a field that is a list, or `null`, or not there."""
    if field.most == 1:
        if is_there and field.nillable:
            out.append(f'<{name} xsi:nil="true"/>')
        elif field.fixed and field.least:
            out.append(f"<{name}>{escaped(field.fixed)}</{name}>")
        elif field.least:
            raise _missing(key)
        return
    items = _items(field, key, value)
    for index, item in enumerate(items):
        _item(field, key, name, writers, item, index, out, depth)


def _single(field: Field, key: str, name: str, writers: list[_Write], value: Value, out: list[str], depth: int) -> None:
    try:
        writers[field.type](name, "", value, out, depth + 1)
    except UnfitError as error:
        error.path.append(key)
        raise


def _items(field: Field, key: str, value: Value) -> list[Value]:
    items: list[Value] = [] if value is None else value if isinstance(value, list) else [value]
    if len(items) < field.least or (field.most != UNBOUNDED and len(items) > field.most):
        if not items:
            raise _missing(key)
        most = "" if field.most == UNBOUNDED else f" to {field.most}"
        error = UnfitError(f"has {len(items)} items, and {field.least}{most or ' or more'} are allowed")
        error.path.append(key)
        raise error
    return items


def _item(
    field: Field, key: str, name: str, writers: list[_Write], item: Value, index: int, out: list[str], depth: int
) -> None:
    try:
        if item is not None:
            writers[field.type](name, "", item, out, depth + 1)
        elif field.nillable:
            out.append(f'<{name} xsi:nil="true"/>')
        else:
            raise UnfitError("is null")
    except UnfitError as error:
        error.path += [f"[{index}]", key]
        raise


def _take_turns(
    fields: Sequence[tuple[Field, str, str, bool]],
    writers: list[_Write],
    value: dict[str, Value],
    out: list[str],
    depth: int,
) -> None:
    """Write the fields of sequences that repeat: the first items of all, then the second ones."""
    done: set[int] = set()
    for field, key, name, _ in fields:
        if not field.turns:
            if field.most == 1 and value.get(key) is not None:
                _single(field, key, name, writers, value[key], out, depth)
            else:
                _field(field, key, name, writers, value.get(key), key in value, out, depth)
        elif field.turns not in done:
            done.add(field.turns)
            together = [each for each in fields if each[0].turns == field.turns]
            columns = [(each, _items(each[0], each[1], value.get(each[1]))) for each in together]
            for index in range(max(len(items) for _, items in columns)):
                for (own, own_key, own_name, _), items in columns:
                    if index < len(items):
                        _item(own, own_key, own_name, writers, items[index], index, out, depth)


def _rest(value: Value, out: list[str], depth: int) -> None:
    """Write elements that no schema knows: a list of objects with one key each."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict) or len(item) != 1:
            raise UnfitError(f"has to have objects with one key under {ANY_KEY}")
        [(tag, content)] = item.items()
        _unknown_element(tag, content, out, depth + 1)


def _unknown_element(tag: str, value: Value, out: list[str], depth: int) -> None:
    space, local = _split(tag)
    declared = f' xmlns="{escaped(space)}"'
    for item in value if isinstance(value, list) else [value]:
        _anything(local, declared, item, out, depth)


def _split(tag: str) -> tuple[str, str]:
    found = _NAME.fullmatch(tag)
    if found is None:
        raise UnfitError(f"has {tag[:100]!r}, which cannot be the name of an element or an attribute")
    return found[1] or "", found[2]


def _anything(name: str, more: str, value: Value, out: list[str], depth: int) -> None:
    """Write an element that no schema describes."""
    if depth > DEEPEST:
        raise UnfitError(f"has more than {DEEPEST} objects inside one another")
    if value is None:
        out.append(f'<{name}{more} xsi:nil="true"/>')
        return
    if not isinstance(value, dict):
        if isinstance(value, list):
            raise UnfitError("is a list, which an element without a schema cannot be")
        out.append(f"<{name}{more}>{_plain(value)}</{name}>")
        return
    out.append(f"<{name}{more}{''.join(_attributes(value))}>")
    if TEXT_KEY in value:
        out.append(_plain(value[TEXT_KEY]))
    for key, item in value.items():
        if not key.startswith("@") and key != TEXT_KEY:
            _unknown_element(key, item, out, depth + 1)
    out.append(f"</{name}>")


def _attributes(value: dict[str, Value]) -> Iterator[str]:
    number = 0
    for key, item in value.items():
        if key.startswith("@"):
            space, local = _split(key[1:])
            if space == XSI:
                yield f' xsi:{local}="{_plain(item)}"'
            elif space:
                number += 1
                yield f' xmlns:a{number}="{escaped(space)}" a{number}:{local}="{_plain(item)}"'
            else:
                yield f' {local}="{_plain(item)}"'


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list) or value is None:
        raise UnfitError("has an object or a list where a text has to be")
    return escaped(str(value))
