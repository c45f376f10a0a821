"""A real PostgreSQL server, in a directory of its own, for as long as tests need one.

It refuses to run as root, so root starts it as another account. It listens on a Unix socket alone, so it needs no port,
and trusts whoever reaches that.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Self

import asyncpg

from harness.waiting import until

BINARIES = Path("/usr/lib/postgresql")
"""Where Debian keeps them, by version, and not in the PATH."""
SETTINGS = {"listen_addresses": "", "fsync": "off", "shared_buffers": "16MB", "max_connections": "50"}
PATIENCE = 30.0


def binary(name: str) -> str | None:
    """Return the path of a program of the server; `None` if there is none here."""
    places = sorted(BINARIES.glob("*/bin"), key=lambda place: float(place.parent.name), reverse=True)
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))


class Postgres:
    """One server, inside ``async with``. It can be taken away for a while, and then has what it had."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="cw-postgres-")
        self._folder = Path(self._directory.name)
        self._numbers = count(1)

    async def __aenter__(self) -> Self:
        if os.geteuid() == 0:
            shutil.chown(self._folder, **_account())
        await asyncio.to_thread(self._make)
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop(signal.SIGQUIT)
        self._directory.cleanup()

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://crossway@/{database}?host={self._folder}"

    async def place(self) -> str:
        """Return the URL of an empty place: a schema, which is made a hundred times faster than a database."""
        name = f"test{next(self._numbers)}"
        await self.execute(f"CREATE SCHEMA {name}")
        return f"{self.url()}&search_path={name}"

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Be without it, inside ``async with``: every connection breaks."""
        await self._stop(signal.SIGINT)
        try:
            yield
        finally:
            await self._start()

    def _make(self) -> None:
        command = [
            binary("initdb"),
            "--pgdata=data",
            "--auth=trust",
            "--username=crossway",
            "--encoding=UTF8",
            "--no-sync",
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, cwd=self._folder, **_runner())

    async def _start(self) -> None:
        self._process = await asyncio.to_thread(self._spawn)
        await until(self._answers, within=PATIENCE)

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command = [binary("postgres"), "-D", "data", f"--unix_socket_directories={self._folder}", *options]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, **_runner())

    async def _answers(self) -> bool:
        assert self._process.poll() is None, (self._folder / "log").read_text()
        try:
            await self.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    async def _stop(self, how: signal.Signals) -> None:
        """Stop it: SIGINT for an orderly end, SIGQUIT for one at once."""
        self._process.send_signal(how)
        await asyncio.to_thread(self._process.wait, PATIENCE)


def _account() -> dict[str, str]:
    return {"user": "nobody", "group": "nogroup"}


def _runner() -> dict[str, str]:
    return _account() if os.geteuid() == 0 else {}
