"""Questions to the admin API of a Crossway that runs here, over the socket in its data directory."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any, Self

from bench.machine import BenchError

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class Api:
    """One connection to the API of the data directory *state*, kept alive. It is opened by ``async with``."""

    def __init__(self, state: Path) -> None:
        self._socket = state / "admin.sock"

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_unix_connection(self._socket, limit=2**26)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def send(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Return what a request is answered; `BenchError` unless that is a success."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        self._writer.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answer)
        text = await self._reader.readexactly(int(length[1]) if length else 0)
        if not answer.startswith(b"HTTP/1.1 2"):
            raise BenchError(f"{method} {path} is answered {text.decode()}")
        return json.loads(text) if text else None


async def ask(state: Path, path: str) -> Any | None:  # noqa: ANN401 - JSON
    """Return what ``GET path`` answers; `None` while nobody does."""
    try:
        async with Api(state) as api:
            return await api.send("GET", path)
    except (OSError, asyncio.IncompleteReadError):
        return None
