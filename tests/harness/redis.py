"""A real Redis server, while a test needs one. It can be killed and started again, with its data or without."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest
from redis.asyncio import Redis as Client
from redis.exceptions import RedisError

from harness.ports import free_port
from harness.waiting import until

BINARY = shutil.which("redis-server")
PATIENCE = 15.0

needed = pytest.mark.skipif(BINARY is None, reason="there is no Redis here: install the package redis-server")


class Redis:
    """One server, inside ``async with``. It forgets everything when it ends, unless it is *durable*."""

    def __init__(self, *, durable: bool = False) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._directory = tempfile.TemporaryDirectory(prefix="cw-redis-")
        self._options = ("--appendonly", "yes", "--appendfsync", "always") if durable else ()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        self._directory.cleanup()

    async def start(self) -> None:
        """Start it, and return when it answers."""
        self._process = await asyncio.to_thread(self._spawn)
        await until(self._answers, within=PATIENCE)

    async def kill(self) -> None:
        """End it at once, as a power cut does."""
        self._process.kill()
        await asyncio.to_thread(self._process.wait, PATIENCE)

    def _spawn(self) -> subprocess.Popen[bytes]:
        folder = self._directory.name
        assert BINARY is not None
        command = [BINARY, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with (Path(folder) / "log").open("ab") as log:
            return subprocess.Popen([*command, *self._options], stdout=log, stderr=log)

    @contextmanager
    def stunned(self) -> Iterator[None]:
        """Have it do nothing, neither answer nor refuse, inside ``with``."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    async def _answers(self) -> bool:
        assert self._process.poll() is None, (Path(self._directory.name) / "log").read_text()
        async with Client.from_url(self.url) as client:
            try:
                return bool(await client.ping())
            except RedisError:
                return False
