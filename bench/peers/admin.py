"""A word to the admin API of a peer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable

from bench.machine import BenchError

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def post(connecting: Awaitable[Streams], path: str, body: object) -> None:
    """Post *body* as JSON on a connection of its own; `BenchError` says what was answered if it is no success."""
    reader, writer = await connecting
    text = json.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode())
    answer = await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 2"):
        raise BenchError(f"the admin API said {answer.splitlines()[-1:]}")
