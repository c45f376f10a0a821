"""A plugin in a process of its own, as a handler in the chain of a route."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from functools import partial

from msgspec import json

from crossway.compile.program import PROCESS, SERVER, Code, Entry, PluginStep, Program, Step, process_path, step_word
from crossway.runtime.handler import Handler, Next
from crossway.runtime.kept import Kept
from crossway.runtime.meters import METERS
from crossway.runtime.problem import Problem, problem
from crossway.runtime.process.door import opened
from crossway.runtime.process.frames import NobodyThereError
from crossway.runtime.process.life import Life
from crossway.runtime.process.order import Order, Run
from crossway.runtime.process.supervisor import SUPERVISOR, Supervisor, Unavailable, Unit
from crossway.runtime.tunnel import Switched, Tunnel
from crossway.sdk.http import Request, Response


def isolated(step: Step, entry: Entry, supervisor: Supervisor = SUPERVISOR) -> Handler:
    """Return the handler of a *step* of *entry*, which runs in a process."""
    settings = json.decode(step.settings, type=PluginStep)
    return Isolated(
        settings, supervisor.unit(process_path(settings, step.kind)), step_word(entry, entry.steps.index(step))
    )


def orders(program: Program) -> dict[str, Order]:
    """Return what the processes are to do that *program* names, by their sockets."""
    found: dict[str, Order] = {}
    for entry in program.entries.values():
        for place, step in enumerate(entry.steps):
            if step.kind not in (PROCESS, SERVER):
                continue
            settings = json.decode(step.settings, type=PluginStep)
            path = process_path(settings, step.kind)
            order = found.setdefault(path, _order(settings, program.codes, serves=step.kind == SERVER))
            order.runs[step_word(entry, place)] = Run(settings, entry.about, entry.cluster)
    return found


def _order(settings: PluginStep, codes: Mapping[str, Code], *, serves: bool) -> Order:
    bounds = settings.bounds
    return Order(codes[settings.code], bounds.memory, bounds.cpu_time, serves=serves, parent=os.getpid(), runs={})


class Isolated:
    """A plugin in a process, at one place of one route."""

    def __init__(self, settings: PluginStep, unit: Unit, word: str) -> None:
        self._unit, self._word = unit, word
        self._is_open = settings.bounds.failure == "open"
        self._meter = METERS.of(settings.name)

    async def __call__(self, request: Request, call_next: Next) -> Response:
        """Answer *request* as the plugin does, or say that it cannot."""
        is_sent = False
        tunnel: Tunnel | None = None

        async def onward(sent: Request) -> Response:
            nonlocal is_sent, tunnel
            is_sent = True
            response = await call_next(sent)
            if isinstance(response, Switched):
                tunnel = response.tunnel
            return response

        kept = Kept(request) if self._is_open else None
        async with opened(onward) as door:
            answer = await self._asked(request, door)
        if isinstance(answer, Problem) and kept is not None and not is_sent and kept.restore():
            return await call_next(request)
        if kept is not None:
            kept.forget()
        if isinstance(answer, Switched):
            answer.tunnel = tunnel
        return answer

    async def _asked(self, request: Request, door: str) -> Response:
        """Return the answer of the plugin; a `Problem` if there is no process for it, or that died."""
        gone: Life | None = None
        while True:
            try:
                life = await self._unit.there(gone)
            except Unavailable:
                self._meter.errors += 1
                return problem(503, "plugin.unavailable", "A plugin of this route cannot run now.")
            life.take()
            try:
                response = await life.peer.send(f"{self._word} {door}", request)
            except NobodyThereError:
                life.give_back()
                gone = life
            except ConnectionError:
                life.give_back()
                self._meter.errors += 1
                if life.was_hung:
                    return problem(504, "plugin.timeout", "A plugin of this route took too long.")
                return problem(502, "plugin.crashed", "A plugin of this route died while it had this request.")
            except BaseException:
                life.give_back()
                raise
            else:
                if response.is_read:
                    life.give_back()
                else:
                    response.through(partial(_taken, life))
                return response


async def _taken(life: Life, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for piece in pieces:
            yield piece
    finally:
        life.give_back()
