"""The sandbox in which templates are filled: data, filters, and work that is counted.

Work is counted where it is done: each turn of a loop as much as its body has nodes, each filter as much as the items
it is given, each text as much as it is long. The sum is bounded for one rendering, whatever the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import ChainableUndefined, Undefined, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from msgspec import json

from crossway.model.template import FILTERS, INSIDE, MARKUP, OUTSIDE, PLAIN, TEXT_METHODS
from crossway.runtime.converting.document import Value, text_of
from crossway.runtime.converting.refusal import Refusal, too_large

WORK: Final = 1_000_000
"""How much work one rendering may be."""
_LONGEST_RANGE: Final = 10_000
_LARGEST_NUMBER: Final = 2**256
_PER_ITEM: Final = 4
"""How much work it is to sort, group or choose one item."""
_CHARACTERS: Final = 64
"""How many characters are as much work as one item of a list."""


class Work:
    """What one rendering may still do."""

    __slots__ = ("_characters", "_left")

    def __init__(self, max_size: int) -> None:
        self._left = WORK
        self._characters = 4 * max_size

    def done(self, amount: int) -> None:
        """Count *amount*."""
        self._left -= amount
        if self._left < 0:
            raise Refusal("transform.template", "the template does more than a template may", status=500)

    def weigh(self, value: object) -> None:
        """Count everything inside *value*, as often as it stands there."""
        waiting = [value]
        weight = 0
        while waiting:
            item = waiting.pop()
            if isinstance(item, dict):
                weight += len(item) + 1
                waiting += item
                waiting += item.values()
            elif isinstance(item, (list, tuple)):
                weight += len(item) + 1
                waiting += item
            elif isinstance(item, str):
                weight += len(item) // _CHARACTERS
            if weight > self._left:
                break
        self.done(weight + 1)

    def grown(self, size: int) -> None:
        """Count *size* characters that are made, before they are."""
        self._characters -= size
        if self._characters < 0:
            raise too_large("the texts of the template become too large")


NAME: Final = "_work"
"""The variable of a template that holds its `Work`."""
TURNS, COUNTED, JOINED = "_turns", "_counted", "_joined"
"""Filters that a template goes through without having written them: for loops, for what is compared, and for `~`."""


def _work(context: Context) -> Work:
    work = context.parent[NAME]
    assert isinstance(work, Work)
    return work


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value) // _CHARACTERS + 1
    return len(value) + 1 if isinstance(value, list | tuple | Mapping) else 1


class _Json(str):
    """A text that is JSON already."""

    __slots__ = ()


def _insertable(work: Work, value: object) -> Value:
    """Return *value* as JSON can have it; a `Refusal` if it is nothing or no data."""
    work.weigh(value)
    if isinstance(value, Undefined):
        raise Refusal("transform.template", f"the template inserts what is not there: {value._undefined_message}")
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    if isinstance(value, Iterable):
        found = list(value)
        work.weigh(found)
        return found
    raise Refusal("transform.template", f"the template inserts a {type(value).__name__}, which is no text", status=500)


@pass_context
def _inside(context: Context, value: object) -> str:
    return json.encode(_text(_work(context), value)).decode()[1:-1]


@pass_context
def _outside(context: Context, value: object) -> str:
    found = _insertable(_work(context), value)
    if isinstance(found, _Json):
        return found
    return json.encode(str(found) if isinstance(found, str) else found).decode()


@pass_context
def _plain(context: Context, value: object) -> str:
    found = _insertable(_work(context), value)
    return found if isinstance(found, str) else text_of(found)


def _text(work: Work, value: object) -> str:
    """Return *value* as text; `null` is JSON here too."""
    found = _insertable(work, value)
    return str(found) if isinstance(found, str) else json.encode(found).decode()


@pass_context
def _turns(context: Context, value: object, weight: int) -> list[object]:
    """Return the items of a loop whose body has *weight* nodes."""
    items = [] if isinstance(value, Undefined) else list(value) if isinstance(value, Iterable) else None
    if items is None:
        raise Refusal("transform.template", f"a loop goes over a {type(value).__name__}, which has no items")
    _work(context).done(1 + len(items) * weight)
    return items


@pass_context
def _counted(context: Context, value: object) -> object:
    """Return *value*, which is compared, searched, or put into something else."""
    _work(context).weigh(value)
    return value


@pass_context
def _joined(context: Context, values: list[object]) -> str:
    return "".join(_texts(_work(context), values))


def _texts(work: Work, values: Iterable[object]) -> list[str]:
    """Return *values* as texts, each counted before the next one is made."""
    texts: list[str] = []
    for value in values:
        texts.append(_text(work, value))
        work.grown(len(texts[-1]))
    return texts


@pass_context
def _tojson(context: Context, value: object) -> str:
    work = _work(context)
    text = json.encode(_insertable(work, value)).decode()
    work.grown(len(text))
    if not context.environment.autoescape:
        return _Json(text)
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


@pass_context
def _replace(context: Context, value: object, old: str, new: str, count: int = -1) -> str:
    text, old, new = str(value), str(old), str(new)
    times = text.count(old) if count < 0 else min(count, text.count(old))
    _work(context).grown(len(text) + times * len(new))
    return text.replace(old, new, count)


@pass_context
def _join(context: Context, value: object, d: str = "", attribute: str | None = None) -> str:
    items = list(value) if isinstance(value, Iterable) else []
    work = _work(context)
    work.done(len(items) + 1)
    if attribute is not None:
        items = [context.environment.getitem(item, attribute) for item in items]
    work.grown(len(d) * len(items))
    return d.join(_texts(work, items))


def _round(value: float, precision: int = 0, method: str = "common") -> float:
    if abs(precision) > 15:
        raise Refusal("transform.template", "round has a precision of 15 digits at most", status=500)
    found: float = _ROUND(value, precision, method)
    return found


@pass_context
def _sum(context: Context, value: Iterable[object], attribute: str | None = None, start: float = 0) -> float:
    items = list(value)
    _work(context).done(len(items) + 1)
    if attribute is not None:
        items = [context.environment.getitem(item, attribute) for item in items]
    total = start
    for item in items:
        if not isinstance(item, int | float):
            raise Refusal("transform.template", f"sum adds numbers, and not a {type(item).__name__}")
        total += item
    return total


_OWN: Final[Mapping[str, Callable[..., object]]] = {
    INSIDE: _inside,
    OUTSIDE: _outside,
    MARKUP: _plain,
    PLAIN: _plain,
    TURNS: _turns,
    COUNTED: _counted,
    JOINED: _joined,
    "tojson": _tojson,
    "replace": _replace,
    "join": _join,
    "round": _round,
    "sum": _sum,
}
_CHEAP: Final = frozenset({"count", "d", "default", "first", "last", "length"})
"""Filters whose work does not depend on what they are given."""


_SHALLOW: Final = frozenset({"items", "list", "map", "reverse"})
"""Filters that look at no more than the items they are given, and not inside of them."""


def _counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter *function* of Jinja such that it counts what it is given and what it makes."""
    passes = getattr(function, "jinja_pass_arg", None)
    kind = passes.name if passes is not None else ""

    @pass_context
    def counted(context: Context, value: object, *arguments: object, **named: object) -> object:
        work = _work(context)
        if isinstance(value, Iterator | range):
            value = list(value)
        amount = _PER_ITEM * _size(value)
        work.done(amount)
        if name not in _SHALLOW:
            work.weigh(value)
        if name in _CHOOSING:
            for argument in arguments:  # it is compared with each item
                work.done(amount * _size(argument))
        first = {"context": (context,), "environment": (context.environment,), "eval_context": (context.eval_ctx,)}
        result = function(*first.get(kind, ()), value, *arguments, **named)
        if isinstance(result, str):
            work.grown(len(result))
        return result

    return counted


