"""Expressions (JMESPath, https://jmespath.org/specification.html) and texts with expressions in them.

What an expression may mention is known when it is written: a `Record` lists the words that mean something. So a word
that means nothing is found by reading the expression, and so is what it has to wait for.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Final, TypeAlias

import jmespath
from jmespath.exceptions import IncompleteExpressionError, JMESPathError, LexerError, ParseError
from jmespath.functions import Functions
from pydantic import AfterValidator, Discriminator, Field, Tag
from typing_extensions import TypeAliasType

from crossway.model.part import did_you_mean, told

LONGEST: Final = 4096
"""The characters of an expression, and of a text with expressions in it."""
MOST_COPIES: Final = 100
"""How often an expression may repeat its input: `[@, @] | [@, @]` does it four times."""

Node: TypeAlias = Mapping[str, Any]
"""An expression as `jmespath` parses it: `type`, `children`, and for some types `value`."""


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Node:
    """Return the parsed expression; `ValueError` if it is none, or if it can grow without measure."""
    if len(text) > LONGEST:
        raise ValueError(f"an expression has at most {LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PendingDeprecationWarning)  # of literals in an older notation
            node: Node = jmespath.compile(text).parsed
    except JMESPathError as error:
        raise told(f"not a JMESPath expression{_where(error)}") from None
    except RecursionError:
        raise told("too much stands inside one another in this expression") from None
    for function in _functions(node):
        _check_function(function["value"], len(function["children"]))
    if copies(node) > MOST_COPIES:
        raise told(f"this expression repeats what it is given more than {MOST_COPIES} times")
    return node


def _where(error: JMESPathError) -> str:
    if isinstance(error, LexerError):
        return f": {error.lexer_value!r} at character {error.lexer_position + 1}"
    if isinstance(error, ParseError) and error.token_value and not isinstance(error, IncompleteExpressionError):
        return f": {error.token_value!r} at character {error.lex_position + 1}"
    return ": it ends too early"


def _check_function(name: str, given: int) -> None:
    known = Functions.FUNCTION_TABLE.get(name)
    if known is None:
        raise told(f"JMESPath has no function {name}()", hint=did_you_mean(name, Functions.FUNCTION_TABLE))
    wanted, more = len(known["signature"]), known["signature"][-1].get("variadic", False)
    if given < wanted or (given > wanted and not more):
        raise told(f"{name}() takes {wanted}{' or more' if more else ''} and is given {given}")


def _functions(node: Node) -> Iterator[Node]:
    if node["type"] == "function_expression":
        yield node
    for child in _children(node):
        yield from _functions(child)


def _children(node: Node) -> list[Node]:
    return [child for child in node["children"] if isinstance(child, Mapping)]  # those of a slice are numbers


def copies(node: Node) -> int:
    """Return how often the value of an expression can hold what the expression was given, at most."""
    children = [copies(child) for child in _children(node)]
    if node["type"] in _ALTERNATIVES:
        return max(children, default=1)
    if node["type"] in _COLLECTIONS:
        return max(1, sum(children))
    product = _ESCAPED if node["type"] == "function_expression" and node["value"] == "to_string" else 1
    for amount in children:
        product *= amount
    return product


_ALTERNATIVES: Final = frozenset({"or_expression", "and_expression", "not_expression", "comparator"})
_ESCAPED: Final = 4
"""How much longer a text gets as JSON."""
_COLLECTIONS: Final = frozenset({"multi_select_list", "multi_select_dict"})


def _check(text: str) -> str:
    parse_expression(text)
    return text


Expression = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_check)]
"""An expression, compiled when it is read."""


def form(value: object) -> str:
    """Return the tag of what a `Tree` may be."""
    if isinstance(value, str):
        return "Text"
    return "Object" if isinstance(value, Mapping) else "List" if isinstance(value, list | tuple) else "Plain"


Tree = TypeAliasType(
    "Tree",
    """Annotated[
        Annotated[Expression, Tag("Text")]
        | Annotated[bool | int | float | None, Tag("Plain")]
        | Annotated[tuple[Tree, ...], Tag("List")]
        | Annotated[Mapping[str, Tree], Tag("Object")],
        Discriminator(form),
    ]""",
)
"""A value with expressions in it: each text is one, lists and objects hold more, everything else means itself."""


@lru_cache(maxsize=4096)
def parse_template(text: str) -> tuple[str | Node, ...]:
    """Return the pieces of a text: what means itself, and the expressions that stand in braces.

    `{{` and `}}` are single braces.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a text with expressions has at most {LONGEST} characters")
    pieces: list[str | Node] = []
    plain = ""
    at = 0
    while at < len(text):
        character = text[at]
        if character in "{}" and text[at : at + 2] == 2 * character:
            plain += character
            at += 2
        elif character == "{":
            end = _closing(text, at)
            if plain:
                pieces.append(plain)
            plain = ""
            pieces.append(parse_expression(text[at + 1 : end].strip()))
            at = end + 1
        elif character == "}":
            raise told("a brace is closed that was not opened; write }} for a brace")
        else:
            plain += character
            at += 1
    if plain:
        pieces.append(plain)
    return tuple(pieces)


