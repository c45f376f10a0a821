"""Expressions, ready to be evaluated, with a bound on what one request may spend on them.

Law: what a backend says decides no more than a value. It is bounded in size, and gets out of no text it is put into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import msgspec
from jmespath.functions import Functions
from jmespath.visitor import Options, TreeInterpreter

from crossway.model.expression import Node, parse_expression, parse_template
from crossway.model.values import HEADER_BYTES

MOST_VALUES: Final = 200_000
"""The values that all expressions of one request may look at: some 50 ms."""
_GLUE: Final = 64
"""How many characters between joined texts count as one value."""


class UnfitError(Exception):
    """An expression gives what cannot be used, or nothing at all."""


class Interpreter(TreeInterpreter):
    """Evaluates the expressions of one request."""

    def __init__(self) -> None:
        super().__init__(Options(custom_functions=_Functions(self)))
        self.left = MOST_VALUES

    def visit(self, node: Any, *args: Any, **_: Any) -> Any:  # noqa: ANN401
        """Return what *node* gives."""
        return _METHODS[node["type"]](self, node, *args)

    def charge(self, values: int) -> None:
        """Count *values* that are looked at."""
        self.left -= values
        if self.left < 0:
            raise UnfitError(f"the expressions look at more than {MOST_VALUES} values")

    def visit_field(self, node: Any, value: Any) -> Any:  # noqa: ANN401
        """Return the field of an object."""
        self.charge(1)
        return value.get(node["value"]) if isinstance(value, dict) else None

    def visit_identity(self, node: Any, value: Any) -> Any:  # noqa: ANN401, ARG002
        """Return an item of a projection as it is."""
        self.charge(1)
        return value

    def visit_current(self, node: Any, value: Any) -> Any:  # noqa: ANN401
        """Return what the expression is given."""
        return self.visit_identity(node, value)

    def visit_flatten(self, node: Any, value: Any) -> Any:  # noqa: ANN401
        """Return a list of lists as one."""
        flat = super().visit_flatten(node, value)
        self.charge(len(flat or ()))
        return flat


_METHODS: Final = {
    name.removeprefix("visit_"): getattr(Interpreter, name) for name in dir(Interpreter) if name.startswith("visit_")
}


class _Functions(Functions):
    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    def call_function(self, function_name: str, resolved_args: Any) -> Any:  # noqa: ANN401
        items = sum(len(argument) for argument in resolved_args if isinstance(argument, list | dict))
        if function_name == "join" and isinstance(resolved_args[0], str):
            items += items * len(resolved_args[0]) // _GLUE
        self._interpreter.charge(items)
        return super().call_function(function_name, resolved_args)


Context: TypeAlias = "dict[str, object]"
"""What expressions see, by its first word."""
Compute = Callable[[Context, Interpreter], object]
"""Evaluates something; raises `UnfitError`."""


def expression(text: str) -> Compute:
    """Return what evaluates an expression."""
    return _evaluating(parse_expression(text))


def _evaluating(node: Node) -> Compute:
    """Return what evaluates an expression: what only follows fields or collects such in an object, without a visit."""
    if words := _words(node):
        return _following(words)
    if node["type"] == "multi_select_dict":
        fields = [(child["value"], _evaluating(child["children"][0])) for child in node["children"]]
        return lambda context, interpreter: {name: inner(context, interpreter) for name, inner in fields}

    def evaluate(context: Context, interpreter: Interpreter) -> object:
        try:
            return interpreter.visit(node, context)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise UnfitError(f"an expression cannot be evaluated: {_reason(error)}") from None
        except RecursionError:
            raise UnfitError("an expression is given too much that stands inside one another") from None

    return evaluate


def _reason(error: Exception) -> str:
    """Return what went wrong, without the value: that may be a secret."""
    function = getattr(error, "function_name", None)
    return f"{function}() is given another type" if function else "its operands do not fit"


def _words(node: Node) -> tuple[str, ...]:
    """Return the words of an expression that only follows fields, `steps.user.body.id`; nothing for all others."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "subexpression":
        parts = [_words(child) for child in node["children"]]
        return tuple(word for part in parts for word in part) if all(parts) else ()
    return ()


