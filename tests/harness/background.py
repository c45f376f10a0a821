"""A thread with an event loop of its own, for what outlives a test: upstreams and shared gateways."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Self, TypeVar

T = TypeVar("T")

DEADLINE = 60.0


class Background:
    """Runs coroutines in its loop, inside ``with``. What is still running at the end is cancelled."""

    def __init__(self) -> None:
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._main, name="background")

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def _main(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._stopped = asyncio.Event()
            self._loop.call_soon(self._started.set)
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        await self._stopped.wait()

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Return what *work* returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE)

    @contextmanager
    def entered(self, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Enter *manager* here and leave it at the end."""

        async def enter() -> T:
            return await manager.__aenter__()

        async def leave() -> None:
            await manager.__aexit__(None, None, None)

        value = self.run(enter())
        try:
            yield value
        finally:
            self.run(leave())
