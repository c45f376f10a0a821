"""gRPC as bridges speak it: frames on a stream (gRPC over HTTP2, `Length-Prefixed-Message`), and messages as JSON.

Messages are those of a descriptor set, in a pool of their own: two services may call different things the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, EncodeError

from crossway.sdk.http import Response

GRPC: Final = "application/grpc"
COMPRESSED: Final = 0x01
"""The flag of a frame whose message is compressed."""
NESTED: Final = 100
"""How deeply messages may be nested, as in other implementations of protobuf."""
OK: Final = 0
_HEAD: Final = 5
HTTP_STATUSES: Final = (200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401)
"""The status of HTTP for each of gRPC, by its number (google/rpc/code.proto)."""


class FrameError(ValueError):
    """What came is no frame, or one that is larger than it may be."""


class LargeFrameError(FrameError):
    """It is larger than it may be."""


def frame(message: bytes, flags: int = 0) -> bytes:
    """Return *message* as it stands on a stream."""
    return bytes((flags,)) + len(message).to_bytes(4, "big") + message


async def frames(stream: AsyncIterator[bytes], largest: int) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the flags and the message of each frame of *stream*; `FrameError` for one beyond *largest*, or half of one.

    Nothing is kept but the frame that is coming.
    """
    waiting = bytearray()
    async for piece in stream:
        waiting += piece
        while len(waiting) >= _HEAD:
            size = int.from_bytes(waiting[1:_HEAD], "big")
            if size > largest:
                raise LargeFrameError(f"a message has {size} bytes, and {largest} are the most")
            if len(waiting) < _HEAD + size:
                break
            yield waiting[0], bytes(waiting[_HEAD : _HEAD + size])
            del waiting[: _HEAD + size]
    if waiting:
        raise FrameError("the stream ends within a message")


class Method:
    """One method of a descriptor set, which the compiler has found to be right."""

    def __init__(self, descriptor_set: bytes, name: str) -> None:
        """Take the method that is called *name*, `package.Service/Method`."""
        self._pool = DescriptorPool()
        for file in FileDescriptorSet.FromString(descriptor_set).file:
            self._pool.AddSerializedFile(file.SerializeToString())
        service, _, method = name.partition("/")
        found = self._pool.FindServiceByName(service).FindMethodByName(method)
        self._asked = message_factory.GetMessageClass(found.input_type)
        self._answered = message_factory.GetMessageClass(found.output_type)
        self.path = f"/{name}"
        """Where it is called."""

    def encode(self, value: object) -> bytes:
        """Return the message that *value*, as JSON, says; `ValueError` with why it is none. Nothing is an empty one."""
        if not isinstance(value, dict | None):
            raise ValueError("a message is made of an object")
        message = self._asked()
        try:
            json_format.ParseDict(value or {}, message, False, self._pool, NESTED)
            return message.SerializeToString()
        except (json_format.Error, EncodeError, ValueError, TypeError, RecursionError) as error:
            raise ValueError(_reason(error)) from None

    def decode(self, data: bytes) -> dict[str, object]:
        """Return the answer *data* as JSON has it (https://protobuf.dev/programming-guides/json/).

        `ValueError` if it is none. Fields that have their default are there.
        """
        message = self._answered()
        try:
            message.ParseFromString(data)
            value: dict[str, object] = json_format.MessageToDict(
                message, always_print_fields_with_no_presence=True, descriptor_pool=self._pool
            )
        except (DecodeError, json_format.Error, ValueError, TypeError) as error:
            raise ValueError(_reason(error)) from None
        return value


def _reason(error: Exception) -> str:
    """Return what is wrong, without the way to it: that says of each message that it holds one that is wrong."""
    text = str(error).rstrip(".")
    return text[max(text.rfind("Failed to parse"), 0) :][:300]


def status(response: Response) -> tuple[int, str]:
    """Return number and message by which a call ended; 2 where nobody says. The body of *response* has been read."""
    for fields in (response.trailers, response.headers):
        if (number := fields.get("grpc-status")) is not None:
            return int(number) if number.isdecimal() else 2, fields.get("grpc-message") or ""
    return 2, f"the service answered with the status {response.status} and none of gRPC"
