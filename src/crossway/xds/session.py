"""One connected proxy: does what `protocol.Stream` says is to be done, and tells it what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence

from crossway.errors import RemoteError
from crossway.xds.protocol import Acknowledged, AwaitGrace, AwaitWarm, Live, Output, Progress, Refused, Stream
from crossway.xds.proxies import News, Proxy
from crossway.xds.snapshot import Snapshot
from crossway.xds.subscription import Request, Send

Warm = Callable[[str, frozenset[str]], Awaitable[None]]
"""Return once the clusters are warm in the proxy with the node id. A `RemoteError` means that nothing proves it."""

ASK_AGAIN = 1.0
"""Seconds until a proxy is asked again whether a cluster is warm, after one that came to nothing."""


class Session:
    """The work for one stream. Its tasks run in the group that it is given, until `end`."""

    def __init__(
        self,
        proxy: Proxy,
        tasks: asyncio.TaskGroup,
        write: Callable[[Send], Awaitable[None]],
        heard: Callable[[int, Progress, Sequence[News]], None],
        warm: Warm,
        patience: float,
        grace: float,
    ) -> None:
        self.number = proxy.stream
        self.view = proxy.view
        self.offered: Snapshot | None = None
        """What the proxy is to have."""
        self._node = proxy.node.id
        self._stream = Stream()
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()
        self._heard = heard
        self._warm = warm
        self._patience = patience
        self._grace = grace
        self._outbox: asyncio.Queue[Send] = asyncio.Queue()
        self._start(self._write_with(write))

    def offer(self, snapshot: Snapshot) -> None:
        """Bring the proxy to *snapshot*."""
        self.offered = snapshot
        self._carry_out(self._stream.offer(snapshot))

    def receive(self, request: Request) -> None:
        """Take in what the proxy says."""
        self._carry_out(self._stream.receive(request))

    def end(self) -> None:
        """Stop all that is still under way for the proxy."""
        for task in self._running:
            task.cancel()

    def _carry_out(self, outputs: list[Output]) -> None:
        news: list[News] = []
        for output in outputs:
            match output:
                case Send():
                    self._outbox.put_nowait(output)
                case AwaitWarm():
                    self._start(self._wait_until_warm(output))
                case AwaitGrace():
                    self._start(self._wait_for_grace(output))
                case Acknowledged() | Refused() | Live():
                    news.append(output)
        self._heard(self.number, self._stream.progress, news)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _write_with(self, write: Callable[[Send], Awaitable[None]]) -> None:
        while True:
            await write(await self._outbox.get())

    async def _wait_until_warm(self, awaited: AwaitWarm) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._warm(self._node, awaited.names)
        except (TimeoutError, RemoteError):
            # Going on without the proof costs at most the routes to that cluster; waiting on costs all others.
            self._carry_out(self._stream.give_up(awaited))
            await self._until_proven(awaited.names)
        self._carry_out(self._stream.warm(awaited))

    async def _until_proven(self, clusters: frozenset[str]) -> None:
        while True:
            try:
                await self._warm(self._node, clusters)
            except RemoteError:
                await asyncio.sleep(ASK_AGAIN)
            else:
                return

    async def _wait_for_grace(self, awaited: AwaitGrace) -> None:
        await asyncio.sleep(self._grace)
        self._carry_out(self._stream.elapsed(awaited))
