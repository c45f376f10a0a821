"""A proxy that is none: it speaks xDS, and takes what it is given, refuses it or says nothing, as a test wants it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from crossway.compile.envoy.resource import Resource
from crossway.daemon.relay import TYPES
from crossway.xds.client import Client, everything
from crossway.xds.server import Server
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import Node
from harness.waiting import until


@dataclass
class Pretender:
    """One proxy."""

    client: Client
    refuses: dict[str, str] = field(default_factory=dict)
    """What it says of resources, by their names."""
    dislikes: Callable[[Resource], bool] = lambda _: False
    """Says of a resource whether it is refused too."""
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, it hears everything and says nothing."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def has(self) -> Snapshot:
        """What it took over."""
        return self.client.accepted

    def leave(self) -> None:
        """Go away."""
        for task in self.tasks:
            task.cancel()

    async def answer(self) -> None:
        """Answer what comes, until cancelled."""
        async for update in self.client.updates():
            await self.answers.wait()
            given = [(kind, *item) for kind in update.types for item in update.snapshot.of_type(kind).items()]
            refused = {kind: self.refuses[name] for kind, name, _ in given if name in self.refuses}
            disliked = {kind: "disliked" for kind, _, resource in given if self.dislikes(resource)}
            update.refuse(refused | disliked)


@asynccontextmanager
async def pretending(server: Server, address: str, name: str = "envoy", view: str = "*") -> AsyncIterator[Pretender]:
    """Connect a proxy called *name* to *server*, which listens at *address*."""
    pretender = Pretender(Client(address, Node(name, view), everything(TYPES), lambda _: 0.01))
    pretender.answers.set()
    async with asyncio.TaskGroup() as tasks:
        pretender.tasks = [tasks.create_task(pretender.client.run()), tasks.create_task(pretender.answer())]
        await until(lambda: name in {proxy.node.id for proxy in server.proxies})
        try:
            yield pretender
        finally:
            pretender.leave()