_CHOOSING: Final = frozenset({"reject", "rejectattr", "select", "selectattr"})


class Environment(ImmutableSandboxedEnvironment):
    """Jinja with nothing but data in it."""

    intercepted_binops = frozenset({"+", "*", "%"})

    def __init__(self, into: str) -> None:
        super().__init__(
            autoescape=into == MARKUP,
            undefined=ChainableUndefined,
            keep_trailing_newline=True,
            cache_size=0,
            optimized=False,  # to compute constants is work too
        )
        filters = {name: self.filters[name] for name in FILTERS}
        self.filters = {
            name: function if name in _CHEAP else _counting(name, function) for name, function in filters.items()
        } | dict(_OWN)
        self.globals = {"range": _range}

    def getattr(self, obj: object, attribute: str) -> object:
        """Return what a dot means: a key of an object, a method of a text, something about a loop or a group."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, str):
            known = attribute in TEXT_METHODS
        else:
            known = isinstance(obj, LoopContext) and not attribute.startswith("_")
            known = known or (isinstance(obj, tuple) and attribute in ("grouper", "list"))
        if known:
            return getattr(obj, attribute)
        return obj if isinstance(obj, Undefined) else self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """Return what brackets mean: a key of an object, an item of a list, a character of a text."""
        try:
            if isinstance(obj, Mapping | list | tuple | str):
                return obj[argument]  # type: ignore[call-overload,index]
        except (LookupError, TypeError):
            if isinstance(obj, tuple) and isinstance(argument, str):
                return self.getattr(obj, argument)
        return obj if isinstance(obj, Undefined) else self.undefined(obj=obj, name=str(argument))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Return what an operator gives that could make much of little."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "+" and not numbers:
            work = _work(context)
            if isinstance(left, str) and isinstance(right, str):
                work.grown(len(left) + len(right))
                return left + right
            if isinstance(left, list) and isinstance(right, list):
                work.done(len(left) + len(right))
                return left + right
        if not numbers:
            raise Refusal("transform.template", f"{operator} is for numbers, and + for texts and lists too")
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int) and abs(result) > _LARGEST_NUMBER:
            raise Refusal("transform.template", "a number of the template becomes too large")
        return result

    def call(self, context: Context, function: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        """Return what a method or `range` gives."""
        if isinstance(function, Undefined):
            raise Refusal("transform.template", f"the template calls what is not there: {function._undefined_message}")
        owner = getattr(function, "__self__", None)
        work = _work(context)
        work.done(_size(owner))
        result = super().call(context, function, *arguments, **named)
        if isinstance(result, str):
            work.grown(len(result))
        elif isinstance(result, list | range):
            work.done(len(result))
        return result


_ROUND: Final[Callable[..., Any]] = ImmutableSandboxedEnvironment().filters["round"]


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _LONGEST_RANGE:
        raise Refusal("transform.template", f"range has {_LONGEST_RANGE} numbers at most")
    return found
