"""Methods that clients call by name, whatever the protocol: each is a call of a service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, TypeVar

from crossway.model.procedures import RpcServer
from crossway.runtime.calling import Caller, CallError
from crossway.runtime.composing.context import seen
from crossway.runtime.composing.expressions import Context
from crossway.runtime.handler import Tools
from crossway.runtime.problem import problem
from crossway.sdk.http import Request, Response

UNKNOWN: Final = "rpc.unknown_method"
UNFIT: Final = "rpc.unfit_params"
R = TypeVar("R")


class Methods:
    """The methods of one route."""

    def __init__(self, settings: RpcServer, tools: Tools) -> None:
        self._callers = {name: Caller(one, tools, settings.max_body) for name, one in settings.methods.items()}
        self._settings = settings

    @property
    def names(self) -> list[str]:
        """The names of all methods, in order."""
        return sorted(self._callers)

    async def call(self, name: str, params: object, request: Request, context: Context) -> object:
        """Return what the method *name* gives for *params*, a list or an object; `CallError` otherwise."""
        caller = self._callers.get(name)
        if caller is None:
            raise CallError(UNKNOWN, f"There is no method {name[:200]!r}.", 404)
        named = self._named(name, params)
        return await caller({**context, "method": name, "params": named}, request)

    def _named(self, name: str, params: object) -> object:
        """Return *params* with the names that the settings give them, if they do."""
        names = self._settings.parameters.get(name)
        if names is None or not isinstance(params, list):
            return params
        if len(params) > len(names):
            raise CallError(UNFIT, f"{name} has {len(names)} parameters, and was given {len(params)}.", 400)
        return dict(zip(names, params, strict=False))

    def code(self, name: str, error: CallError) -> int | None:
        """Return the code that the settings give *error* of the method *name*, if they do."""
        codes: Mapping[str, int] = self._settings.errors.get(name, {})
        status = str(error.status)
        return codes.get(status, codes.get(f"{status[0]}xx")) if error.code == "call.refused" else None

    async def context(self, request: Request) -> Context:
        """Return what all calls of *request* see of it."""
        context = await seen(request, ("headers", "consumer"), self._settings.max_body)
        return {} if isinstance(context, Response) else context  # which needs a body

    async def each(self, calls: Sequence[Callable[[], Awaitable[R]]], late: Callable[[int], R]) -> list[R]:
        """Return what each of *calls* gives, some of which are made at once; *late* gives it for one that is late.

        *calls* raise nothing.
        """
        results: list[R | None] = [None] * len(calls)
        left = iter(enumerate(calls))

        async def work() -> None:
            for index, call in left:
                results[index] = await call()

        try:
            async with asyncio.timeout(self._settings.timeout):
                if len(calls) == 1:
                    await work()
                else:
                    async with asyncio.TaskGroup() as group:
                        for _ in range(min(self._settings.parallel, len(calls))):
                            group.create_task(work())
        except TimeoutError:
            pass
        return [late(index) if result is None else result for index, result in enumerate(results)]


LATE: Final = CallError("call.timeout", "The answer did not come in time.", 504)
"""What becomes of a call that is not done when the time for all is over."""


def misfit(request: Request, protocol: str, media_types: Collection[str]) -> Response | None:
    """Return the answer to what is no request of the *protocol* over HTTP; `None` if it may be one."""
    if request.method != "POST":
        answer = problem(405, "rpc.method", f"{protocol} is asked for with POST.")
        answer.headers["allow"] = "POST"
        return answer
    if (request.headers.get("content-type") or "").partition(";")[0].strip().lower() not in media_types:
        return problem(415, "rpc.media_type", f"{protocol} is asked for in {' or '.join(sorted(media_types))}.")
    return None
