"""From plain data to YAML that people read: block style, one indentation, quotes only where they are needed.

Law: what is written here, the reader reads back as the same value; and equal data become equal texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import Final

import yaml

from crossway.dialects.native.values import is_text

_INDENT: Final = 2
_PLAIN: Final = re.compile(
    r"[A-Za-z0-9_./](?:[\w./+*=@%~^$();<>|!?&{}\[\],'\"#-]|:(?=[^\s,\[\]{}])|[ ](?=[^\s#]))*", re.ASCII
)
"""Texts that mean themselves without quotes, unless they look like a number or the like."""
_LITERAL: Final = re.compile(r"[^\s][^\n]*(?:\n+[^\s][^\n]*|\n+[ ]+[^\s][^\n]*)+\n?")
"""Texts of several lines that stand as they are below ``|``."""
_CONTROL: Final = "\\x00-\\x09\\x0b-\\x1f\\x7f-\\xa0\\u2028\\u2029\\ud800-\\udfff\\ufeff\\ufffe\\uffff"
_UNPRINTABLE: Final = re.compile(f"[{_CONTROL}]")
_ESCAPED: Final = re.compile(f'[{_CONTROL}\\n"\\\\]')
_OLD: Final[Mapping[str | None, list[tuple[str, re.Pattern[str]]]]] = yaml.SafeLoader.yaml_implicit_resolvers
"""What YAML 1.1 reads as something else than text, by its first character."""


def render_yaml(value: object, indent: int = 0) -> str:
    """Return the lines that say *value*, each indented by *indent*: text, numbers, lists and mappings of these.

    A date or a time, as TOML has them, becomes its text in RFC 3339.
    """
    return "".join(f"{line}\n" if line.strip() else "\n" for line in _lines(value, indent))


def _lines(value: object, indent: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _headed(" " * indent + _quoted(str(key)) + ":", item, indent)
    elif isinstance(value, list | tuple) and value:
        for item in value:
            yield from _item(item, indent)
    else:
        yield " " * indent + _scalar(value)


def _item(item: object, indent: int) -> Iterator[str]:
    """Yield an item of a sequence: a collection begins in the line of the dash."""
    if isinstance(item, Mapping | Sequence) and not isinstance(item, str) and item:
        first, *others = _lines(item, indent + _INDENT)
        yield f"{' ' * indent}- {first.lstrip()}"
        yield from others
    else:
        yield from _headed(" " * indent + "-", item, indent)


def _headed(head: str, item: object, indent: int) -> Iterator[str]:
    """Yield *item* after *head*, in its line or below it."""
    if isinstance(item, Mapping | list | tuple) and item:
        yield head
        yield from _lines(item, indent + _INDENT)
    elif isinstance(item, str) and _LITERAL.fullmatch(item) and not _UNPRINTABLE.search(item):
        yield f"{head} |" if item.endswith("\n") else f"{head} |-"
        for line in item.removesuffix("\n").split("\n"):
            yield " " * (indent + _INDENT) + line
    else:
        yield f"{head} {_scalar(item)}"


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return _quoted(value)
        case date() | time():  # a datetime is a date
            return _quoted(value.isoformat())
        case _:
            return "{}" if isinstance(value, Mapping) else "[]"


def _float(value: float) -> str:
    """Return a number that the core schema reads as *value*; beyond its range, as one that is too large."""
    text = repr(value)
    return {"inf": "1e999", "-inf": "-1e999"}.get(text, text)


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text) and is_text(text) and not any(old.match(text) for _, old in _OLD.get(text[0], ())):
        return text
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return json.dumps(character)[1:-1] if character < "\x7f" else f"\\u{ord(character):04x}"
