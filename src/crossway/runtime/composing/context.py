"""What expressions see of a request."""

from __future__ import annotations

from collections.abc import Container

from crossway.compile.program import RESERVED
from crossway.runtime.composing.answers import read_json
from crossway.runtime.composing.expressions import Context
from crossway.runtime.problem import problem
from crossway.sdk.http import BodyTooLarge, Request, Response

WORDS = frozenset({"query", "headers", "method", "consumer", "body"})
"""The first words of everything that there is to see."""


async def seen(request: Request, words: Container[str], largest: int, code: str = "compose") -> Context | Response:
    """Return what expressions see of *request*, as far as *words* ask for it.

    A body that has more than *largest* bytes, or cannot be read, is the answer that says so; its code begins with
    *code*.
    """
    context: Context = {}
    if "query" in words:
        context["query"] = request.params
    if "headers" in words:
        context["headers"] = {name: value for name, value in request.headers.items() if name not in RESERVED}
    if "method" in words:
        context["method"] = request.method
    if "consumer" in words:
        context["consumer"] = {"name": request.consumer, "groups": list(request.groups)}
    if "body" in words:
        try:
            content = await request.read(largest)
        except BodyTooLarge:
            detail = f"The body of the request has more than {largest} bytes."
            return problem(413, f"{code}.request_too_large", detail)
        try:
            context["body"] = _body(request, content)
        except ValueError as error:
            return problem(400, f"{code}.malformed_request", f"The body of the request {error}.")
    return context


def _body(request: Request, content: bytes) -> object:
    if not content:
        return None
    return read_json(content) if "json" in (request.headers.get("content-type") or "") else request.text
