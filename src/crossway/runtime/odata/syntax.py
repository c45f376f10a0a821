"""Expressions in OData URLs (OData URL Conventions 4.01, section 5.1.1), read into a tree that knows no schema.

Law: what is read is bounded in depth and in nodes before it is built, so no expression costs more than the bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

from crossway.runtime.odata.error import ODataError, bad


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the URL.

    The type is one of `crossway.model.odata.Primitive`, `null`, or for an enumeration or a place on Earth its own name.
    """

    value: object
    type: str


@dataclass(frozen=True, slots=True)
class Path:
    """A property, by the words that lead to it: `customer/name`, `$it/name`, `items/$count`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """`@p1`: a parameter of the query."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function with its operands. `and` and `or` have two or more."""

    name: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Lambda:
    """`items/any(i: i/price gt 10)`; `any()` alone has no predicate."""

    collection: Path
    every: bool
    variable: str = ""
    predicate: Node | None = None


Node: TypeAlias = "Literal | Path | Alias | Call | Lambda"

LONGEST: Final = 32_768
"""The characters of an expression."""
DEEPEST: Final = 100
MOST_NODES: Final = 2000

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t]+)
    |(?P<string>'(?:[^']|'')*')
    |(?P<typed>(?P<kind>duration|binary)'(?P<content>[^']*)')
    |(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![\w-])
    |(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))
    |(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?![\w-])
    |(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?)
    |(?P<number>-?[0-9]+(?P<broken>\.[0-9]+)?(?P<power>[eE][+-]?[0-9]+)?)(?![\w.])
    |(?P<word>-?INF(?!\w)|[@$]?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<sign>[(),/:\-*])""",
    re.VERBOSE,
)
_BINARY: Final = {
    "or": 1,
    "and": 2,
    "eq": 3,
    "ne": 3,
    "gt": 4,
    "ge": 4,
    "lt": 4,
    "le": 4,
    "add": 5,
    "sub": 5,
    "mul": 6,
    "div": 6,
    "divby": 6,
    "mod": 6,
    "has": 8,
    "in": 8,
}
"""The operators, by how tightly they bind (section 5.1.1.16); `not` and the sign stand at 7."""
_UNARY: Final = 7
_CONSTANTS: Final = {
    "null": Literal(None, "null"),
    "true": Literal(True, "Boolean"),
    "false": Literal(False, "Boolean"),
    "INF": Literal(float("inf"), "Double"),
    "-INF": Literal(float("-inf"), "Double"),
    "NaN": Literal(float("nan"), "Double"),
}
_DURATION: Final = re.compile(
    r"([+-])?P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,12})?)S)?)?"
)


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    at: int
    spaced: bool
    """Whether there is space before it."""
    match: re.Match[str] | None = None


@dataclass(slots=True)
class Budget:
    """What all expressions of one request may take together."""

    depth: int = DEEPEST
    nodes: int = MOST_NODES

    def take(self, option: str) -> None:
        """Count one more node."""
        self.nodes -= 1
        if self.nodes < 0:
            raise bad("too_many_nodes", "The expressions of this request have too many operators and operands.", option)


@dataclass(slots=True)
class Parser:
    """Reads the expression *text*, which stands in *option*; `ODataError` for what is none."""

    text: str
    option: str = "$filter"
    budget: Budget = field(default_factory=Budget)
    _tokens: list[_Token] = field(default_factory=list, init=False)
    _next: int = field(default=0, init=False)
    _depth: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST:
            raise bad("too_long", f"An expression has at most {LONGEST} characters.", self.option)
        self._tokens = list(self._split())

    def whole(self) -> Node:
        """Return the expression that the text is."""
        node = self.expression()
        if self._peek().kind != "end":
            raise self._unexpected()
        return node

    def ordering(self) -> tuple[tuple[Node, bool], ...]:
        """Return the expressions of `$orderby`, each with whether it is descending."""
        found = []
        while True:
            node = self.expression()
            word = self._peek().text if self._peek().kind == "word" else ""
            if word in {"asc", "desc"}:
                self._next += 1
            found.append((node, word == "desc"))
            if not self._accept(","):
                break
        if self._peek().kind != "end":
            raise self._unexpected()
        return tuple(found)

    def expression(self, binding: int = 1) -> Node:
        """Return the expression that begins here, with the operators that bind at least so tightly."""
        self._depth += 1
        if self._depth > self.budget.depth:
            raise bad("too_deep", f"Expressions may stand {self.budget.depth} deep in one another.", self.option)
        left, length = self._operand(), 1
        while (token := self._peek()).kind == "word" and token.spaced and _BINARY.get(token.text, 0) >= binding:
            name = token.text
            self._next += 1
            if not self._peek().spaced:
                raise self._unexpected()
            right = self._list() if name == "in" else self.expression(_BINARY[name] + 1)
            self.budget.take(self.option)
            if name in {"and", "or"} and isinstance(left, Call) and left.name == name:
                left = Call(name, (*left.operands, right))
                continue
            length += 1
            if self._depth + length > self.budget.depth:
                raise bad("too_deep", f"Expressions may stand {self.budget.depth} deep in one another.", self.option)
            left = Call(name, (left, right))
        self._depth -= 1
        return left

    def _operand(self) -> Node:
        token = self._peek()
        self._next += 1
        self.budget.take(self.option)
        match token.kind:
            case "word":
                return self._word(token)
            case "sign" if token.text == "(":
                node = self.expression()
                self._expect(")")
                return node
            case "sign" if token.text == "-":
                return Call("negate", (self.expression(_UNARY),))
            case "sign" | "end":
                self._next -= 1
                raise self._unexpected()
        return self._literal(token)

    def _word(self, token: _Token) -> Node:
        text = token.text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text == "not":
            return Call("not", (self.expression(_UNARY),))
        if text.startswith("@"):
            return Alias(text)
        following = self._peek()
        if following.text == "(" and not following.spaced:
            self._next += 1
            return Call(text, self._arguments())
        if following.kind == "string" and not following.spaced:
            self._next += 1
            return Literal(following.text[1:-1], text)
        return self._path(text)

    def _path(self, first: str) -> Node:
        words = [first]
        while self._accept("/"):
            token = self._peek()
            self._next += 1
            if token.kind != "word" or token.text.startswith("@"):
                self._next -= 1
                raise self._unexpected()
            if token.text in {"any", "all"} and self._peek().text == "(":
                return self._lambda(Path(tuple(words)), every=token.text == "all")
            words.append(token.text)
        return Path(tuple(words))

    def _lambda(self, collection: Path, *, every: bool) -> Lambda:
        self._expect("(")
        if self._accept(")"):
            if every:
                raise bad("syntax", "all() needs a condition.", self.option)
            return Lambda(collection, every)
        variable = self._peek()
        self._next += 1
        if variable.kind != "word" or not variable.text.isidentifier():
            self._next -= 1
            raise self._unexpected()
        self._expect(":")
        predicate = self.expression()
        self._expect(")")
        return Lambda(collection, every, variable.text, predicate)

    def _arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        if self._accept(")"):
            return ()
        while True:
            found.append(self.expression())
            if not self._accept(","):
                self._expect(")")
                return tuple(found)

    def _list(self) -> Node:
        if (token := self._peek()).text.startswith("@"):
            self._next += 1
            return Alias(token.text)
        self._expect("(")
        return Call("list", self._arguments())

    def _literal(self, token: _Token) -> Literal:
        try:
            return literal(token.kind, token.text, token.match)
        except (ValueError, OverflowError, InvalidOperation):
            raise bad("syntax", f"{token.text[:40]} is no value.", self.option) from None

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _accept(self, sign: str) -> bool:
        if self._peek().kind == "sign" and self._peek().text == sign:
            self._next += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise self._unexpected(sign)

    def _unexpected(self, wanted: str = "") -> ODataError:
        token = self._peek()
        there = f"{token.text[:40]!r} stands at character {token.at + 1}" if token.text else "it ends too early"
        more = f", where {wanted!r} is expected" if wanted else ""
        return bad("syntax", f"{self.option} cannot be read: {there}{more}.", self.option)

    def _split(self) -> Iterator[_Token]:
        at, spaced = 0, False
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                detail = f"{self.option} cannot be read: {self.text[at : at + 10]!r} stands at character {at + 1}."
                raise bad("syntax", detail, self.option)
            if match.lastgroup == "space":
                spaced = True
            else:
                yield _Token(match.lastgroup or "", match[0], at, spaced, match)
                spaced = False
            at = match.end()
        yield _Token("end", "", at, spaced)


def literal(kind: str, text: str, match: re.Match[str] | None = None) -> Literal:
    """Return the value of a token; `ValueError` if it has none, such as the 31st of February."""
    match kind:
        case "string":
            return Literal(text[1:-1].replace("''", "'"), "String")
        case "number":
            if match is not None and match["power"]:
                return Literal(float(text), "Double")
            if match is not None and match["broken"]:
                return Literal(Decimal(text), "Decimal")
            number = int(text) if len(text) < 20 else 2**63
            return Literal(number, "Int64") if -(2**63) <= number < 2**63 else Literal(Decimal(text), "Decimal")
        case "guid":
            return Literal(text.lower(), "Guid")
        case "date":
            return Literal(date.fromisoformat(text), "Date")
        case "moment":
            return Literal(moment(text), "DateTimeOffset")
        case "time":
            return Literal(time.fromisoformat(_shortened(text)), "TimeOfDay")
    if match is not None and match["kind"] == "duration":
        return Literal(duration(match["content"]), "Duration")
    return Literal(match["content"] if match is not None else text, "Binary")


_FRACTION: Final = re.compile(r"\.(\d+)")


def _shortened(text: str) -> str:
    """Return *text* with a fraction of a second that Python reads: six digits."""
    return _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text)


def moment(text: str) -> datetime:
    """Return the point in time that *text* says; one without an offset is in UTC."""
    read = datetime.fromisoformat(_shortened(text))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def duration(text: str) -> timedelta:
    """Return the length of time that *text* says, `P1DT2H3M4.5S`."""
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        raise ValueError("no duration")
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups()[1:])
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length
