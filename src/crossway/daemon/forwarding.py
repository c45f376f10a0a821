"""What a relay passes on: the questions that its proxy asks while it serves, as the bytes they came in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import grpc
import grpc.aio

if TYPE_CHECKING:
    Handler = grpc.GenericRpcHandler[bytes, bytes]
    Context = grpc.aio.ServicerContext[bytes, bytes]


def forward_calls(channel: grpc.aio.Channel, service: str, method: str) -> Handler:
    """Return what answers each call of a method with whatever the control plane at *channel* says."""
    ask = channel.unary_unary(f"/{service}/{method}", request_serializer=bytes, response_deserializer=bytes)

    async def asked(data: bytes, context: Context) -> bytes:
        try:
            answered: bytes = await ask(data, timeout=context.time_remaining())
        except grpc.aio.AioRpcError as error:
            await context.abort(error.code(), error.details() or "")
        return answered

    return grpc.method_handlers_generic_handler(service, {method: grpc.unary_unary_rpc_method_handler(asked)})


def forward_streams(channel: grpc.aio.Channel, service: str, method: str) -> Handler:
    """Return what joins each stream of a method with one of its own to the control plane at *channel*."""
    converse = channel.stream_stream(f"/{service}/{method}", request_serializer=bytes, response_deserializer=bytes)

    async def conversed(said: AsyncIterator[bytes], context: Context) -> None:
        try:
            async for told in converse(said):
                await context.write(told)
        except grpc.aio.AioRpcError as error:
            fault = error
        else:
            return
        await context.abort(fault.code(), fault.details() or "")

    return grpc.method_handlers_generic_handler(service, {method: grpc.stream_stream_rpc_method_handler(conversed)})
