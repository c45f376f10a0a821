"""One Envoy and its control plane, for tests that give it many configurations and know no event loop."""

import asyncio
import re
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crossway.compile.envoy.resource import Resource
from crossway.xds.server import Server
from crossway.xds.snapshot import Snapshot
from xds.samples import running_envoy

PATIENCE = 20.0


@dataclass(frozen=True)
class Reply:
    """What came back for one request."""

    status: int
    headers: Mapping[str, str]
    body: str


class Proxy:
    """An Envoy that takes whatever it is given, by delta ADS, in some milliseconds."""

    def __init__(self, runner: asyncio.Runner, server: Server, log: Path) -> None:
        self._runner = runner
        self._server = server
        self._log = log
        self.port = _free_port()
        """A port of 127.0.0.1 for the listeners."""

    def serve(self, resources: Iterable[Resource]) -> None:
        """Make *resources* live."""
        self._runner.run(self._publish(Snapshot.of(resources)))

    async def _publish(self, snapshot: Snapshot) -> None:
        self._server.publish("edge", snapshot)
        outcome = await self._server.live("edge", snapshot.version, within=PATIENCE)
        assert outcome.live, f"{outcome}\n{self._log.read_text()[-2000:]}"

    def ask(self, requests: Iterable[bytes]) -> list[Reply]:
        """Return the reply to each request, a head without a body, all of one connection.

        One by one: Envoy takes more than two answers that wait to be sent for a flood.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            replies = connection.makefile("rb")
            found = []
            for request in requests:
                connection.sendall(request)
                found.append(_reply(replies))
            return found


@contextmanager
def proxied(folder: Path) -> Iterator[Proxy]:
    """An Envoy with its control plane, both of which keep what they need in *folder*."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def start() -> Server:
            server = Server(lambda _node, _identities: "edge", time.monotonic, grace=0.0)
            server.listen(f"unix:{folder}/ads.sock")
            await stack.enter_async_context(server)
            await stack.enter_async_context(running_envoy(folder))
            async with asyncio.timeout(PATIENCE):
                while not len(server.proxies):
                    await server.proxies.change()
            return server

        try:
            yield Proxy(runner, runner.run(start()), folder / "envoy.log")
        finally:
            runner.run(stack.aclose())


def _reply(replies: BinaryIO) -> Reply:
    status = int(replies.readline().split()[1])
    head = b"".join(iter(replies.readline, b"\r\n")).decode()
    headers: dict[str, str] = {}
    for name, value in re.findall(r"(?m)^([^:\r\n]+): ?(.*?)\r$", head):
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Reply(status, headers, replies.read(int(headers.get("content-length", "0"))).decode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
