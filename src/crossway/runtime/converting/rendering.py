"""Templates, compiled once and filled for each message."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import TemplateError, nodes
from jinja2.visitor import NodeTransformer

from crossway.model.template import OUTSIDE, inserted_into, read_template
from crossway.model.transformation import Template
from crossway.runtime.converting.document import read_json
from crossway.runtime.converting.refusal import Refusal, short, too_large
from crossway.runtime.converting.sandbox import COUNTED, JOINED, NAME, TURNS, Environment, Work


class _Counting(NodeTransformer):
    """Makes a template count its work."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802
        """Let a loop count each of its turns."""
        weight = 1 + sum(1 for _ in node.find_all(nodes.Node))
        self.generic_visit(node)
        assert isinstance(node.iter, nodes.Expr)
        node.iter = _through(TURNS, node.iter, nodes.Const(weight))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802
        """Let `~` count the text that it makes."""
        self.generic_visit(node)
        return _through(JOINED, nodes.List(node.nodes, lineno=node.lineno))

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:  # noqa: N802
        """Let a comparison count what it looks at."""
        self.generic_visit(node)
        for operand in node.ops:
            operand.expr = _through(COUNTED, operand.expr)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Test:  # noqa: N802
        """Let a test count what it looks at."""
        self.generic_visit(node)
        if node.args:
            assert isinstance(node.node, nodes.Expr)
            node.node = _through(COUNTED, node.node)
            node.args = [_through(COUNTED, argument) for argument in node.args]
        return node

    def visit_List(self, node: nodes.List) -> nodes.List:  # noqa: N802
        """Let a list count what is put into it: `[a, a]`, a few times over, is more than memory holds."""
        self.generic_visit(node)
        node.items = [_through(COUNTED, item) for item in node.items]
        return node

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Tuple:  # noqa: N802
        """Let a tuple count what is put into it, unless it is one of names that are set."""
        self.generic_visit(node)
        if node.ctx == "load":
            node.items = [_through(COUNTED, item) for item in node.items]
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Pair:  # noqa: N802
        """Let an object count what is put into it."""
        self.generic_visit(node)
        node.value = _through(COUNTED, node.value)
        return node


def _through(name: str, value: nodes.Expr, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(arguments), [], None, None, lineno=value.lineno)


class Rendering:
    """A template, compiled once."""

    def __init__(self, settings: Template) -> None:
        tree, self.used = read_template(settings.text, settings.content_type)
        into = inserted_into(settings.content_type)
        environment = Environment(into)
        counting: nodes.Template = _Counting().visit(tree)
        counting.set_environment(environment)
        code = environment.compile(counting, "template")
        self._template = environment.template_class.from_code(environment, code, environment.globals)
        self._max_size = settings.max_size
        self._is_json = into == OUTSIDE

    def render(self, variables: Mapping[str, object], max_depth: int) -> bytes:
        """Return the body; a `Refusal` if that cannot be made, or is no JSON where it should be."""
        context = self._template.new_context({**variables, NAME: Work(self._max_size)})
        pieces: list[str] = []
        left = self._max_size
        try:
            for piece in self._template.root_render_func(context):
                left -= len(piece)
                if left < 0:
                    raise too_large("the template makes a body that is too large")
                pieces.append(piece)
        except TemplateError as error:
            raise Refusal("transform.template", f"the template cannot be filled: {error}"[:300]) from None
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
            if isinstance(error, Refusal):
                raise
            raise Refusal("transform.template", f"the template cannot be filled: {short(str(error))}") from None
        body = "".join(pieces).encode()
        if self._is_json:
            try:
                read_json(body, max_depth)
            except Refusal as refusal:
                raise Refusal("transform.template", f"the template makes no JSON: {refusal.detail}") from None
        return body
