"""gRPC handlers, served: what answers a proxy, directly or through a relay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import grpc
import grpc.aio

from crossway.daemon.forwarding import forward_calls


@asynccontextmanager
async def serving(handler: grpc.GenericRpcHandler) -> AsyncIterator[grpc.aio.Channel]:
    """Answer with *handler*, and give a channel to it."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([handler])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await server.stop(None)


@asynccontextmanager
async def reached(
    handler: grpc.GenericRpcHandler, service: str, method: str, way: Literal["direct", "relay"]
) -> AsyncIterator[grpc.aio.Channel]:
    """Give a channel on which *handler* answers, or a relay of it."""
    async with serving(handler) as channel:
        if way == "direct":
            yield channel
            return
        async with serving(forward_calls(channel, service, method)) as relayed:
            yield relayed
