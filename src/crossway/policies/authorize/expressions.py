"""Expressions in CEL: checked where they are written, and turned into what the proxy can work out.

https://github.com/google/cel-spec/blob/master/doc/langdef.md and, for the variables,
https://www.envoyproxy.io/docs/envoy/v1.39.3/intro/arch_overview/advanced/attributes

Names such as `claims` and `consumer` are ours: they are replaced by the place where the proxy keeps them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from crossway.compile import identity
from crossway.model import did_you_mean
from crossway.model.path import check_regex
from crossway.protos.cel import expr as cel_v1
from crossway.protos.google import protobuf

if TYPE_CHECKING:
    from cel_expr_python.cel import Env

_TEXTS: Final = (
    *("consumer", "plan", "credential"),
    *("request.path", "request.url_path", "request.query", "request.host", "request.method", "request.scheme"),
    *("request.protocol", "request.id", "source.address"),
    *("connection.tls_version", "connection.requested_server_name", "connection.subject_peer_certificate"),
    *("connection.uri_san_peer_certificate", "connection.dns_san_peer_certificate"),
    "connection.sha256_peer_certificate_digest",
)
_LISTS: Final = {"groups": identity.GROUPS, "tags": identity.TAGS}
_HEADERS: Final = {"consumer": identity.CONSUMER, "plan": identity.PLAN, "credential": identity.CREDENTIAL}
_CLAIMS: Final = "metadata.filter_metadata['{}']['{}']".format(*identity.CLAIMS)
_NAMES: Final[Mapping[str, str]] = {
    "claims": _CLAIMS,
    **{name: f"request.headers['{header}']" for name, header in _HEADERS.items()},
}
"""What the names stand for that are replaced wherever they stand."""
_MISSING: Final = {"add_string": "join texts", "add_bytes": "join bytes", "add_list": "join lists"}
_MISSING_CONVERSION: Final = re.compile(r"\w+_to_string")
_ERROR: Final = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)' \(in container ''\)")


class _Read(NamedTuple):
    expression: cel_v1.ParsedExpr
    checked: cel_v1.CheckedExpr
    result: str


def check_expression(text: str) -> str:
    """Return *text* if it is an expression that the proxy can work out, and that is true or false."""
    compile_expression(text)
    return text


@lru_cache(maxsize=1024)
def compile_expression(text: str) -> cel_v1.Expr:
    """Return the expression *text* as the proxy takes it; nobody may change it. `ValueError` says what is wrong."""
    read = _read(text)
    for node in _nodes(read.expression.expr):
        wrong = _wrong(node, read.checked)
        if wrong:
            raise ValueError(f"{wrong}, at character {read.expression.source_info.positions[node.id] + 1}")
    if read.result not in ("BOOL", "DYN"):
        raise ValueError(f"the expression is {read.result.lower()}, where it has to be true or false")
    return _placed(read.expression.expr)


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> cel_v1.Expr:
    """Return *text*, which is ours and right, as the proxy takes it; nobody may change it."""
    return _numbered(_parse(text).expr)


def negated(expression: cel_v1.Expr) -> cel_v1.Expr:
    """Return what is true exactly where *expression* is false, and fails where it fails."""
    call = cel_v1.Expr.Call(function="!_", args=[expression])
    return _numbered(cel_v1.Expr(call_expr=call))


def path_matches(regex: str) -> cel_v1.Expr:
    """Return what is true where the path without the query matches *regex* as a whole."""
    request = cel_v1.Expr(ident_expr=cel_v1.Expr.Ident(name="request"))
    path = cel_v1.Expr(select_expr=cel_v1.Expr.Select(operand=request, field="url_path"))
    pattern = cel_v1.Expr(const_expr=cel_v1.Constant(string_value=rf"\A(?:{regex})\z"))
    return _numbered(cel_v1.Expr(call_expr=cel_v1.Expr.Call(function="matches", target=path, args=[pattern])))


@lru_cache(maxsize=1)
def _environment() -> Env:
    """Return what checks expressions. Few configurations have any: only they pay for it, with 3 ms and 8 MB."""
    from cel_expr_python import cel

    kind = cel.Type
    variables = {
        **dict.fromkeys(_TEXTS, kind.STRING),
        **dict.fromkeys(_LISTS, kind.List(kind.STRING)),
        "claims": kind.Map(kind.STRING, kind.DYN),
        "request.headers": kind.Map(kind.STRING, kind.STRING),
        "request.time": kind.TIMESTAMP,
        "request.size": kind.INT,
        "source.port": kind.INT,
        "connection.mtls": kind.BOOL,
    }
    return cel.NewEnv(variables=variables)


def _parse(text: str) -> cel_v1.ParsedExpr:
    serialized = _environment().compile(text, disable_check=True).serialize()
    return cel_v1.ParsedExpr.FromString(protobuf.Any.FromString(serialized).value)


def _read(text: str) -> _Read:
    try:
        checked = _environment().compile(text)
        parsed = _parse(text)
    except RuntimeError as error:
        raise ValueError(_reason(str(error))) from None
    content = protobuf.Any.FromString(checked.serialize()).value
    return _Read(parsed, cel_v1.CheckedExpr.FromString(content), checked.return_type().name())


def _reason(error: str) -> str:
    """Return what CEL says of an expression, without its picture."""
    found = _ERROR.search(error)
    if not found:
        return error.partition(": ")[2].partition(" [")[0]
    line, column, message = found.groups()
    place = f"character {column}" if line == "1" else f"line {line}, character {column}"
    if unknown := _UNDECLARED.fullmatch(message):
        hint = did_you_mean(unknown[1], [*_TEXTS, *_LISTS, "claims", "request.headers", "request.time"])
        return f"there is no {unknown[1]!r}, at {place}" + (f"; {hint}" if hint else "")
    return f"{message}, at {place}"


def _wrong(node: cel_v1.Expr, checked: cel_v1.CheckedExpr) -> str:
    """Return what the proxy cannot do with *node*, which is right by the rules of CEL; empty if it can."""
    if node.HasField("comprehension_expr"):
        return "the proxy has no loops: all, exists, exists_one, map and filter"
    overloads = set(checked.reference_map[node.id].overload_id) if node.id in checked.reference_map else set()
    for overload in overloads if len(overloads) == 1 else ():
        if overload in _MISSING:
            return f"the proxy cannot {_MISSING[overload]}"
        if _MISSING_CONVERSION.fullmatch(overload):
            return "the proxy cannot turn values into texts"
    if node.call_expr.function == "matches" and node.call_expr.args[-1].HasField("const_expr"):
        return _wrong_regex(node.call_expr.args[-1].const_expr.string_value)
    return ""


def _wrong_regex(pattern: str) -> str:
    try:
        check_regex(pattern)
    except ValueError as error:
        return str(error)
    return ""


def _placed(expression: cel_v1.Expr) -> cel_v1.Expr:
    """Return *expression* with our names replaced; `ValueError` for a list that is asked for anything but a member."""
    placed = cel_v1.Expr()
    placed.CopyFrom(expression)
    _place(placed)
    return _numbered(placed)


def _place(node: cel_v1.Expr) -> None:
    """Put what our names stand for into their places; a dot before a name says that it is no part of another one."""
    name, call = node.ident_expr.name.removeprefix("."), node.call_expr
    if name in _NAMES:
        node.CopyFrom(parse_expression(_NAMES[name]))
    elif name in _LISTS:
        raise ValueError(f'{name} can only be asked for a member that is written out, as in "gold" in {name}')
    elif call.function == "@in" and call.args[1].ident_expr.name in _LISTS and call.args[0].HasField("const_expr"):
        node.CopyFrom(_member(call.args[0].const_expr.string_value, _LISTS[call.args[1].ident_expr.name]))
    elif name:
        node.ident_expr.name = name
    else:
        for child in _children(node):
            _place(child)


def _member(name: str, header: str) -> cel_v1.Expr:
    pattern = json.dumps(f"(^|,){re.escape(name)}(,|$)")
    return parse_expression(f"'{header}' in request.headers && request.headers['{header}'].matches({pattern})")


def _numbered(expression: cel_v1.Expr) -> cel_v1.Expr:
    """Return *expression* with a number of its own for each part, which evaluation counts on."""
    numbered = cel_v1.Expr()
    numbered.CopyFrom(expression)
    for number, node in enumerate(_nodes(numbered), start=1):
        node.id = number
    return numbered


def _nodes(node: cel_v1.Expr) -> Iterator[cel_v1.Expr]:
    """Yield *node* and all below it, each before what it is made of."""
    yield node
    for child in _children(node):
        yield from _nodes(child)


def _children(node: cel_v1.Expr) -> Iterator[cel_v1.Expr]:
    """Yield what *node* is made of; of a loop, which the proxy has not, nothing."""
    match node.WhichOneof("expr_kind"):
        case "select_expr":
            yield node.select_expr.operand
        case "call_expr":
            if node.call_expr.HasField("target"):
                yield node.call_expr.target
            yield from node.call_expr.args
        case "list_expr":
            yield from node.list_expr.elements
        case "struct_expr":
            for entry in node.struct_expr.entries:
                if entry.HasField("map_key"):
                    yield entry.map_key
                yield entry.value
