"""A real gRPC service whose messages are those of ``tests/data/shop.proto``, without generated code."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self

import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha import reflection

DESCRIPTORS = Path(__file__).parents[1] / "data/shop.pb"
SERVICE = "shop.v1.Orders"


def pool_of(content: bytes) -> DescriptorPool:
    """Return the types of a descriptor set."""
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(content).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


POOL = pool_of(DESCRIPTORS.read_bytes())
METHODS = {method.name: method for method in POOL.FindServiceByName(SERVICE).methods}


def message(name: str) -> Any:
    """Return the class of the message *name*."""
    return GetMessageClass(POOL.FindMessageTypeByName(name))


Order, Summary, ListOrdersRequest = map(message, ("shop.v1.Order", "shop.v1.Summary", "shop.v1.ListOrdersRequest"))
GetOrderRequest, CreateOrderRequest = map(message, ("shop.v1.GetOrderRequest", "shop.v1.CreateOrderRequest"))
HttpBody = message("google.api.HttpBody")


class Orders:
    """The service on a free port; *reflects* says whether it tells what it is.

    ``GetOrder`` refuses the id ``none`` (NOT_FOUND, with details), and ``slow`` takes until it is cancelled.
    """

    def __init__(self, *, reflects: bool = True, tls: grpc.ServerCredentials | None = None, port: int = 0) -> None:
        self.reflects, self.tls, self.port = reflects, tls, port
        self.metadata: dict[str, str | bytes] = {}
        """What came with the last call."""
        self.cancelled = 0
        """How many calls were cancelled."""

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers([_Handlers(self)])
        if self.reflects:
            reflection.enable_server_reflection([SERVICE, reflection.SERVICE_NAME], self._server, POOL)
        address = f"127.0.0.1:{self.port}"
        if self.tls is not None:
            self.port = self._server.add_secure_port(address, self.tls)
        else:
            self.port = self._server.add_insecure_port(address)
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(None)

    async def get_order(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        self.metadata = dict(context.invocation_metadata() or ())
        await context.send_initial_metadata((("x-shop", "open"),))
        context.set_trailing_metadata((("x-took", "1ms"), ("x-raw-bin", b"\x00\xff")))
        if request.id == "none":
            detail = AnyMessage(
                type_url="type.googleapis.com/shop.v1.Order", value=Order(id="none").SerializeToString()
            )
            context.set_trailing_metadata((("grpc-status-details-bin", _status(5, "no \u00e9!", detail)),))
            await context.abort(grpc.StatusCode.NOT_FOUND, "no \u00e9!")
        if request.id == "slow":
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1
        return Order(id=request.id, item="tea", quantity=2**53 + 1, unit_price=0.5, tags=["a", "b"], state=1)

    async def create_order(self, request: Any, _context: object) -> Any:
        order = request.order
        order.id = f"{request.customer.id}-1"
        return order

    async def cancel_order(self, request: Any, _context: object) -> Any:
        return request

    async def list_orders(self, request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        number = 0
        try:
            while number < request.limit:
                yield Order(id=str(number), item=",".join(request.items))
                number += 1
        finally:
            self.cancelled += number < request.limit
        if request.customer.id == "none":
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "no more")

    async def add_orders(self, requests: AsyncIterator[Any], _context: object) -> Any:
        return Summary(count=len([request async for request in requests]))

    async def watch(self, requests: AsyncIterator[Any], _context: object) -> AsyncIterator[Any]:
        async for request in requests:
            yield Order(id=request.id, item=request.item.upper())

    async def receipt(self, request: Any, _context: object) -> Any:
        return HttpBody(content_type="text/plain", data=f"receipt {request.id}".encode())

    async def upload(self, request: Any, _context: object) -> Any:
        return Summary(count=len(request.data))

    async def count(self, request: Any, _context: object) -> Any:
        return Summary(count=request.limit)

    async def hidden(self, request: Any, _context: object) -> Any:
        return request


def _status(code: int, text: str, detail: AnyMessage) -> bytes:
    """Return a `google.rpc.Status`, serialised."""
    said, content = text.encode(), detail.SerializeToString()
    return bytes((0x08, code, 0x12, len(said))) + said + bytes((0x1A, len(content))) + content


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, orders: Orders) -> None:
        self._handlers = {f"/{SERVICE}/{name}": _handler(orders, name) for name in METHODS}

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._handlers.get(call.method)


def _handler(orders: Orders, name: str) -> grpc.RpcMethodHandler:
    method = METHODS[name]
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")
    made: dict[tuple[bool, bool], Callable[..., grpc.RpcMethodHandler]] = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    return made[method.client_streaming, method.server_streaming](
        getattr(orders, words),
        request_deserializer=GetMessageClass(method.input_type).FromString,
        response_serializer=lambda answer: answer.SerializeToString(),
    )
