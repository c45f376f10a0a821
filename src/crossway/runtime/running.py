"""One run of a hook: driven slice by slice, so that its time and its CPU are its own, and it ends when its time does.

Law: what a plugin waits for others does not count: the next handler, and bodies on their way. The rest counts, whatever
it waits for. So a deadline says something about the plugin, and nothing about the backend.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator
from time import perf_counter, thread_time
from typing import Any, Final, Generic, TypeVar

from crossway.runtime.handler import Next
from crossway.runtime.meters import Meter
from crossway.runtime.watchdog import Interrupted, Slice, lane
from crossway.sdk.http import Message, Request, Response
from crossway.sdk.plugin import Doing

T = TypeVar("T")

MOST_CALLS: Final = 10
"""How often one run may send a request on."""

_unending: Final[deque[object]] = deque(maxlen=1000)
"""Hooks that do not end even when they are closed. To be collected would run them once more, in any thread; so they are
kept, and the oldest is let go by a newer one, on the loop."""


class Overdue(Exception):  # noqa: N818  # it is what it is called
    """A run took longer than it may; its cause, if it has one, is where it was."""


class Run(Slice):
    """One hook at work."""

    __slots__ = (
        "_cpu",
        "_is_armed",
        "_is_over",
        "_lane",
        "_meter",
        "_others",
        "_since",
        "_stands_for",
        "_timeout",
        "calls",
        "is_away",
        "passed",
    )

    def __init__(self, meter: Meter, deadline: float) -> None:
        self.left = deadline
        self.condemned = False
        self.passed: BaseException | None = None
        """What others raised while the hook waited for them: no error of its own."""
        self.is_away = False
        """Whether what runs in the task of the hook is somebody else's: it waits for that."""
        self.calls = 0
        """How often it has sent a request on."""
        self._others = 0
        self._meter = meter
        self._timeout: asyncio.Timeout | None = None
        self._is_armed = False
        self._is_over = False

    async def result(self, hook: Doing[T]) -> T:
        """Return what *hook* returns, and raise what it raises; `Overdue` once its time is over."""
        self._lane = here = lane(asyncio.get_running_loop())
        here.count += 1
        self._since = perf_counter()
        self._stands_for = self._meter.begin(self._since)
        try:
            # Most hooks never wait. One that does not needs no timer and no driver, which is most of what it costs.
            here.running = self
            if self._stands_for:
                self._cpu = thread_time()
            try:
                waiting = hook.send(None)
            except StopIteration as ended:
                return ended.value  # type: ignore[no-any-return]
            finally:
                if not self.is_away:
                    self.pause()
            async with asyncio.timeout(None) as self._timeout:
                return await _Rest(self, hook, waiting)
        except Interrupted as where:
            self._lane.spare(self)
            self._end(hook)
            raise Overdue from where
        except TimeoutError:
            if self._timeout is None or not self._timeout.expired():
                raise
            self._end(hook)
            raise Overdue from None
        finally:
            if not self._others:
                self._meter.seconds += perf_counter() - self._since
            self._is_over = True

    def resume(self) -> None:
        """Begin a slice."""
        self._lane.count += 1
        self._lane.running = self
        if self._stands_for:
            self._cpu = thread_time()

    def pause(self) -> None:
        """End the slice that is under way."""
        self._lane.running = None
        if self._stands_for:
            self._meter.cpu += self._stands_for * (thread_time() - self._cpu)
        if self.condemned:
            self._lane.spare(self)

    def waits(self) -> None:
        """See to it that the hook is woken up once its time is over; `TimeoutError` if it was, and still waits."""
        if self._others or self._timeout is None:
            return
        if self._timeout.expired():
            raise TimeoutError
        self._arm(self._timeout)

    def _arm(self, timeout: asyncio.Timeout) -> None:
        if not self._is_armed:
            self._is_armed = True
            left = self.left - (perf_counter() - self._since)
            timeout.reschedule(asyncio.get_running_loop().time() + left)

    async def call(self, call_next: Next, request: Request) -> Response:
        """Send *request* on, and wait as long as that takes."""
        if not isinstance(request, Request):
            raise TypeError(f"call_next takes a Request, and was given a {type(request).__name__}")
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise RuntimeError(f"call_next was awaited more than {MOST_CALLS} times for one request")
        is_own = self._leave()
        try:
            response = await call_next(request)
        except BaseException as error:
            self.passed = error
            raise
        finally:
            self._come_back(is_own)
        self.lets_wait(response)
        return response

    def lets_wait(self, message: Message) -> None:
        """Let the hook wait for the body of *message* as long as that takes."""
        message.through(self._unhurried)

    async def _unhurried(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        while True:
            is_own = self._leave()
            try:
                piece = await anext(pieces, None)
            except BaseException as error:
                self.passed = error
                raise
            finally:
                self._come_back(is_own)
            if piece is None:
                return
            yield piece

    def _leave(self) -> bool:
        """Begin to wait for others; return whether it is the task of the hook that waits, and no other of its tasks."""
        if self._is_over:
            return False
        is_own = self._lane.running is self
        if is_own:
            self.pause()
            self.is_away = True
        if not self._others:
            spent = perf_counter() - self._since
            self.left -= spent
            self._meter.seconds += spent
            if self._is_armed and self._timeout is not None and not self._timeout.expired():
                self._timeout.reschedule(None)
                self._is_armed = False
        self._others += 1
        return is_own

    def _come_back(self, is_own: bool) -> None:
        if self._is_over:
            return
        self._others -= 1
        if not self._others:
            self._since = perf_counter()
        if is_own:
            self.is_away = False
            self.resume()
        elif not self._others and self._timeout is not None and not self._timeout.expired():
            self._arm(self._timeout)

    def _end(self, hook: Doing[T]) -> None:
        """Let *hook* clean up, if it has not ended."""
        self.left = 0.0
        self.is_away = False
        self.resume()
        try:
            hook.close()
        except (Interrupted, Exception):  # noqa: BLE001  # of a hook that was given up
            self._lane.spare(self)
            _unending.append(hook)
        finally:
            self.pause()


class _Rest(Generic[T]):
    """What is left of a hook that has begun to wait."""

    __slots__ = ("_hook", "_run", "_waiting")

    def __init__(self, run: Run, hook: Doing[T], waiting: object) -> None:
        self._run, self._hook, self._waiting = run, hook, waiting

    def __await__(self) -> Generator[Any, Any, T]:
        run, hook, waiting = self._run, self._hook, self._waiting
        while True:
            run.waits()
            try:
                given = yield waiting
            except BaseException as error:  # noqa: BLE001  # it is the hook's to deal with
                step: Callable[[Any], object] = hook.throw
                given = error
            else:
                step = hook.send
            if not run.is_away:
                run.resume()
            try:
                waiting = step(given)
            except StopIteration as ended:
                return ended.value  # type: ignore[no-any-return]
            finally:
                if not run.is_away:
                    run.pause()
