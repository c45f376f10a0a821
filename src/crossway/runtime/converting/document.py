"""JSON documents: read and written within bounds, picked apart by pointers."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from msgspec import DecodeError, json

from crossway.runtime.converting.refusal import malformed, short, too_deep

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | bool | None"
"""What JSON says."""


def read_json(data: bytes, max_depth: int) -> Value:
    """Return what *data* says, in UTF-8; a `Refusal` if it is no JSON (RFC 8259), or nested more than *max_depth*."""
    try:
        value: Value = json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (DecodeError, UnicodeDecodeError) as error:
        raise malformed(f"the body is no JSON: {error}") from None
    except RecursionError:
        raise too_deep(max_depth) from None
    if data.count(b"[") + data.count(b"{") > max_depth:
        check_depth(value, max_depth)
    return value


def check_depth(value: Value, max_depth: int) -> None:
    """Raise a `Refusal` if more than *max_depth* lists and objects are nested in *value*."""
    level: list[dict[str, Value] | list[Value]] = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        inner: list[Value] = []
        for item in level:
            inner += item.values() if isinstance(item, dict) else item
        level = [item for item in inner if isinstance(item, (dict, list))]  # half the time of a union
        if not level:
            return
    raise too_deep(max_depth)


def write_json(value: Value) -> bytes:
    """Return *value* as JSON in UTF-8, without spaces."""
    return json.encode(value)


def text_of(value: Value) -> str:
    """Return *value* as text: a text as it is, `null` as nothing, anything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else write_json(value).decode()


_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")


def guess(text: str) -> Value:
    """Return the number or truth value that *text* looks like, or *text*, if a number would lose digits."""
    if text in ("true", "false"):
        return text == "true"
    found = _NUMBER.fullmatch(text)
    if not found:
        return text
    if not found[2]:
        return int(text)
    return float(text) if len(found[1]) + len(found[2]) <= 16 else text


def steps_of(pointer: str) -> tuple[str, ...]:
    """Return the steps of a JSON pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def place(document: Value, steps: tuple[str, ...], value: Value) -> None:
    """Set what stands at *steps* in *document* to *value*; make the objects on the way that are missing."""
    *way, last = steps
    for step in way:
        document = _into(document, step)
    if isinstance(document, dict):
        document[last] = value
    elif isinstance(document, list) and last == "-":
        document.append(value)
    elif isinstance(document, list):
        document[_index(document, last)] = value
    else:
        raise malformed(f"there is nothing in the body that {short(last)} could be set in")


def _into(document: Value, step: str) -> Value:
    if isinstance(document, dict):
        if document.get(step) is None:
            document[step] = {}
        return document[step]
    if isinstance(document, list):
        return document[_index(document, step)]
    raise malformed(f"there is no object in the body that could have {short(step)}")


def _index(items: list[Value], step: str) -> int:
    if step.isdecimal() and step.isascii() and len(step) < 10 and int(step) < len(items):
        return int(step)
    raise malformed(f"a list in the body has no item {short(step)}")


def remove(document: Value, steps: tuple[str, ...]) -> None:
    """Remove what stands at *steps* in *document*, if there is something."""
    *way, last = steps
    for step in way:
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdecimal() and step.isascii() and int(step[:9]) < len(document):
            document = document[int(step[:9])]
        else:
            return
    if isinstance(document, dict):
        document.pop(last, None)
    elif isinstance(document, list) and last.isdecimal() and last.isascii() and int(last[:9]) < len(document):
        del document[int(last[:9])]
