"""Counts go from the proxies to their control plane, and are added up there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest

from crossway.fleet.counting import METHOD, SERVICE, Counting, tell
from crossway.fleet.envoy_admin import RouteCount


@asynccontextmanager
async def told(counting: Counting, directory: Path) -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([counting.handler()])
    server.add_insecure_port(f"unix:{directory}/counts.sock")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"unix:{directory}/counts.sock") as channel:
            yield channel
    finally:
        await server.stop(None)


async def test_the_last_word_of_each_proxy_counts(tmp_path: Path) -> None:
    counting = Counting()
    async with told(counting, tmp_path) as channel:
        await tell(channel, "north", {"orders": RouteCount(10, 1)})
        await tell(channel, "south", {"orders": RouteCount(5, 2), "users": RouteCount(1, 0)})
        await tell(channel, "north", {"orders": RouteCount(20, 3)})
    assert await counting.total() == {"orders": RouteCount(25, 5), "users": RouteCount(1, 0)}


@pytest.mark.parametrize("said", [b"", b"[]", b'{"proxy": "a", "counts": {"x": ["y"]}}', b"\xff"])
async def test_what_is_no_count_is_refused(tmp_path: Path, said: bytes) -> None:
    counting = Counting()
    async with told(counting, tmp_path) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await channel.unary_unary(f"/{SERVICE}/{METHOD}")(said)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert await counting.total() == {}
