"""Plugins of users, as handlers of the runtime.

Law: a plugin that raises, hangs, burns CPU or returns nonsense hurts its own requests alone, and each of these has an
answer with a code of its own. What is not the plugin's fault, such as a backend that is away, passes it as it is.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from pydantic import ValidationError

from crossway.compile.program import Code, PluginStep
from crossway.runtime.direct import Direct
from crossway.runtime.handler import Next, Tools
from crossway.runtime.kept import Kept
from crossway.runtime.loading import ProgramError, load, said
from crossway.runtime.meters import METERS
from crossway.runtime.mounting import Application, Mounted
from crossway.runtime.problem import problem
from crossway.runtime.running import Overdue, Run
from crossway.runtime.serving import Receive, Scope, Sending
from crossway.runtime.telling import is_due
from crossway.runtime.tunnel import SWITCHING, Switched
from crossway.runtime.watchdog import Interrupted, lane
from crossway.sdk.context import UNDER_WAY, Scene
from crossway.sdk.http import BodyTooLarge, Request, Response
from crossway.sdk.plugin import Around, Doing, Head, Hooks, PluginError, definition

T = TypeVar("T")

STARTING: Final = 10.0
"""Seconds that a plugin may take to get ready."""


def plugin(settings: PluginStep, about: str, tools: Tools, codes: Mapping[str, Code]) -> Running:
    """Return the handler that runs a plugin on the route *about*; `ProgramError` if it cannot run with its settings."""
    code = codes[settings.code]
    found: object = load(code)
    for word in settings.attribute.split("."):
        found = getattr(found, word, None)
    try:
        defined = definition(found, settings.attribute)
        model = defined.settings
        given = model.model_validate_json(bytes(settings.settings)) if model is not None else None
        hooks = defined.bind(given)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, wrong["loc"])) or "as a whole"
        raise ProgramError(f"the settings of {settings.name} do not fit, {place}: {wrong['msg']}") from None
    except PluginError as error:
        raise ProgramError(f"{code.name}: {error}") from error
    except (Exception, SystemExit, KeyboardInterrupt, Interrupted) as error:  # the plugin's own __init__
        raise ProgramError(said(error, code)) from error
    scene = Scene(about, settings.name, settings.namespace, tools.store, tools.call)
    return Running(settings, hooks, scene)


class Running:
    """A plugin at one place: a handler."""

    def __init__(self, settings: PluginStep, hooks: Hooks, scene: Scene) -> None:
        self._settings, self._hooks, self.scene = settings, hooks, scene
        self._meter = METERS.of(settings.name)
        self._is_open = settings.bounds.failure == "open"
        self._starting = asyncio.Lock()
        self._is_ready = hooks.start is None

    async def __call__(self, request: Request, call_next: Next) -> Response:
        """Answer *request* as the plugin does."""
        token = UNDER_WAY.set((self.scene, request))
        try:
            return await self._answer(request, call_next)
        finally:
            UNDER_WAY.reset(token)

    @property
    def raw(self) -> Application | None:
        """What answers requests as they come from the proxy; `None` for what is no application or needs a chain."""
        mounted = self._hooks.around
        return partial(self._direct, mounted) if isinstance(mounted, Mounted) and not self._is_open else None

    async def _direct(self, mounted: Mounted, scope: Scope, receive: Receive, sending: Sending) -> None:
        failed = None if self._is_ready else await self._ready()
        direct = Direct(scope, receive, sending, self._settings.bounds.deadline, self._fault)
        if failed is not None:
            await direct.refuse(failed)
            return
        lane(asyncio.get_running_loop())  # the watchdog looks after whoever holds it
        self._meter.calls += 1
        token = UNDER_WAY.set((self.scene, direct.request))
        try:
            await direct.run(mounted.raw)
        finally:
            self._meter.seconds += direct.seconds
            UNDER_WAY.reset(token)

    def _fault(self, error: BaseException) -> Response:
        is_overdue = isinstance(error, Overdue | Interrupted)
        return (self._overdue(error.__cause__) if is_overdue else self._failed(error)).answer

    async def _answer(self, request: Request, call_next: Next) -> Response:
        hooks = self._hooks
        if not self._is_ready:
            failed = await self._ready()
            if failed is not None:
                return await call_next(request) if self._is_open else failed
        if hooks.head is not None:
            answer = await self._ask(hooks.head(Head(request)), request)
            if answer is not None:
                return answer
        if hooks.request is not None:
            answer = await self._ask(hooks.request(request), request)
            if answer is not None:
                return answer
        if hooks.around is not None:
            response = await self._go_around(hooks.around, request, call_next)
        else:
            response = await call_next(request)
        if hooks.response is not None:
            return await self._ask(hooks.response(request, response), response) or response
        return response

    async def _ask(self, hook: Doing[Response | None], message: Request | Response) -> Response | None:
        """Return what *hook* answers; `None` if *message*, as it is then, goes on."""
        run = Run(self._meter, self._settings.bounds.deadline)
        kept = Kept(message) if self._is_open else None
        run.lets_wait(message)
        try:
            answer = await self._run(run, hook)
            if answer is not None and not _is_answer(answer):
                raise self._no_answer(answer)
        except _Failed as failed:
            return None if kept is not None and kept.restore() else failed.answer
        if kept is not None:
            kept.forget()
        return answer

    async def _go_around(self, around: Around, request: Request, call_next: Next) -> Response:
        run = Run(self._meter, self._settings.bounds.deadline)
        before = Kept(request) if self._is_open else None
        after: tuple[Kept, Response] | None = None
        run.lets_wait(request)

        async def keep(sent: Request) -> Response:
            nonlocal after
            response = await run.call(call_next, sent)
            after = Kept(response), response
            return response

        try:
            answer = await self._run(run, around(request, partial(run.call, call_next) if before is None else keep))
            if not _is_answer(answer):
                raise self._no_answer(answer)
        except _Failed as failed:
            if after is not None:
                return after[1] if after[0].restore() else failed.answer
            # What was sent on and not answered may have been done all the same: it is not sent again.
            is_unsent = before is not None and not run.calls and before.restore()
            return await call_next(request) if is_unsent else failed.answer
        for kept in (before, after[0] if after is not None else None):
            if kept is not None:
                kept.forget()
        return answer

    async def _run(self, run: Run, hook: Doing[T]) -> T:
        """Return what *hook* returns, and raise `_Failed` for whatever is its fault."""
        try:
            return await run.result(hook)
        except Overdue as error:
            raise self._overdue(error.__cause__) from None
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            raise self._failed(error) from None
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # the supervisor of users' code
            if error is run.passed and not isinstance(error, BodyTooLarge):
                raise
            raise self._failed(error) from None

    def _overdue(self, where: BaseException | None) -> _Failed:
        self._meter.timeouts += 1
        self._tell(where, f"took longer than its deadline, {self._settings.bounds.deadline:g} s")
        return _Failed(504, "plugin.timeout", "A plugin of this route took too long.")

    def _failed(self, error: BaseException) -> _Failed:
        self._meter.errors += 1
        if isinstance(error, BodyTooLarge):
            return _Failed(error.status, "plugin.body_too_large", f"For a plugin of this route {error}.")
        self._tell(error, "failed")
        if isinstance(error, MemoryError):
            return _Failed(500, "plugin.out_of_memory", "A plugin of this route wants more memory than it may have.")
        return _Failed(500, "plugin.failed", "A plugin of this route failed.")

    def _no_answer(self, answer: object) -> _Failed:
        self._meter.errors += 1
        status = f" with the status {answer.status!r}" if isinstance(answer, Response) else ""
        self._tell(None, f"returned what is no answer: a {type(answer).__name__}{status}")
        return _Failed(500, "plugin.invalid_answer", "A plugin of this route gave no valid answer.")

    def _tell(self, error: BaseException | None, what: str) -> None:
        """Say on stderr that the plugin did *what*, with the place where it did: each place once in a while."""
        frames = traceback.extract_tb(error.__traceback__) if error is not None else []
        place = (self._settings.name, frames[-1].filename, frames[-1].lineno or 0) if frames else (what, "", 0)
        if not is_due(place):
            return
        text = "".join(traceback.format_exception(error)) if error is not None else ""
        print(f"plugin {self._settings.name} of {self.scene.route} {what}\n{text}", end="", file=sys.stderr)  # noqa: T201

    async def ready(self) -> Hooks | Response:
        """Return what the plugin does, once it is ready; an answer if it cannot get ready."""
        failed = None if self._is_ready else await self._ready()
        return self._hooks if failed is None else failed

    async def _ready(self) -> Response | None:
        """Start the plugin, unless it was started; return an answer if it cannot."""
        async with self._starting:
            if self._is_ready or self._hooks.start is None:
                return None
            try:
                await self._run(Run(self._meter, STARTING), self._hooks.start())
            except _Failed as failed:
                return failed.answer
            self._is_ready = True
            return None

    async def stop(self) -> None:
        """Let the plugin give back what it took, once no request is on its way to it any more."""
        if self._hooks.stop is not None and self._is_ready:
            self._is_ready = self._hooks.start is None
            with suppress(_Failed):
                await self._run(Run(self._meter, STARTING), self._hooks.stop())


class _Failed(Exception):  # noqa: N818  # it is what it is called
    """A run of a plugin came to nothing."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.answer = problem(status, code, detail)


def _is_answer(answer: object) -> bool:
    if not isinstance(answer, Response) or type(answer.status) is not int:
        return False
    return 200 <= answer.status <= 599 or (answer.status == SWITCHING and isinstance(answer, Switched))


def _is_cancelled() -> bool:
    """Whether somebody else ends this task."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
