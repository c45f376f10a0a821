"""System query options (OData URL Conventions 4.01, section 5.1), as a client wrote them. They know no schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from crossway.model.odata import QueryLimits
from crossway.runtime.odata.error import bad, unsupported
from crossway.runtime.odata.syntax import Alias, Budget, Call, Literal, Node, Parser

KNOWN: Final = frozenset(
    {"filter", "select", "expand", "orderby", "top", "skip", "count", "search", "format", "skiptoken", "levels"}
)
FOREIGN: Final = frozenset({"apply", "compute", "deltatoken", "index", "schemaversion", "id", "entityset"})
"""What OData has beside those."""
LARGEST: Final = 2**31 - 1
_WORD: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\["\\])*)"|([()])|([^\s()"]+))')
_MOST_WORDS: Final = 20


@dataclass(frozen=True, slots=True)
class Expand:
    """One item of `$expand`."""

    words: tuple[str, ...]
    """The way there; its last word may be `$ref` or `$count`."""
    options: Options


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a request, or of one item of `$expand`. What was not said is `None`, or empty."""

    filter: Node | None = None
    select: tuple[tuple[str, ...], ...] | None = None
    expand: tuple[Expand, ...] = ()
    orderby: tuple[tuple[Node, bool], ...] = ()
    """Expressions, each with whether it is descending."""
    top: int | None = None
    skip: int = 0
    count: bool = False
    search: Node | None = None
    """`and`, `or` and `not` over texts."""
    format: str = ""
    skiptoken: int = 0
    levels: int = 1
    aliases: Mapping[str, Node] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    """The names of all options, as `$filter`, however the client wrote them."""


@dataclass(slots=True)
class _Reader:
    """Reads the options of one request, within what its limits leave."""

    limits: QueryLimits
    budget: Budget
    expands: int
    passing: bool
    """Whether somebody else answers: then what is none of ours is theirs."""

    def options(self, pairs: list[tuple[str, str]], depth: int) -> Options:
        found: dict[str, object] = {}
        aliases: dict[str, Node] = {}
        written: list[str] = []
        for name, text in pairs:
            if name.startswith("@"):
                is_json = self.passing and text[:1] in {"[", "{"}
                aliases[name] = Literal(text, "json") if is_json else Parser(text, name, self.budget).whole()
                continue
            plain = name.removeprefix("$").lower()
            if plain not in KNOWN or (self.passing and plain == "skiptoken"):
                if plain in FOREIGN and (self.passing or name.startswith("$")):
                    if not self.passing:
                        raise unsupported(f"{name} is not supported.", name)
                    written.append(f"${plain}")
                elif name.startswith("$") and plain not in KNOWN:
                    raise bad("unknown_option", f"There is no option {name[:40]}.", name[:40])
                continue
            if plain in found:
                raise bad("duplicate_option", f"${plain} stands there twice.", f"${plain}")
            written.append(f"${plain}")
            found[plain] = self._option(plain, text, depth)
        return Options(**found, aliases=aliases, written=tuple(written))  # type: ignore[arg-type]  # by their names

    def _option(self, name: str, text: str, depth: int) -> object:
        option = f"${name}"
        match name:
            case "filter":
                return Parser(text, option, self.budget).whole()
            case "orderby":
                items = Parser(text, option, self.budget).ordering()
                if len(items) > self.limits.max_orderby:
                    detail = f"{option} has at most {self.limits.max_orderby} expressions."
                    raise bad("too_many_orderby", detail, option)
                return items
            case "select":
                return tuple(_words(item, option) for item in split(text, ","))
            case "expand":
                return tuple(self._expand(item, depth + 1) for item in split(text, ","))
            case "search":
                return _search(text)
            case "top":
                number = _number(text, option)
                if number > self.limits.max_top:
                    raise bad("top_too_large", f"{option} is at most {self.limits.max_top}.", option)
                return number
            case "skip" | "skiptoken":
                return _number(text, option)
            case "levels":
                return self._levels(text, depth)
            case "count":
                if text not in {"true", "false"}:
                    raise bad("syntax", f"{option} is true or false.", option)
                return text == "true"
        return text

    def _levels(self, text: str, depth: int) -> int:
        left = self.limits.max_expand_depth - depth + 1
        levels = left if text == "max" else _number(text, "$levels")
        if levels > left:
            raise self._too_deep()
        return levels

    def _too_deep(self) -> Exception:
        most = self.limits.max_expand_depth
        detail = f"$expand may stand {most} deep." if most else "$expand is not allowed."
        return bad("expand_too_deep", detail, "$expand")

    def _expand(self, item: str, depth: int) -> Expand:
        if depth > self.limits.max_expand_depth:
            raise self._too_deep()
        self.expands -= 1
        if self.expands < 0:
            raise bad("too_many_expands", f"A request expands at most {self.limits.max_expands} times.", "$expand")
        path, bracket, rest = item.partition("(")
        options = Options()
        if bracket:
            if not rest.rstrip().endswith(")"):
                raise bad("syntax", "$expand cannot be read: a parenthesis is not closed.", "$expand")
            pairs = []
            for option in split(rest.rstrip()[:-1], ";"):
                name, sign, text = option.partition("=")
                if not sign:
                    raise bad("syntax", f"$expand cannot be read: {option[:40]!r} is no option.", "$expand")
                pairs.append((name.strip() if name.strip().startswith("$") else f"${name.strip()}", text))
            options = self.options(pairs, depth)
        return Expand(_words(path, "$expand"), options)


