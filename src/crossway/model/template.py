"""The language of templates: what of Jinja a template may say, so that none runs long, grows or reaches out.

Law: a template that `read_template` accepts has values, conditions and loops over what there is. It defines nothing
that can call itself, keeps nothing from one turn of a loop to the next, and loads nothing. And what it inserts goes
through a filter that knows where it goes: into JSON, inside or outside of quotes, into markup, or into plain text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jinja2 import nodes

TEMPLATE_LENGTH: Final = 65_536
"""How many characters a template may have."""

FILTERS: Final = frozenset(
    {"abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "groupby", "int"}
    | {"items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace"}
    | {"reverse", "round", "select", "selectattr", "sort", "string", "striptags", "sum", "title", "tojson", "trim"}
    | {"truncate", "unique", "upper", "urlencode", "wordcount"}
)
"""The filters of Jinja that templates may use: those whose result is about as large as what they are given."""

TEXT_METHODS: Final = frozenset(
    {"capitalize", "casefold", "count", "endswith", "find", "isalnum", "isalpha", "isdecimal", "isdigit", "islower"}
    | {"isnumeric", "isspace", "isupper", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "rpartition"}
    | {"rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper"}
)
"""The methods of texts that templates may call, for the same reason."""

VARIABLES: Final = frozenset({"body", "consumer", "headers", "method", "path", "query", "status"})
"""What a template is told; `status` only by an answer."""

INSIDE, OUTSIDE, MARKUP, PLAIN = "_inside", "_outside", "_markup", "_plain"
"""The filters through which a value is inserted: inside of quotes in JSON, outside of them, and elsewhere."""

_STATEMENTS: Final = frozenset({"Template", "Output", "For", "If", "Assign"})
_EXPRESSIONS: Final = frozenset(
    {"TemplateData", "Name", "Const", "Tuple", "List", "Dict", "Pair", "Keyword", "Getattr", "Getitem", "Slice"}
    | {"Filter", "Test", "Call", "CondExpr", "Compare", "Operand", "Concat", "And", "Or", "Not", "Neg", "Pos", "Add"}
    | {"Sub", "Mul", "Div", "FloorDiv", "Mod"}
)
_WORDS: Final = {"FromImport": "import", "AssignBlock": "set ... endset", "CallBlock": "call", "FilterBlock": "filter"}
_LOOP_METHODS: Final = frozenset({"cycle"})


def inserted_into(content_type: str) -> str:
    """Return the filter for what is inserted into a body of this type; `OUTSIDE` for JSON, which has `INSIDE` too."""
    if re.search(r"[/+]json$", content_type):
        return OUTSIDE
    return MARKUP if re.search(r"/html$|[/+]xml$", content_type) else PLAIN


def read_template(text: str, content_type: str) -> tuple[nodes.Template, frozenset[str]]:
    """Return the template *text* for a body of this type, parsed, and the variables that it uses.

    `ValueError` says what is wrong with it, and in which line. https://jinja.palletsprojects.com/en/stable/templates/
    has the language, of which this is a part.
    """
    from jinja2 import Environment, TemplateError, nodes  # 4 MB that few programs need

    if len(text) > TEMPLATE_LENGTH:
        raise ValueError(f"a template has at most {TEMPLATE_LENGTH} characters")
    try:
        tree = Environment(autoescape=True, keep_trailing_newline=True).parse(text)
        for node in tree.find_all(nodes.Node):
            if problem := _problem(node):
                raise ValueError(f"line {node.lineno} of the template: {problem}")
        used = _variables(tree)
        if unknown := sorted(used - VARIABLES):
            raise ValueError(f"a template has no variable {unknown[0]!r}; it has {', '.join(sorted(VARIABLES))}")
        if _mark(tree.body, inserted_into(content_type), inside=False):
            raise ValueError("the template opens a quote and does not close it")
    except TemplateError as error:
        raise ValueError(f"line {getattr(error, 'lineno', 1)} of the template: {error.message}") from None
    except RecursionError:
        raise ValueError("the template is nested too deeply") from None
    return tree, used


def _variables(tree: nodes.Template) -> frozenset[str]:
    """Return the names that *tree* uses and does not set. Jinja's own function computes constants: `'x' * 10 ** 10`."""
    from jinja2 import nodes

    names = list(tree.find_all(nodes.Name))
    stored = {name.name for name in names if name.ctx == "store"} | {"loop", "range"}
    return frozenset(name.name for name in names) - stored


def _problem(node: nodes.Node) -> str:
    """Return what a template may not do of what *node* says; nothing if it may."""
    from jinja2 import nodes

    name = type(node).__name__
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return f"templates have no filter {node.name!r}"
    if isinstance(node, nodes.Test) and node.name not in _tests():
        return f"templates have no test {node.name!r}"
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        return f"the name {node.name!r} begins with an underscore"
    if isinstance(node, nodes.For) and node.recursive:
        return "a loop cannot be recursive"
    if isinstance(node, nodes.Call):
        called = node.node
        method = isinstance(called, nodes.Getattr) and called.attr in TEXT_METHODS | _LOOP_METHODS
        if not (method or (isinstance(called, nodes.Name) and called.name == "range")):
            return "only range() and some methods of texts can be called; filters do the rest, as body | items does"
    if isinstance(node, nodes.Call | nodes.Filter | nodes.Test) and (node.dyn_args or node.dyn_kwargs):
        return "arguments are listed one by one"
    if isinstance(node, nodes.Stmt | nodes.Template):
        return "" if name in _STATEMENTS else f"templates have no {_WORDS.get(name, name.lower())!r} statement"
    if isinstance(node, nodes.Expr | nodes.Helper) and name not in _EXPRESSIONS:
        return f"templates have no {name.lower()!r} expression"
    return ""


@cache
def _tests() -> frozenset[str]:
    from jinja2.tests import TESTS

    return frozenset(TESTS)


def _mark(statements: list[nodes.Node], into: str, *, inside: bool) -> bool:
    """Let what *statements* insert go through its filter; return whether they end inside of quotes."""
    from jinja2 import nodes

    for node in statements:
        if isinstance(node, nodes.Output):
            for index, part in enumerate(node.nodes):
                if not isinstance(part, nodes.TemplateData):
                    through = INSIDE if inside else into
                    node.nodes[index] = nodes.Filter(part, through, [], [], None, None, lineno=part.lineno)
                elif into == OUTSIDE:
                    inside = _ends_inside(part, inside=inside)
        elif isinstance(node, nodes.If | nodes.For):
            branches = [node.body, node.else_]
            if isinstance(node, nodes.If):
                branches += [branch.body for branch in node.elif_]
            for branch in branches:
                if _mark(branch, into, inside=inside) != inside:
                    raise ValueError(
                        f"line {node.lineno} of the template: what begins inside of quotes has to end inside of them, "
                        "in each branch of a condition and each turn of a loop"
                    )
    return inside


_QUOTED: Final = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
_UNQUOTED: Final = re.compile(r'[^"]*')


def _ends_inside(part: nodes.TemplateData, *, inside: bool) -> bool:
    """Return whether *part*, a piece of JSON that may begin inside of quotes, ends inside of them."""
    text, at = part.data, 0
    while True:
        found = (_QUOTED if inside else _UNQUOTED).match(text, at)
        at = found.end() if found else at
        if at == len(text):
            return inside
        if text[at] != '"':
            raise ValueError(f"line {part.lineno} of the template: nothing can be inserted behind a backslash")
        inside = not inside
        at += 1
