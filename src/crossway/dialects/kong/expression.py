"""Expressions of routes: those that say what hosts, paths, methods, headers and protocols can say as well.

An expression is a chain of conditions with `&&`; one in parentheses may be a choice with `||`, all about one field.

https://developer.konghq.com/gateway/routing/expressions/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<mark>&&|\|\||\(|\))
    |(?P<field>[a-z_]+(?:\.[a-z0-9_-]+)+)\s*(?P<operator>==|\^=|=\^|~)\s*
     (?:r\#"(?P<raw>.*?)"\#|"(?P<text>(?:[^"\\]|\\.)*)"))\s*""",
    re.VERBOSE | re.DOTALL,
)
_HEADER: Final = "http.headers."
_UNREAD: Final = "an expression is read if it is conditions on method, host, path, headers and protocol, with &&"


class _Condition(NamedTuple):
    field: str
    operator: str
    value: str


@lru_cache(maxsize=4096)
def parse(text: str) -> Mapping[str, Any]:
    """Return the fields of a route that mean what an expression says; `ValueError` where none do."""
    found: dict[str, Any] = {}
    for choice in _choices(list(_tokens(text))):
        (field,) = {condition.field for condition in choice}
        if field.startswith(_HEADER):
            headers = found.setdefault("headers", {})
            name, values = field.removeprefix(_HEADER).replace("_", "-"), tuple(map(_header, choice))
            if name in headers:
                raise ValueError(_UNREAD)
            headers[name] = values
            continue
        word, read = _FIELDS.get(field, ("", _nothing))
        if word in found:
            raise ValueError(_UNREAD)
        found[word] = tuple(map(read, choice))
    return found


def _tokens(text: str) -> Iterator[str | _Condition]:
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"{_UNREAD}; {text[at : at + 20]!r} is none of these")
        at = token.end()
        if token["mark"]:
            yield token["mark"]
        else:
            value = token["raw"] if token["raw"] is not None else re.sub(r"\\(.)", r"\1", token["text"])
            yield _Condition(token["field"], token["operator"], value)


def _choices(tokens: list[str | _Condition]) -> Iterator[list[_Condition]]:
    """Yield the conditions of a chain, each with its alternatives."""
    depth = 0
    choice: list[_Condition] = []
    before: str | _Condition = "&&"
    for token in tokens:
        is_value = isinstance(token, _Condition)
        if (is_value or token == "(") != (before in ("&&", "||", "(")):
            raise ValueError(_UNREAD)
        if isinstance(token, _Condition):
            choice.append(token)
        elif token == "&&":
            if depth:
                raise ValueError(_UNREAD)
            yield _alike(choice)
            choice = []
        elif token == "||" and not depth:
            raise ValueError(_UNREAD)
        depth += (token == "(") - (token == ")")
        before = token
    if depth or before in ("&&", "||", "("):
        raise ValueError(_UNREAD)
    yield _alike(choice)


def _alike(choice: list[_Condition]) -> list[_Condition]:
    if len({condition.field for condition in choice}) != 1:
        raise ValueError(_UNREAD)
    return choice


def _host(condition: _Condition) -> str:
    match condition.operator:
        case "==":
            return condition.value
        case "=^" if condition.value.startswith("."):
            return f"*{condition.value}"
        case "^=" if condition.value.endswith("."):
            return f"{condition.value}*"
    raise ValueError(_UNREAD)


def _path(condition: _Condition) -> str:
    match condition.operator:
        case "==":
            return f"~{re.escape(condition.value)}$"
        case "^=":
            return condition.value
        case "~":
            pattern = condition.value
            return f"~{pattern[1:]}" if pattern.startswith("^") else f"~/.*(?:{pattern})"
    raise ValueError(_UNREAD)


def _header(condition: _Condition) -> str:
    match condition.operator:
        case "==":
            return condition.value
        case "~":
            return f"~*{condition.value}"
    raise ValueError(_UNREAD)


def _equal(condition: _Condition) -> str:
    if condition.operator != "==":
        raise ValueError(_UNREAD)
    return condition.value


def _nothing(condition: _Condition) -> str:
    raise ValueError(f"{_UNREAD}; {condition.field} is none of these")


_FIELDS: Final[Mapping[str, tuple[str, Callable[[_Condition], str]]]] = {
    "http.method": ("methods", _equal),
    "http.host": ("hosts", _host),
    "http.path": ("paths", _path),
    "net.protocol": ("protocols", _equal),
}
"""What is conditioned: the field of a route, and what a condition is there."""
