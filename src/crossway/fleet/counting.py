"""Counts of watched routes, from the proxies that joined to their control plane.

A proxy tells its own, all of them each time, over the connection that it has anyway; the control plane adds them up.
A proxy that is silent keeps what it said last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import grpc
import grpc.aio
import msgspec

from crossway.fleet.envoy_admin import RouteCount

SERVICE: Final = "crossway.fleet.v1.Counting"
METHOD: Final = "Tell"


class _Told(msgspec.Struct):
    """What one proxy tells."""

    proxy: str
    counts: dict[str, tuple[int, int]]
    """Requests and failures, by the name of the Envoy route."""


_DECODER: Final = msgspec.json.Decoder(_Told)


class Counting:
    """What the proxies of a control plane have counted."""

    def __init__(self) -> None:
        self._latest: dict[str, Mapping[str, RouteCount]] = {}

    async def total(self) -> Mapping[str, RouteCount]:
        """Return the sum over all proxies, by the name of the Envoy route."""
        return total(self._latest.values())

    def handler(self) -> grpc.GenericRpcHandler[bytes, bytes]:
        """Return what a gRPC server answers the proxies with."""
        method = grpc.unary_unary_rpc_method_handler(self._told)
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    async def _told(self, request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        try:
            told = _DECODER.decode(request)
        except msgspec.DecodeError:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "this is no count of requests")
        self._latest[told.proxy] = {route: RouteCount(*count) for route, count in told.counts.items()}
        return b""


async def tell(channel: grpc.aio.Channel, proxy: str, counts: Mapping[str, RouteCount]) -> None:
    """Tell the control plane at *channel* what *proxy* has counted; `grpc.aio.AioRpcError` if it cannot be reached."""
    told = _Told(proxy, {route: (count.requests, count.failed) for route, count in counts.items()})
    method = channel.unary_unary(f"/{SERVICE}/{METHOD}", request_serializer=bytes, response_deserializer=bytes)
    await method(msgspec.json.encode(told))


def total(counts: Iterable[Mapping[str, RouteCount]]) -> dict[str, RouteCount]:
    """Return the sum of *counts*, route by route."""
    found: dict[str, RouteCount] = {}
    for one in counts:
        for route, count in one.items():
            before = found.get(route, RouteCount())
            found[route] = RouteCount(before.requests + count.requests, before.failed + count.failed)
    return found
