"""An admin API over a desk in memory, and clients of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crossway.admin.application import control_application
from crossway.admin.doors import Tls
from crossway.admin.pages.probes import Probes
from crossway.admin.serving import AdminServer
from crossway.admin.tokens import Grant, Tokens
from crossway.model.access import Role
from harness import client
from harness.client import Answer
from harness.desks import MemoryDesk, MemoryLedger


async def metrics() -> bytes:
    return b"one 1\n"


async def is_ready() -> bool:
    return True


async def is_not_ready() -> bool:
    return False


@dataclass
class Admin:
    """A running admin API."""

    server: AdminServer
    desk: MemoryDesk
    ledger: MemoryLedger
    tokens: Tokens
    token: str
    """Of an admin."""
    said: list[str] = field(default_factory=list)

    async def grant(self, role: Role, *namespaces: str, expires: timedelta | None = None) -> str:
        """Return a new token."""
        ends = datetime.now(UTC) + expires if expires is not None else None
        return (await self.tokens.add(Grant(role.value, role, frozenset(namespaces), ends)))[0]

    async def ask(
        self,
        path: str,
        method: str = "GET",
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request with a token; *body* is JSON, or a text as it is."""
        sent = {"authorization": f"Bearer {self.token if token is None else token}"}
        text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        if text:
            sent["content-type"] = "application/json"
        return await client.request(
            self.server.port, path, method=method, body=text, headers=sent | dict(headers or {})
        )


@asynccontextmanager
async def admin_api(state: Path, tls: Tls | None = None) -> AsyncIterator[Admin]:
    """Serve an admin API with its state in the directory *state*."""
    desk, ledger, said = MemoryDesk(), MemoryLedger(), list[str]()
    tokens = Tokens(ledger)
    token = await tokens.begin()
    assert token is not None
    app = control_application(Probes(metrics, is_ready), desk, ledger, tokens, said.append)
    async with AdminServer(app, state, "127.0.0.1:0", tls) as server:
        yield Admin(server, desk, ledger, tokens, token, said)


async def raw(port: int, content: bytes) -> bytes:
    """Send bytes, and return everything that comes back until the other side closes."""
    async with asyncio.timeout(client.DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(content)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()


async def over_unix(path: Path, content: bytes) -> bytes:
    """Send bytes to a Unix socket, and return everything that comes back until the other side closes."""
    async with asyncio.timeout(client.DEADLINE):
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            writer.write(content)
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
