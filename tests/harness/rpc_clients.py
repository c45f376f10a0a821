"""Clients of Connect, gRPC-Web and gRPC that others wrote, for the messages of ``harness.orders``."""

from typing import Any

import pyqwest
from connectrpc.client import ConnectClient
from connectrpc.codec import Codec
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from harness.orders import METHODS, POOL, SERVICE


class Proto:
    """Messages as they are."""

    def name(self) -> str:
        return "proto"

    def encode(self, message: Message) -> bytes:
        return message.SerializeToString()

    def decode(self, data: bytes | bytearray, message_class: type[Any]) -> Any:
        return message_class.FromString(bytes(data))


class Json:
    """Messages in JSON, which browsers speak unless told otherwise."""

    def name(self) -> str:
        return "json"

    def encode(self, message: Message) -> bytes:
        return json_format.MessageToJson(message, descriptor_pool=POOL).encode()

    def decode(self, data: bytes | bytearray, message_class: type[Any]) -> Any:
        return json_format.Parse(bytes(data), message_class(), descriptor_pool=POOL)


_STREAMS = {
    (False, False): StreamType.UNARY,
    (True, False): StreamType.CLIENT_STREAM,
    (False, True): StreamType.SERVER_STREAM,
    (True, True): StreamType.BIDI_STREAM,
}
CODECS: dict[str, Codec] = {"proto": Proto(), "json": Json()}


def method(name: str) -> MethodInfo[Any, Any]:
    """Return what a client knows of a method of the shop."""
    found = METHODS[name]
    safe = found.GetOptions().idempotency_level == 1
    return MethodInfo(
        name=name,
        service_name=SERVICE,
        input=GetMessageClass(found.input_type),
        output=GetMessageClass(found.output_type),
        stream_type=_STREAMS[found.client_streaming, found.server_streaming],
        idempotency_level=IdempotencyLevel.NO_SIDE_EFFECTS if safe else IdempotencyLevel.UNKNOWN,
    )


def client(
    port: int, codec: str = "proto", protocol: ProtocolType = ProtocolType.CONNECT, **options: Any
) -> ConnectClient:
    """Return a client of the gateway at *port*, in HTTP/2."""
    transport = pyqwest.HTTPTransport(http_version=pyqwest.HTTPVersion.HTTP2)
    return ConnectClient(
        f"http://127.0.0.1:{port}",
        codec=CODECS[codec],
        protocol=protocol,
        http_client=pyqwest.Client(transport),
        **options,
    )
