"""Backends that speak something else than plain HTTP: TCP, UDP, WebSocket and gRPC."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Self

import grpc
import websockets.asyncio.server as websockets


class TcpEcho:
    """Sends back what it receives, with its name before it. While it is not healthy it hangs up."""

    def __init__(self, name: str = "echo") -> None:
        self.name = name
        self.healthy = True

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while self.healthy and (data := await reader.read(65_536)):
                writer.write(f"{self.name}:".encode() + data)
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class UdpEcho(asyncio.DatagramProtocol):
    """Sends back each datagram, with its name before it."""

    def __init__(self, name: str = "echo") -> None:
        self.name = name

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port: int = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(f"{self.name}:".encode() + data, addr)


class WebSocketEcho:
    """Sends back each message, after the path that was asked for; ``leave`` makes it hang up."""

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._server.connections)

    async def __aenter__(self) -> Self:
        self._server = await websockets.serve(self._connected, "127.0.0.1", 0)
        self.port: int = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _connected(self, connection: websockets.ServerConnection) -> None:
        assert connection.request is not None
        await connection.send(connection.request.path)
        async for message in connection:
            if message == "leave":
                connection.transport.abort()
            await connection.send(message)


HEALTH_CHECK = "/grpc.health.v1.Health/Check"
POURED = 65_536
"""How many bytes each message of ``Pour`` has."""
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"
"""A ``grpc.health.v1.HealthCheckResponse``, serialised."""


class GrpcEcho:
    """A gRPC server with the service ``echo.Echo``.

    Its methods are ``Unary``, ``Count`` and ``Pour`` (server streaming), ``Join`` (client streaming) and ``Chat`` (both
    ways). Messages are bytes. ``Fail`` ends with ``FAILED_PRECONDITION``. The health service says whether it is
    `healthy`.
    """

    def __init__(self, name: str = "echo") -> None:
        self.name = name
        self.healthy = True
        self.calls = 0
        self.poured = 0
        """How many messages of ``Pour`` have left."""
        self.left = 0
        """How many of its calls have ended."""

    def __enter__(self) -> Self:
        self._server = grpc.server(ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers([_Handlers(self)])
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(grace=None).wait()

    def check(self, _request: bytes, _context: grpc.ServicerContext) -> bytes:
        return SERVING if self.healthy else NOT_SERVING

    def unary(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.calls += 1
        context.set_trailing_metadata((("x-service", self.name),))
        return request

    def count(self, request: bytes, _context: grpc.ServicerContext) -> Iterator[bytes]:
        for number in range(int(request)):
            yield str(number).encode()

    def pour(self, _request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Say as much as is taken, without end."""
        context.add_callback(self._leave)
        while True:
            yield bytes(POURED)
            self.poured += 1

    def _leave(self) -> None:
        self.left += 1

    def join(self, requests: Iterator[bytes], _context: grpc.ServicerContext) -> bytes:
        return b"".join(requests)

    def chat(self, requests: Iterator[bytes], _context: grpc.ServicerContext) -> Iterator[bytes]:
        for request in requests:
            yield request.upper()

    def fail(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, request.decode())


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, echo: GrpcEcho) -> None:
        self._handlers = {
            HEALTH_CHECK: grpc.unary_unary_rpc_method_handler(echo.check),
            "/echo.Echo/Unary": grpc.unary_unary_rpc_method_handler(echo.unary),
            "/echo.Echo/Count": grpc.unary_stream_rpc_method_handler(echo.count),
            "/echo.Echo/Pour": grpc.unary_stream_rpc_method_handler(echo.pour),
            "/echo.Echo/Join": grpc.stream_unary_rpc_method_handler(echo.join),
            "/echo.Echo/Chat": grpc.stream_stream_rpc_method_handler(echo.chat),
            "/echo.Echo/Fail": grpc.unary_unary_rpc_method_handler(echo.fail),
        }

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._handlers.get(call.method)
