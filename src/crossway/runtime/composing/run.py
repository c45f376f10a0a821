"""One run of a composition: its steps at work for one request.

Law: nothing of it outlives the request. All calls belong to one group of tasks: when one step fails the whole, when the
time is up, or when the client leaves, what still runs is cancelled before the answer is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from crossway.compile.program import STEP
from crossway.runtime.composing.answers import StepError, accepted, result
from crossway.runtime.composing.expressions import Context, Interpreter, UnfitError, is_true
from crossway.runtime.composing.plan import Plan, PlannedStep
from crossway.runtime.handler import Call
from crossway.sdk.http import MAX_BODY, BodyTooLarge, Request

MOST_BYTES: Final = MAX_BODY
"""The bytes of all answers that one request may bring into memory."""


LARGEST: Final = 64 * 2**20
"""The bytes that a body could have: all that was read, as often as its expressions repeat it."""


class Run:
    """What is known while the steps of one request run."""

    def __init__(self, plan: Plan, call: Call, request: Request, context: Context) -> None:
        self.context = context
        self.interpreter = Interpreter()
        self.errors: list[dict[str, object]] = []
        """The failures of steps that were omitted."""
        self.bytes = len(request.body) if request.is_read else 0
        """How much was read."""
        self._plan = plan
        self._call = call
        self._fields = request.headers.items()
        self._is_traced = "traceparent" in request.headers
        self._forwarded: dict[frozenset[str], list[tuple[str, str]]] = {}
        self._steps: dict[str, object] = {}
        self._missing = {step.name: len(step.waits_for) for step in plan.steps if step.waits_for}
        self._calls = 0
        context["steps"] = self._steps

    async def finish(self) -> None:
        """Run all steps, until `context["steps"]` has what each came to; raise `StepError` if one fails it all."""
        try:
            async with asyncio.timeout(self._plan.timeout):
                await self._all(self._plan.first)
        except BaseExceptionGroup as errors:
            raise _first(errors) from None
        except TimeoutError:
            for step in self._plan.steps:
                if step.name not in self._steps:
                    self._steps[step.name] = self._instead(step, _late(step))

    async def _all(self, steps: tuple[PlannedStep, ...]) -> None:
        if len(self._plan.steps) == 1:
            await self._follow(steps[0], None)
            return
        async with asyncio.TaskGroup() as group:
            for step in steps[1:]:
                group.create_task(self._follow(step, group))
            await self._follow(steps[0], group)

    async def _follow(self, step: PlannedStep, group: asyncio.TaskGroup | None) -> None:
        """Run *step*, and then those that have waited for nothing but it: one here, the others beside."""
        following: PlannedStep | None = step
        while following is not None:
            self._steps[following.name] = await self._result(following)
            ready = list(self._ready(following))
            following = ready[0] if ready else None
            for other in ready[1:]:
                assert group is not None
                group.create_task(self._follow(other, group))

    def _ready(self, step: PlannedStep) -> Iterator[PlannedStep]:
        for follower in step.followers:
            self._missing[follower.name] -= 1
            if not self._missing[follower.name]:
                yield follower

    async def _result(self, step: PlannedStep) -> object:
        """Return what expressions see of *step*, once it was made."""
        try:
            if step.when is not None and not is_true(step.when(self.context, self.interpreter)):
                return [] if step.items is not None else result(step.fallback)
            if step.items is None:
                return await self._attempt(step, self.context)
            items = step.items(self.context, self.interpreter)
        except UnfitError as error:
            return self._instead(step, _unfit(step, error))
        if items is None:
            return []
        if not isinstance(items, list):
            return self._instead(step, _unfit(step, UnfitError("for_each gives no list")))
        if len(items) > step.limit:
            detail = f"There are {len(items)} items, and the limit is {step.limit}."
            return self._instead(step, StepError("compose.too_many_items", detail, step.name))
        return await self._each(step, items)

    async def _each(self, step: PlannedStep, items: list[object]) -> list[dict[str, object]]:
        """Return what the calls for *items* came to, in the order of the items."""
        results: list[dict[str, object]] = [{} for _ in items]
        left = iter(enumerate(items))

        async def work() -> None:
            for index, item in left:
                results[index] = await self._attempt(step, {**self.context, "item": item}) | {"item": item}

        if min(step.parallel, len(items)) < 2:
            await work()
            return results
        async with asyncio.TaskGroup() as group:
            for _ in range(min(step.parallel, len(items))):
                group.create_task(work())
        return results

    async def _attempt(self, step: PlannedStep, context: Context) -> dict[str, object]:
        """Return what expressions see of one call."""
        try:
            if self.bytes * step.call.body.copies > LARGEST:
                raise UnfitError(f"its body could have more than {LARGEST} bytes")
            request = step.call.request(context, self.interpreter, self._forward(step))
            if step.call.timeout is None:
                return await self._exchange(step, request)
            async with asyncio.timeout(step.call.timeout):
                return await self._exchange(step, request)
        except StepError as failure:
            return self._call_instead(step, failure)
        except UnfitError as error:
            return self._call_instead(step, _unfit(step, error))
        except TimeoutError:
            return self._call_instead(step, _late(step))
        except BodyTooLarge:
            detail = f"The answer of the service has more than {self._plan.max_body} bytes."
            return self._call_instead(step, StepError("compose.too_large", detail, step.name))
        except ConnectionError:
            detail = "The service gave no answer, or not all of it."
            return self._call_instead(step, StepError("compose.no_answer", detail, step.name))

    async def _exchange(self, step: PlannedStep, request: Request) -> dict[str, object]:
        self._calls += 1
        if self._calls > self._plan.max_calls:
            detail = f"The request leads to more than {self._plan.max_calls} calls."
            raise StepError("compose.too_many_calls", detail, step.name)
        if self._is_traced:
            request.headers.add(STEP, step.name)
        response = await self._call(step.call.service, request)
        self.bytes += len(await response.read(self._plan.max_body))
        if self.bytes > MOST_BYTES:
            raise StepError("compose.too_large", f"All answers have more than {MOST_BYTES} bytes.", step.name)
        return accepted(step, response)

    def _forward(self, step: PlannedStep) -> list[tuple[str, str]]:
        """Return the headers of the client that *step* passes on."""
        there = self._forwarded.get(step.call.forwarded)
        if there is None:
            there = [item for item in self._fields if item[0] in step.call.forwarded]
            self._forwarded[step.call.forwarded] = there
        return there

    def _instead(self, step: PlannedStep, failure: StepError) -> object:
        """Return what stands for a step that was not made."""
        there = self._call_instead(step, failure)
        return there if step.items is None else []

    def _call_instead(self, step: PlannedStep, failure: StepError) -> dict[str, object]:
        """Return what stands for a call that failed, if something does; otherwise raise *failure*."""
        if not step.has_fallback and step.on_failure != "omit":
            raise failure
        error = failure.error()
        if not step.has_fallback:
            self.errors.append(error)
        return result(step.fallback, failure.backend_status, error=error)


def _late(step: PlannedStep) -> StepError:
    return StepError("compose.timeout", "The answer of the service did not come in time.", step.name, 504)


def _unfit(step: PlannedStep, error: UnfitError) -> StepError:
    detail = f"The call cannot be made: {error}."
    return StepError("compose.invalid_value", detail, step.name, 400 if step.blames_client else 502)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what failed first: one step fails the whole, and what else goes wrong meanwhile is of no interest."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