def _closing(text: str, start: int) -> int:
    """Return where the brace is closed that is opened at *start*; those inside quotes do not count."""
    depth, quote, at = 0, "", start
    while at < len(text):
        character = text[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "'\"`":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    raise told("a brace is opened and not closed; write {{ for a brace")


def _check_template(text: str) -> str:
    parse_template(text)
    return text


Template = Annotated[str, Field(max_length=LONGEST), AfterValidator(_check_template)]
"""A text with expressions in braces, `/users/{path.user_id}`."""


@dataclass(frozen=True, slots=True)
class Record:
    """Something with known fields."""

    words: Words
    """The way to it."""
    fields: Mapping[str, Shape] = field(default_factory=dict)
    """What each of its fields is."""
    called: str = ""
    """What people call it, in messages."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of things that are alike."""

    item: Record


Words: TypeAlias = "tuple[str, ...]"
Shape: TypeAlias = "Record | Listing | None"
"""What is known of a value; of `None` nothing, so that every word may mean something there."""


@dataclass(slots=True)
class Reading:
    """Reads expressions, and collects what they mention of a record and what means nothing."""

    root: Record
    mentioned: set[Words] = field(default_factory=set)
    """The words that lead to what is used: `("steps", "user", "body")`, and each way to it."""
    mistakes: list[tuple[str, str]] = field(default_factory=list)
    """Messages, each with a hint."""

    def read(self, node: Node) -> None:
        """Read one more expression."""
        self._whole(self._visit(node, self.root))

    def _visit(self, node: Node, current: Shape) -> Shape:
        """Return what is known of the value of *node*, which is given *current*."""
        children: list[Node] = _children(node)
        match node["type"]:
            case "field":
                return self._field(node["value"], current)
            case "subexpression" | "index_expression" | "pipe":
                for child in children:
                    current = self._visit(child, current)
                return current
            case "current" | "identity":
                return current
            case "index":
                if isinstance(current, Record):
                    self._wrong(f"{current.called} is no list")
                return current.item if isinstance(current, Listing) else None
            case "slice":
                return current
            case "flatten":
                return self._visit(children[0], current)
            case "projection" | "filter_projection":
                items = self._visit(children[0], current)
                item = items.item if isinstance(items, Listing) else None
                for condition in children[2:]:
                    self._whole(self._visit(condition, item))
                self._whole(result := self._visit(children[1], item))
                return Listing(result) if isinstance(result, Record) else None
            case "value_projection":
                self._whole(self._visit(children[0], current))
                self._whole(self._visit(children[1], None))
                return None
            case "expref":
                return None  # it is given the items of a list, whatever they are
        for child in children:
            self._whole(self._visit(child, current))
        return None

    def _field(self, word: str, current: Shape) -> Shape:
        if isinstance(current, Listing):
            self._wrong(f"{current.item.called} is a list, which has no {word!r}; write [] or [0] behind it")
        if not isinstance(current, Record):
            return None
        if word not in current.fields:
            self._wrong(f"there is no {word!r} in {current.called}", did_you_mean(word, current.fields))
            return None
        self.mentioned.add((*current.words, word))
        return current.fields[word]

    def _whole(self, shape: Shape) -> None:
        """Mark everything in *shape* as used: nobody follows any more what becomes of it."""
        record = shape.item if isinstance(shape, Listing) else shape
        if record is not None:
            for word, inner in record.fields.items():
                self.mentioned.add((*record.words, word))
                self._whole(inner)

    def _wrong(self, message: str, hint: str = "") -> None:
        self.mistakes.append((message, hint))


def nodes_of_tree(tree: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    """Yield every expression of a `Tree`, after the place where it stands."""
    if isinstance(tree, str):
        yield path, parse_expression(tree)
    elif isinstance(tree, Mapping):
        for key, inner in tree.items():
            yield from nodes_of_tree(inner, (*path, key))
    elif isinstance(tree, list | tuple):
        for index, inner in enumerate(tree):
            yield from nodes_of_tree(inner, (*path, index))


def nodes_of_template(text: str) -> Iterator[Node]:
    """Yield every expression of a `Template`."""
    return (piece for piece in parse_template(text) if not isinstance(piece, str))
