"""Endpoints of bridges, compiled: no two answer the same requests, and what their expressions mention is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from crossway.model import FieldPath, Finding
from crossway.model.endpoint import CallingEndpoint, clash, variables
from crossway.model.expression import Node, Reading, Record, Shape, nodes_of_template, nodes_of_tree

CONSUMER: Final = Record(("consumer",), dict.fromkeys(("name", "groups")), "consumer")
"""What expressions see of who asks."""
_REQUEST: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(("path", "query", "headers", "body", "method")),
    "consumer": CONSUMER,
}


_Place: TypeAlias = "tuple[FieldPath, Mapping[str, Shape], Node]"


def endpoints_mistake(
    endpoints: Mapping[str, CallingEndpoint], headers: Mapping[str, str], path: str = "/"
) -> Finding | None:
    """Return the first thing that is wrong with *endpoints*, or with the *headers* and the *path* of their calls."""
    if two := clash(endpoints):
        message = f"the endpoints {two[0]} and {two[1]} answer the same requests"
        return Finding("endpoint.clash", message, path=("endpoints", two[1], "path"))
    for where, known, node in (*_of_calls(headers, path), *_of_endpoints(endpoints)):
        reading = Reading(Record((), known, "expressions of a call"))
        reading.read(node)
        for message, hint in reading.mistakes:
            return Finding("operation.unknown_name", message, path=where, hint=hint)
    return None


def _of_calls(headers: Mapping[str, str], path: str) -> Iterator[_Place]:
    for node in nodes_of_template(path):
        yield ("path",), _REQUEST, node
    for name, text in headers.items():
        for node in nodes_of_template(text):
            yield ("headers", name), _REQUEST, node


def _of_endpoints(endpoints: Mapping[str, CallingEndpoint]) -> Iterator[_Place]:
    for name, endpoint in endpoints.items():
        path = Record(("path",), dict.fromkeys(variables(endpoint.path)), "path, which has the variables of the path")
        known = {**_REQUEST, "path": path}
        for field, seen in (("params", known), ("answer", {**known, "result": None})):
            for where, node in nodes_of_tree(getattr(endpoint, field), (field,)):
                yield ("endpoints", name, *where), seen, node
