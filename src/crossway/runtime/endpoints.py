"""Endpoints at work: which of them a request is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import unquote

from crossway.model.endpoint import Endpoint, variables
from crossway.model.path import PathKind, PathMatch
from crossway.runtime.composing.context import WORDS, seen
from crossway.runtime.composing.expressions import Context
from crossway.runtime.problem import problem
from crossway.sdk.http import Request, Response

_ANY: Final = ""
"""What stands for a variable, among segments: none of these is empty."""

Found: TypeAlias = "tuple[str, dict[str, str]]"
"""The name of an endpoint, and the variables of its path."""


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    methods: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """The endpoint that ends here, and its variables, by method."""


class Endpoints:
    """Endpoints below the path of a route. Text is tried before variables, segment by segment."""

    def __init__(self, endpoints: Mapping[str, Endpoint], path: PathMatch) -> None:
        """Take *endpoints* by name; they stand below *path*, as far as that is the same for all requests."""
        self._prefix = path.value.rstrip("/") if path.kind in (PathKind.EXACT, PathKind.PREFIX) else ""
        self._root = _Node()
        for name, endpoint in endpoints.items():
            node = self._root
            for segment in endpoint.path[1:].split("/") if endpoint.path != "/" else ():
                node = node.children.setdefault(_ANY if segment.startswith("{") else unquote(segment), _Node())
            node.methods[endpoint.method] = (name, variables(endpoint.path))

    def find(self, method: str, path: str) -> Found | Response:
        """Return the endpoint for a request, or the answer that there is none: 404, or 405 for another method."""
        below = path.removeprefix(self._prefix).strip("/")
        segments = [unquote(segment) for segment in below.split("/")] if below else []
        values: list[str] = []
        node = _walk(self._root, segments, 0, values)
        if node is None:
            return problem(404, "endpoint.unknown", "There is nothing at this path.")
        if method not in node.methods:
            answer = problem(405, "endpoint.method", f"This path is not called with {method}.")
            answer.headers["allow"] = ", ".join(sorted(node.methods))
            return answer
        name, names = node.methods[method]
        return name, dict(zip(names, values, strict=True))

    async def asked(self, request: Request, largest: int, code: str) -> tuple[str, Context] | Response:
        """Return the endpoint that *request* is for, and what its expressions see; an answer if there is none.

        A body that has more than *largest* bytes, or cannot be read, is an answer too, whose code begins with *code*.
        """
        found = self.find(request.method, request.path)
        if isinstance(found, Response):
            return found
        name, path = found
        context = await seen(request, WORDS, largest, code)
        return context if isinstance(context, Response) else (name, {**context, "path": path})


def _walk(node: _Node, segments: list[str], at: int, values: list[str]) -> _Node | None:
    if at == len(segments):
        return node if node.methods else None
    if (child := node.children.get(segments[at])) is not None and segments[at] != _ANY:
        found = _walk(child, segments, at + 1, values)
        if found is not None:
            return found
    if (child := node.children.get(_ANY)) is not None and segments[at]:
        values.append(segments[at])
        found = _walk(child, segments, at + 1, values)
        if found is not None:
            return found
        values.pop()
    return None
