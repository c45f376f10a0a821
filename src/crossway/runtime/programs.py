"""Programs, ready to run: for each entry, the handlers of its steps around the call to the backend."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Final, Protocol, runtime_checkable

from msgspec import json

from crossway.compile.program import CALL, RUNS, SHARED_STORE, Code, Entry, PluginStep, Program, Purge
from crossway.errors import RemoteError, UserError
from crossway.runtime.background import Background
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.mounting import Application
from crossway.runtime.problem import problem
from crossway.runtime.steps import APART, FACTORIES, MODULES
from crossway.runtime.stores import MemoryStore, RedisStore
from crossway.sdk.http import Request, Response

COLLECT: Final = (50_000, 20, 50)
"""How much garbage may gather in each generation: requests leave next to none that counting does not find."""
STORE: Final = 64 * 2**20
"""How many bytes the store of one proxy holds."""
LAST_REQUESTS: Final = 30.0
"""Seconds that requests of an entry which is gone may still take before its plugins are told to stop."""
_memory: Final = MemoryStore(STORE)


Send = Callable[[str, str, Request], Awaitable[Response]]
"""Sends a request on, through the cluster of an inner listener, to the route that is known there by a word."""


class Ready:
    """An entry in a loop. Its handlers are made when it is asked first: there may be many that this loop never is."""

    __slots__ = ("_first", "_make", "_raw", "stops")

    def __init__(self, make: Callable[[], Sequence[Handler]], last: Next) -> None:
        self._make: Callable[[], Sequence[Handler]] | None = make
        self._first = last
        self._raw: Application | None = None
        self.stops: tuple[Callable[[], Awaitable[None]], ...] = ()
        """What has to be told that it is over."""

    def answer(self, request: Request) -> Awaitable[Response]:
        """Answer *request* by the handlers, the first of which is the outermost."""
        if self._make is not None:
            self._prepare(self._make)
        return self._first(request)

    @property
    def raw(self) -> Application | None:
        """What takes requests as they come from the proxy: a handler that can do so, and is the only one."""
        if self._make is not None:
            self._prepare(self._make)
        return self._raw

    def _prepare(self, make: Callable[[], Sequence[Handler]]) -> None:
        handlers, self._make = make(), None
        for handler in reversed(handlers):
            self._first = _around(handler, self._first)
        stoppable: list[object] = [*handlers]
        self.stops = tuple(one.stop for one in stoppable if isinstance(one, Stoppable))
        if len(handlers) == 1:
            self._raw = getattr(handlers[0], "raw", None)


@dataclass(frozen=True, slots=True)
class Toolbox(Tools):
    """The tools of one loop."""

    async def close(self) -> None:
        """Close the connections of the loop."""
        if _is_loaded("socket"):
            from crossway.runtime import socket

            await socket.close()
        if _is_loaded("process.door"):
            from crossway.runtime.process import door

            door.shut()
        if isinstance(self.store, RedisStore):
            await self.store.close()


def toolbox() -> Toolbox:
    """Return tools for a loop of its own: with the Redis that the proxy was given at its start, if it was."""
    url = os.environ.get(SHARED_STORE, "")
    return Toolbox(_nowhere, RedisStore(url, "crossway:") if url else _memory, time.time, Background().run)


async def _nowhere(service: str, request: Request) -> Response:
    raise ConnectionError(f"{service} is called outside of a route: {request}")


def prepare(program: Program) -> None:
    """Load the code of *program*.

    Code that cannot be loaded closes its own routes, and says so on stderr: it has been loaded elsewhere before.
    `RemoteError` for a program of another version, with steps that are not known here.
    """
    kinds = {step.kind for entry in program.entries.values() for step in entry.steps}
    if unknown := sorted(kinds - FACTORIES.keys()):
        raise RemoteError(f"this runtime knows no step {unknown[0]!r}: the control plane is of another version")
    for module in sorted({MODULES[kind] for kind in kinds & MODULES.keys()}):
        import_module(module)
    if program.codes:
        from crossway.runtime.loading import ProgramError, load

        for name in _inside(program):
            try:
                load(program.codes[name])
            except ProgramError as error:
                print(f"crossway: {error}", file=sys.stderr)  # noqa: T201  # the log of the proxy


def hold(programs: Sequence[Program]) -> None:
    """Keep what *programs* need, and start the processes that they name: forget all other code, end all others."""
    whole = _together(programs)
    if _is_loaded("loading"):
        from crossway.runtime.loading import release

        release(whole.codes)
    kinds = {step.kind for entry in whole.entries.values() for step in entry.steps}
    if kinds & APART or _is_loaded("process.supervisor"):
        from crossway.runtime.process.isolated import orders
        from crossway.runtime.process.supervisor import SUPERVISOR

        SUPERVISOR.adopt(orders(whole))
    # What a program consists of is not looked through again at every collection, and little else lives long here.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


def _together(programs: Iterable[Program]) -> Program:
    """Return one program with the entries and the code of all *programs*."""
    entries: dict[str, Entry] = {}
    codes: dict[str, Code] = {}
    for program in programs:
        entries |= program.entries
        codes |= program.codes
    return Program(entries, codes)


def _inside(program: Program) -> list[str]:
    """Return which code of *program* runs in this process; that of the other processes is never loaded here."""
    steps = (step for entry in program.entries.values() for step in entry.steps if step.kind in RUNS - APART)
    return sorted({json.decode(step.settings, type=PluginStep).code for step in steps})


def build(programs: Iterable[Program], known: Mapping[str, Ready], tools: Tools, send: Send) -> dict[str, Ready]:
    """Return what answers the requests of each entry of *programs*, by its digest: what is *known* already stays."""
    whole = _together(programs)
    return {name: known.get(name) or _ready(entry, whole.codes, tools, send) for name, entry in whole.entries.items()}


def obey(purges: Sequence[Purge], since: float, until: float) -> None:
    """Let *purges*, which came at the time *since*, hold in this loop; those before them were news *until* then."""
    if _is_loaded("caching"):
        from crossway.runtime.caching import memory_here

        memory_here().purge(purges, since, until)


def retire(gone: Iterable[Ready]) -> None:
    """Tell the plugins of entries that are *gone* that they are over, once their last requests may be."""
    for one in gone:
        if one.stops:
            task = asyncio.ensure_future(_stop(one))
            _stopping.add(task)
            task.add_done_callback(_stopping.discard)


_stopping: Final[set[asyncio.Task[None]]] = set()


async def _stop(one: Ready) -> None:
    await asyncio.sleep(LAST_REQUESTS)
    await end((one,))


async def end(over: Iterable[Ready]) -> None:
    """Tell the plugins of entries that they are *over*, at once."""
    await asyncio.gather(*(stop() for one in over for stop in one.stops))


def _ready(entry: Entry, codes: Mapping[str, Code], tools: Tools, send: Send) -> Ready:
    async def call(service: str, request: Request) -> Response:
        return await send(entry.cluster, CALL + service, request)

    def make() -> Sequence[Handler]:
        ours = replace(tools, call=call)
        try:
            return [FACTORIES[step.kind](step, entry, ours, codes) for step in entry.steps]
        except UserError as error:
            print(f"crossway: {entry.about}: {error}", file=sys.stderr)  # noqa: T201  # the log of the proxy
        except Exception:  # noqa: BLE001  # one entry that cannot be read closes itself, and no other
            traceback.print_exc(file=sys.stderr)
        return [_broken]

    return Ready(make, partial(send, entry.cluster, entry.route))


def _is_loaded(module: str) -> bool:
    """Return whether a part of the runtime was needed before: what nobody needs is not loaded to be told something."""
    return f"crossway.runtime.{module}" in sys.modules


async def _broken(_: Request, __: Next) -> Response:
    return problem(503, "plugin.broken", "A plugin of this route cannot run.")


def _around(handler: Handler, last: Next) -> Next:
    async def run(request: Request) -> Response:
        return await handler(request, last)

    return run


@runtime_checkable
class Stoppable(Protocol):
    """A handler that wants to know when it is over."""

    async def stop(self) -> None:
        """Let go of everything."""
