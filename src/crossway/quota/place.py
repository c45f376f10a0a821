"""The quota service of a control plane: by itself, or with others that share its limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from crossway.quota.quotas import Quotas
from crossway.quota.service import QuotaService


@asynccontextmanager
async def sharing(url: str, name: str, clock: Callable[[], float]) -> AsyncIterator[QuotaService]:
    """Give the service of the control plane *name*, which shares limits with all others of the Redis at *url*.

    With no URL of a Redis, it shares with nobody. *clock* gives seconds that never go back. `UserError` for a URL that
    cannot be read. A Redis that is away is none: it may come.
    """
    quotas = Quotas()
    service = QuotaService(quotas, clock)
    if "://" not in url:
        yield service
        return
    from crossway.quota.sharing import Sharing  # its client is large, and most have none

    exchange = Sharing(url, quotas, name, clock)
    async with asyncio.TaskGroup() as tasks:
        exchanging = tasks.create_task(exchange.run(service.tell))
        try:
            yield service
        finally:
            exchanging.cancel()
