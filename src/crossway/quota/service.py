"""The quota service that proxies report to, around `Quotas`. This module moves bytes and waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import count, groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import grpc
import grpc.aio

from crossway.errors import RemoteError
from crossway.quota.quotas import Decision, Quotas
from crossway.quota.wire import METHOD, SERVICE, read_reports, write_decisions

if TYPE_CHECKING:
    Handler = grpc.GenericRpcHandler[bytes, bytes]
    Context = grpc.aio.ServicerContext[bytes, bytes]


class QuotaService:
    """Tells proxies their shares of limits."""

    def __init__(self, quotas: Quotas, clock: Callable[[], float]) -> None:
        """Make a service; *clock* gives seconds that never go back."""
        self._quotas = quotas
        self._clock = clock
        self._streams: dict[str, asyncio.Queue[bytes]] = {}
        self._numbers = count(1)

    def handler(self) -> Handler:
        """Return what a gRPC server answers the proxies with."""
        method = grpc.stream_stream_rpc_method_handler(self._serve)
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    async def _serve(self, reports: AsyncIterator[bytes], context: Context) -> None:
        proxy = f"{context.peer()}#{next(self._numbers)}"
        told = self._streams[proxy] = asyncio.Queue()
        try:
            async with asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(_tell(told, context))
                async for data in reports:
                    self.tell(self._quotas.report(proxy, read_reports(data), self._clock()))
                telling.cancel()
        except* RemoteError as errors:
            fault = str(errors.exceptions[0])
        else:
            return
        finally:
            del self._streams[proxy]
            self.tell(self._quotas.leave(proxy, self._clock()))
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, fault)

    def tell(self, decisions: Iterable[Decision]) -> None:
        """Tell every proxy what concerns it, in one message."""
        ordered = sorted(decisions, key=attrgetter("proxy"))
        for proxy, own in groupby(ordered, key=attrgetter("proxy")):
            if (told := self._streams.get(proxy)) is not None:
                told.put_nowait(write_decisions(own))


async def _tell(told: asyncio.Queue[bytes], context: Context) -> None:
    while True:
        await context.write(await told.get())