def read(query: str, limits: QueryLimits, *, passing: bool = False) -> Options:
    """Return the options in the *query* of a URL; `ODataError` for what cannot be read, or is beyond the *limits*.

    If the request is *passing*, somebody else answers it: options that are not known here are then theirs.
    """
    budget = Budget(limits.max_filter_depth, limits.max_filter_nodes)
    return _Reader(limits, budget, limits.max_expands, passing).options(list(pairs(query)), 0)


def pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a query, each decoded once; a plus sign is a space, as most clients write it."""
    for part in query.split("&"):
        if part:
            name, _, text = part.partition("=")
            yield decoded(name.replace("+", " ")), decoded(text.replace("+", " "))


def decoded(text: str) -> str:
    """Return *text* without its escapes; `ODataError` if that is no text in UTF-8, or has a NUL."""
    try:
        plain = unquote_to_bytes(text).decode() if "%" in text or not text.isascii() else text
    except UnicodeDecodeError:
        raise bad("encoding", "The URL is not in UTF-8.") from None
    if "\0" in plain:
        raise bad("encoding", "The URL has a character that no text has.")
    return plain


def split(text: str, separator: str) -> list[str]:
    """Return the pieces of *text* between separators that stand in no parentheses and no quotes."""
    if "(" not in text and "'" not in text:
        return text.split(separator)
    pieces, start, depth, quoted = [], 0, 0, False
    for at, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == separator and depth == 0:
            pieces.append(text[start:at])
            start = at + 1
    return [*pieces, text[start:]]


def _words(item: str, option: str) -> tuple[str, ...]:
    words = tuple(item.strip().split("/"))
    if any(not re.fullmatch(r"\*|\$?[A-Za-z_][\w.]*(\.\*)?", word) for word in words):
        raise bad("syntax", f"{option} cannot be read: {item[:40]!r} is no path.", option)
    return words


def _number(text: str, option: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 10 or int(text) > LARGEST:
        raise bad("syntax", f"{option} is a whole number from 0 to {LARGEST}.", option)
    return int(text)


def _search(text: str) -> Node:
    """Return the tree of a search expression (section 5.1.8): `AND`, which may be left out, `OR`, `NOT`, phrases."""
    words: list[tuple[str, bool]] = []
    at = 0
    while text[at:].strip():
        match = _WORD.match(text, at)
        if match is None or len(words) == _MOST_WORDS:
            raise bad("syntax", f"$search cannot be read, or has more than {_MOST_WORDS} words.", "$search")
        words.append((match[0].strip(), False) if match[1] is None else (re.sub(r"\\(.)", r"\1", match[1]), True))
        at = match.end()
    node, rest = _any_word(words)
    if rest:
        raise bad("syntax", f"$search cannot be read: {rest[0][0][:40]!r} is not expected.", "$search")
    return node


_Words = list[tuple[str, bool]]


def _any_word(words: _Words) -> tuple[Node, _Words]:
    node, words = _all_words(words)
    while words and words[0] == ("OR", False):
        other, words = _all_words(words[1:])
        node = Call("or", (node, other))
    return node, words


def _all_words(words: _Words) -> tuple[Node, _Words]:
    node, words = _one_word(words)
    while words and words[0] not in {("OR", False), (")", False)}:
        other, words = _one_word(words[1:] if words[0] == ("AND", False) else words)
        node = Call("and", (node, other))
    return node, words


def _one_word(words: _Words) -> tuple[Node, _Words]:
    match words:
        case [("NOT", False), *rest]:
            node, rest = _one_word(rest)
            return Call("not", (node,)), rest
        case [("(", False), *rest]:
            node, rest = _any_word(rest)
            if not rest or rest[0] != (")", False):
                raise bad("syntax", "$search cannot be read: a parenthesis is not closed.", "$search")
            return node, rest[1:]
        case [(word, quoted), *rest] if word and (quoted or word not in {"AND", "OR", ")"}):
            return Literal(word, "String"), rest
    raise bad("syntax", "$search cannot be read: a word is missing.", "$search")


__all__ = ["Alias", "Expand", "Options", "decoded", "pairs", "read", "split"]
