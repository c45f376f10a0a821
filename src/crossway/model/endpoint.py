"""Endpoints: what clients of a REST API call, where a bridge answers them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from crossway.model.expression import Tree
from crossway.model.part import Part
from crossway.model.route import Method

_SEGMENT: Final = re.compile(r"\{([A-Za-z_]\w*)\}|[A-Za-z0-9._~!$&'()*+,;=:@%-]+")


def _path(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError("a path begins with /")
    for segment in text[1:].split("/") if text != "/" else ():
        if not _SEGMENT.fullmatch(segment) or segment in {".", ".."}:
            raise ValueError(f"{segment!r} is no segment of a path: write text, or a variable, {{name}}")
    names = variables(text)
    if len(set(names)) != len(names):
        raise ValueError("a variable stands there twice")
    return text


def variables(path: str) -> tuple[str, ...]:
    """Return the names of the variables of *path*."""
    return tuple(found[1] for segment in path.split("/") if (found := _SEGMENT.fullmatch(segment)) and found[1])


EndpointPath = Annotated[str, Field(max_length=1024), AfterValidator(_path)]
"""A path below that of the route, with variables that each stand for a segment: `/orders/{id}`."""


class Endpoint(Part):
    """What clients call: a method, and a path below that of the route."""

    method: Method = "POST"
    """The method."""
    path: EndpointPath
    """The path, below what the route matches: `/orders/{id}`. Each variable stands for one segment."""


class CallingEndpoint(Endpoint):
    """What clients call over HTTP, and the method of the backend that answers.

    Expressions see `path` (the variables of the path), `query`, `headers`, `body` (parsed if it is JSON), `method` and
    `consumer` (`name`, `groups`) of the request; in `answer` they see `result` as well.
    """

    call: Annotated[str, Field(min_length=1, max_length=200)]
    """The method that is called."""
    params: Tree = None
    """Its parameters: an object or a list with expressions in it, or one expression. None if left out."""
    answer: Tree = None
    """What the client is given. The result, without it."""


def clash(endpoints: Mapping[str, Endpoint]) -> tuple[str, str] | None:
    """Return two of *endpoints*, by name, that answer the same requests; `None` if there are none."""
    found: dict[tuple[str, str], str] = {}
    for name, endpoint in endpoints.items():
        key = (endpoint.method, re.sub(r"\{\w+\}", "{}", endpoint.path))
        if (other := found.setdefault(key, name)) != name:
            return other, name
    return None
