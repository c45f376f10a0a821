"""Load: clients that count what is answered, and keep what is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.client import connected
from harness.waiting import until


class Load:
    """Clients that ask one after the other, without a pause, until told to stop."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self._stopped = False
        self.answered = 0
        self.failed: list[str] = []

    @asynccontextmanager
    async def running(self, clients: int) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(clients):
                tasks.create_task(self._ask())
            await until(lambda: self.answered >= clients)
            try:
                yield
            finally:
                self._stopped = True

    async def _ask(self) -> None:
        while not self._stopped:
            async with connected(self._port) as connection:
                while not self._stopped and connection.reusable:
                    try:
                        answer = await connection.request(self._path)
                    except OSError as error:
                        self.failed.append(repr(error))
                        break
                    self.answered += 1
                    if answer.status != 200:
                        self.failed.append(f"{answer.status} {answer.text}")
