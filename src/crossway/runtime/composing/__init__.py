"""Compositions at work: one request of a client, several calls of services, one answer.

A composition is planned once, purely (`plan`), and run for each request (`run`).
"""

from __future__ import annotations

from typing import Final

from crossway.compile.program import RESERVED
from crossway.model.composition import Composition
from crossway.runtime.composing.answers import StepError, read_json
from crossway.runtime.composing.expressions import Context, UnfitError
from crossway.runtime.composing.plan import Plan, plan, variables
from crossway.runtime.composing.run import LARGEST, Run
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.once import Once
from crossway.runtime.problem import problem
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

FAILED: Final = "x-compose-failed"
"""The header with the names of the steps that were omitted."""
_BODILESS: Final = frozenset({204, 205, 304})


def compose(settings: Composition, about: str, tools: Tools) -> Handler:
    """Return what answers the requests of the route *about* by calling services. It never calls what is behind it."""
    del about  # errors name the step
    ready = plan(settings)

    async def handle(request: Request, _: Next) -> Response:
        context: Context = {}
        if mistake := await _read(settings, ready, request, context):
            return mistake
        call = Once(tools.call, ready.max_body) if ready.repeats else tools.call
        run = Run(ready, call, request, context)
        try:
            await run.finish()
        except StepError as failure:
            relays = settings.compose.steps[failure.step].on_failure or settings.compose.on_failure
            return failure.response(relay=relays == "relay")
        try:
            return _answer(ready, run)
        except UnfitError as error:
            return problem(502, "compose.unfit_answer", f"The answer cannot be made: {error}.")

    return handle


async def _read(settings: Composition, ready: Plan, request: Request, context: Context) -> Response | None:
    """Put what expressions want to know of *request* into *context*; return an answer if that cannot be read."""
    words = ready.words
    if ready.variables is not None:
        context["path"] = variables(settings, ready.variables, request.path)
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
            content = await request.read(ready.max_body)
        except BodyTooLarge:
            detail = f"The body of the request has more than {ready.max_body} bytes."
            return problem(413, "compose.request_too_large", detail)
        try:
            context["body"] = _body(request, content)
        except ValueError as error:
            return problem(400, "compose.malformed_request", f"The body of the request {error}.")
    return None


def _body(request: Request, content: bytes) -> object:
    if not content:
        return None
    return read_json(content) if "json" in (request.headers.get("content-type") or "") else request.text


def _answer(ready: Plan, run: Run) -> Response:
    context = run.context
    if "errors" in ready.words:
        context["errors"] = run.errors
    status = ready.status(context, run.interpreter)
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        raise UnfitError("the expression gives no status")
    headers = ready.headers.fill(context, run.interpreter)
    if run.errors:
        headers.append((FAILED, ", ".join(dict.fromkeys(str(error["step"]) for error in run.errors))))
    if run.bytes * ready.body.copies > LARGEST:
        raise UnfitError(f"it could have more than {LARGEST} bytes")
    if status in _BODILESS:
        return Response(status, Headers.of(headers))
    body = ready.body.fill(context, run.interpreter, headers)
    headers.append(("content-length", str(len(body))))
    response = Response(status, Headers.of(headers))
    response.arriving(body)
    return response


__all__ = ["FAILED", "Once", "compose"]
