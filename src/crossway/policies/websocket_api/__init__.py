"""WebSocket API: the messages of WebSocket clients become calls of services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crossway.compile.contract import Fragment, Policy, Site, Stage, Target, step
from crossway.compile.operations import compile_operation
from crossway.model import Finding
from crossway.model.expression import Node, Reading, Record, Shape, nodes_of_template, nodes_of_tree
from crossway.model.operation import Called, Operation
from crossway.model.websocket_api import KNOWN, CompiledApi, WebSocketApi


def compile_websocket_api(spec: WebSocketApi, site: Site) -> Fragment | Finding:
    """Return the step that answers clients, or the first thing that an expression mentions and is not there."""
    calls: dict[str, Called] = {}
    keeps_headers = False
    for name, operation, known, where in spec.operations():
        called = compile_operation(operation, known, site, where)
        if isinstance(called, Finding):
            return called
        calls[name] = called
        keeps_headers |= _reads_headers(operation, known)
    for place, text in enumerate(spec.groups):
        reading = Reading(Record((), KNOWN, "the name of a group"))
        for node in nodes_of_template(text):
            reading.read(node)
        for message, hint in reading.mistakes:
            return Finding("operation.unknown_name", message, path=("groups", place), hint=hint)
    settings = CompiledApi(name=str(site.about), spec=spec.settings(), calls=calls, keeps_headers=keeps_headers)
    return Fragment(steps=(step("websocket_api", settings),))


def _reads_headers(operation: Operation, known: Mapping[str, Shape]) -> bool:
    """Return whether an expression of *operation* reads the headers of the request that opened a connection."""
    reading = Reading(Record((), {**known, **dict.fromkeys(("status", "headers", "body"))}))
    for node in _nodes(operation):
        reading.read(node)
    return ("connection", "headers") in reading.mentioned


def _nodes(operation: Operation) -> Iterator[Node]:
    yield from nodes_of_template(operation.path or "")
    for _, node in (*operation.expressions(), *nodes_of_tree(operation.answer)):
        yield node


POLICY = Policy(
    spec=WebSocketApi,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_websocket_api,
    defined=True,
)
