"""Find every finding code in the source: the first argument of each ``Finding(...)``.

A code is a literal, or an argument of a function that makes the finding; then the literals are looked for where that
function is called: in its own module if its name begins with an underscore, else in all of them. Anything else cannot
be told without running it, and is refused: whoever reads ``route.overlap`` in a terminal finds it by searching the
source.

::

    python tools/codes.py    print the codes, and where each is made
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src/crossway"

Function = ast.FunctionDef | ast.AsyncFunctionDef


class UnclearError(Exception):
    """A code that is not written down."""


def codes() -> dict[str, set[str]]:
    """Return each code with the modules that make it."""
    found: dict[str, set[str]] = {}
    trees = {module: ast.parse(module.read_text()) for module in sorted(SOURCE.rglob("*.py"))}
    for module in trees:
        for code in _codes_in(module, trees):
            found.setdefault(code, set()).add(str(module.relative_to(SOURCE.parents[1])))
    return dict(sorted(found.items()))


def _codes_in(module: Path, trees: Mapping[Path, ast.Module]) -> Iterator[str]:
    tree = trees[module]
    for scope in [tree, *(node for node in ast.walk(tree) if isinstance(node, Function))]:
        for call in _calls(scope, "Finding"):
            try:
                code = call.args[0] if call.args else _keyword(call, "code")
                yield from (text for text in _texts(code, scope, [tree, *trees.values()]) if text)
            except UnclearError as error:
                raise UnclearError(f"{module}:{call.lineno}: {error}") from None


def _texts(code: ast.expr, scope: ast.AST, trees: Sequence[ast.Module]) -> Iterator[str]:
    """Yield what the expression *code* in *scope* can be; the first of *trees* is its own."""
    match code:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one, scope, trees)
            yield from _texts(other, scope, trees)
        case ast.JoinedStr(values=[ast.Constant(value=str(head)), ast.FormattedValue(value=tail)]):
            yield from (head + text for text in _texts(tail, scope, trees))
        case ast.Name(id=name) if isinstance(scope, Function) and name in _parameters(scope):
            index, called = _parameters(scope).index(name), False
            for tree in trees[:1] if scope.name.startswith("_") else trees[1:]:
                for caller in [tree, *(node for node in ast.walk(tree) if isinstance(node, Function))]:
                    for call in _calls(caller, scope.name):
                        called = True
                        argument = call.args[index] if index < len(call.args) else _keyword(call, name)
                        yield from _texts(argument, caller, [tree, *trees[1:]])
            if not called:
                raise UnclearError(f"nobody calls {scope.name}, which takes the code {name}")
        case _:
            raise UnclearError(f"the code {ast.unparse(code)} is not written down")


def _calls(scope: ast.AST, name: str) -> Iterator[ast.Call]:
    """Yield the calls of *name* in *scope*, leaving out the functions in it."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, Function):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node
        yield from _calls(node, name)


def _parameters(function: Function) -> list[str]:
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]


def _keyword(call: ast.Call, name: str) -> ast.expr:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    raise UnclearError(f"{ast.unparse(call)} names no code")


if __name__ == "__main__":
    for name, modules in codes().items():
        print(name, *sorted(modules))
