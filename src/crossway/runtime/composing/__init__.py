"""Compositions at work: one request of a client, several calls of services, one answer.

A composition is planned once, purely (`plan`), and run for each request (`run`).
"""

from __future__ import annotations

from typing import Final

from crossway.model.composition import Composition
from crossway.runtime.composing.answers import StepError
from crossway.runtime.composing.context import seen
from crossway.runtime.composing.expressions import UnfitError
from crossway.runtime.composing.plan import Plan, plan, variables
from crossway.runtime.composing.run import LARGEST, Run
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.once import Once
from crossway.runtime.problem import problem
from crossway.sdk.http import Headers, Request, Response

FAILED: Final = "x-compose-failed"
"""The header with the names of the steps that were omitted."""
_BODILESS: Final = frozenset({204, 205, 304})


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    return compose(Composition.model_validate_json(settings), about, tools)


def compose(settings: Composition, about: str, tools: Tools) -> Handler:
    """Return what answers the requests of the route *about* by calling services. It never calls what is behind it."""
    del about  # errors name the step
    ready = plan(settings)

    async def handle(request: Request, _: Next) -> Response:
        context = await seen(request, ready.words, ready.max_body)
        if isinstance(context, Response):
            return context
        if ready.variables is not None:
            context["path"] = variables(settings, ready.variables, request.path)
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


__all__ = ["FAILED", "Once", "compose", "make"]