def _following(words: tuple[str, ...]) -> Compute:
    first, *others = words

    def follow(context: Context, _: Interpreter) -> object:
        value = context.get(first)
        for word in others:
            value = value.get(word) if isinstance(value, dict) else None
        return value

    return follow


def tree(value: object) -> Compute:
    """Return what evaluates a value with expressions in it."""
    if isinstance(value, str):
        return expression(value)
    if isinstance(value, Mapping):
        fields = [(name, tree(inner)) for name, inner in value.items()]
        return lambda context, interpreter: {name: inner(context, interpreter) for name, inner in fields}
    if isinstance(value, list | tuple):
        items = [tree(inner) for inner in value]
        return lambda context, interpreter: [inner(context, interpreter) for inner in items]
    return lambda _, __: value


class Pattern:
    """A text with expressions in it."""

    __slots__ = ("_pieces", "_single")

    def __init__(self, text: str) -> None:
        self._pieces = [piece if isinstance(piece, str) else _evaluating(piece) for piece in parse_template(text)]
        first = self._pieces[0] if len(self._pieces) == 1 else None
        self._single = first if not isinstance(first, str) else None

    def values(self, context: Context, interpreter: Interpreter) -> object:
        """Return what its expression gives, if the text is nothing else, or the text."""
        return self.fill(context, interpreter) if self._single is None else self._single(context, interpreter)

    def fill(self, context: Context, interpreter: Interpreter, escape: Callable[[str], str] = str) -> str | None:
        """Return the text; `None` if one of its expressions gives nothing."""
        parts: list[str] = []
        for piece in self._pieces:
            if isinstance(piece, str):
                parts.append(piece)
            elif (value := as_text(piece(context, interpreter))) is not None:
                parts.append(escape(value))
            else:
                return None
        return "".join(parts)


def as_text(value: object) -> str | None:
    """Return a text, a number or a truth value as text; `None` for nothing."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool | int | float):
        return encode(value).decode()
    raise UnfitError(f"{'a list' if isinstance(value, list) else 'an object'} is no text")


def encode(value: object) -> bytes:
    """Return *value* as JSON."""
    try:
        return _encode(value)
    except (TypeError, ValueError, OverflowError):
        raise UnfitError("a value cannot be written as JSON") from None
    except RecursionError:
        raise UnfitError("too much stands inside one another") from None


_encode: Final = msgspec.json.Encoder().encode

_UPWARDS: Final = re.compile(r"(^|[/\\])\.{1,2}([/\\]|$)")


def segment(text: str) -> str:
    """Return *text* as a piece of a path that stays within its segment (RFC 3986, section 3.3)."""
    if not text:
        raise UnfitError("a piece of the path is empty")
    if "." in text and _UPWARDS.search(text):
        raise UnfitError("a piece of the path leads to another place")
    return escaped(text)


def escaped(text: str) -> str:
    """Return *text* with everything escaped that means something in a path or a query."""
    return text if text.isascii() and text.isalnum() else quote(text, safe="")


_HEADER: Final = re.compile(r"[\t\x20-\x7e]*")


def header_value(text: str) -> str:
    """Return *text*, which can be the value of a header: one line of ASCII (RFC 9110, section 5.5)."""
    if len(text) > HEADER_BYTES:
        raise UnfitError(f"the value of a header has more than {HEADER_BYTES} characters")
    if not _HEADER.fullmatch(text):
        raise UnfitError("the value of a header has control characters, or others beyond ASCII")
    return text


def is_true(value: object) -> bool:
    """Return whether JMESPath takes *value* for true: it is there, not `false` and not empty; 0 is true."""
    return value is not None and value is not False and value not in ("", [], {})
