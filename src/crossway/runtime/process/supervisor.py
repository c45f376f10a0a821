"""The processes of plugins: each is there as long as a program names it, and again soon after it has died.

The supervisor is a thread of the proxy with a loop of its own. What the process of a plugin does to itself changes
nothing in the proxy, which neither waits for it nor forks Python to start it.

Law: none outlives the proxy, none is ended while it has a request of ours (for a bounded time), and the next one takes
requests before the one before it stops to.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from crossway.runtime.process.life import Life, NoStartError, Times
from crossway.runtime.process.order import Order

PATIENCE: Final = 5.0
"""Seconds that a request waits for a process that is being started."""


class Unavailable(Exception):  # noqa: N818  # it is what it is called
    """There is no process now; the text says why."""


class Unit:
    """A plugin with its limits, and the processes that run it, one after the other."""

    def __init__(self, socket: str, times: Times, leave: Callable[[Life], None]) -> None:
        self.socket = socket
        self.order: Order | None = None
        self.life: Life | None = None
        """The process that takes requests now."""
        self.lives = 0
        """How many there were."""
        self._why = "it is not ready yet"
        self._is_awaited = True
        self._changed: Future[None] = Future()
        self._times = times
        self._leave = leave

    async def there(self, gone: Life | None = None) -> Life:
        """Return the process that takes requests, in any loop; wait for one that takes the place of *gone*.

        Raises `Unavailable` if it does not come soon.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    changed = self._changed  # before the look, so that no change is missed
                    if (life := self.life) is not None and life is not gone:
                        return life
                    if life is None and not self._is_awaited:
                        raise Unavailable(self._why)
                    await asyncio.shield(asyncio.wrap_future(changed))
        except TimeoutError:
            raise Unavailable("it is not ready yet") from None

    async def run(self) -> None:
        """Keep a process for `order`, until this is cancelled."""
        loop, times = asyncio.get_running_loop(), self._times
        pause = 0.0
        try:
            while True:
                is_first, began = not self.lives, loop.time()
                is_started = await self._live()
                # The first that dies is replaced at once, and so is each that lived for a while.
                is_fresh = is_started and (is_first or loop.time() - began > times.stable)
                pause = 0.0 if is_fresh else min(max(2 * pause, times.first_pause), times.longest_pause)
                if self.life is None:
                    self._change(None, is_awaited=is_fresh)
                await asyncio.sleep(pause)
        finally:
            self._why = "no route names it any more"
            self._change(None, is_awaited=False)
            self._unlink()

    async def _live(self) -> bool:
        """Start a process, and return once another one should take its place; `False` if it did not start."""
        assert self.order is not None
        self.lives += 1
        life = Life(f"{self.socket}.{os.getpid()}.{self.lives}", self.say, self._times)
        told = self.order
        try:
            await life.start(told)
        except NoStartError as error:
            self._end(life, f"{error}")
            return False
        except asyncio.CancelledError:
            self._leave(life)
            raise
        if told is not self.order:
            life.tell(self.order)
        self._link(life)
        self._change(life, is_awaited=True)
        await life.over()
        if life.has_ended.is_set():
            self._end(life, life.why)
        return True

    def _end(self, life: Life, why: str) -> None:
        """Take note of a process that is no more."""
        self._why = why
        self.say(why)
        self._leave(life)
        if self.life is not None and self.life.has_ended.is_set():
            if self.life is not life:
                self._leave(self.life)
            self.life = None

    def _change(self, life: Life | None, *, is_awaited: bool) -> None:
        """Let requests go to *life* from now on; the process before it may go."""
        before, self.life, self._is_awaited = self.life, life, is_awaited
        changed, self._changed = self._changed, Future()
        changed.set_result(None)
        if before is not None and before is not life:
            self._leave(before)

    def _link(self, life: Life) -> None:
        """Let the name that the proxy itself forwards to lead to *life*, in one step."""
        made = Path(f"{life.peer.path}.link")
        made.symlink_to(f"{life.peer.path}.http")
        made.replace(self.socket)

    def _unlink(self) -> None:
        Path(self.socket).unlink(missing_ok=True)

    def say(self, text: str) -> None:
        """Say *text* to people, as from this plugin."""
        name = self.order.name if self.order is not None else self.socket
        print(f"plugin {name}: {text}", file=sys.stderr)  # noqa: T201


class Supervisor:
    """All units of a proxy."""

    def __init__(self, times: Times = Times()) -> None:  # noqa: B008  # it never changes
        self._times = times
        self._units: WeakValueDictionary[str, Unit] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def unit(self, socket: str) -> Unit:
        """Return the unit that is reached at *socket*, always the same one; from any thread."""
        with self._lock:
            found = self._units.get(socket)
            if found is None:
                found = self._units[socket] = Unit(socket, self._times, self._leave)
            return found

    def adopt(self, orders: Mapping[str, Order]) -> None:
        """Keep processes for *orders*, by their sockets, and end all others after their requests; from any thread."""
        with self._lock:
            if self._loop is None:
                if not orders:
                    return
                self._loop = asyncio.SelectorEventLoop()  # of uvloop, processes would be Envoy's business too
                self._thread = threading.Thread(target=self._loop.run_forever, name="crossway-processes", daemon=True)
                self._thread.start()
        self._loop.call_soon_threadsafe(self._adopt, orders)

    def _adopt(self, orders: Mapping[str, Order]) -> None:
        for socket, order in orders.items():
            unit = self.unit(socket)
            unit.order = order
            if socket not in self._running:
                self._running[socket] = self._started(unit.run())
            elif unit.life is not None:
                unit.life.tell(order)
        for socket in self._running.keys() - orders.keys():
            self._running.pop(socket).cancel()

    def _leave(self, life: Life) -> None:
        self._started(life.leave())

    def _started(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(_supervised(work))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        return task

    async def _stop(self) -> None:
        for task in self._running.values():
            task.cancel()
        while self._leaving:
            await asyncio.wait(self._leaving)
        await asyncio.sleep(0)  # for pipes that were closed to be gone

    def stop(self) -> None:
        """End everything, and return when it has ended."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = None


async def _supervised(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001  # what one process does to us is not done to the others
        traceback.print_exc(file=sys.stderr)


SUPERVISOR: Final = Supervisor()
"""That of this process."""
