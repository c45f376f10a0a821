"""The methods of a descriptor set, and what their messages are as JSON."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeVar

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet, MethodOptions
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, EncodeError, Message

from crossway.runtime.rpc import NESTED, FrameError, LargeFrameError, frames

IN_THREAD: Final = 32_768
"""From how many bytes on a message is translated in a thread, so that other requests are not kept waiting."""
CODES: Final = (
    "ok",
    "canceled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
)
"""The names of the statuses of gRPC, by their numbers, as Connect writes them."""
INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED = 3, 4, 8
UNKNOWN, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 2, 12, 13, 14

_ENCODINGS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""The compressions that are read, with their `wbits` for zlib."""

T = TypeVar("T")


class Refusal(Exception):  # noqa: N818  # an answer, and no error of ours
    """A call that cannot be, with the status of gRPC for it."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method that can be called."""

    path: str
    input: type[Message]
    output: type[Message]
    client_streaming: bool
    server_streaming: bool
    safe: bool
    """Whether it says that it changes nothing."""
    pool: DescriptorPool

    @property
    def is_stream(self) -> bool:
        """Whether there is a stream in one direction at least."""
        return self.client_streaming or self.server_streaming


def methods(descriptors: bytes, services: Collection[str]) -> dict[str, Method]:
    """Return the methods of *services* by the paths of their calls. The compiler has found *descriptors* right."""
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(descriptors).file:
        pool.AddSerializedFile(file.SerializeToString())
    return {
        (path := f"/{service}/{method.name}"): Method(
            path,
            message_factory.GetMessageClass(method.input_type),
            message_factory.GetMessageClass(method.output_type),
            method.client_streaming,
            method.server_streaming,
            method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS,
            pool,
        )
        for service in services
        for method in pool.FindServiceByName(service).methods
    }


def from_json(data: bytes | str, kind: type[Message], pool: DescriptorPool) -> bytes:
    """Return the message that *data* says; unknown fields are left out, a field that stands there twice is refused."""
    message = kind()
    name = kind.DESCRIPTOR.full_name
    begun = data.lstrip()[:1]
    if begun not in ("{", b"{") and not name.startswith("google.protobuf."):
        raise Refusal(INVALID_ARGUMENT, f"the message is no {name} in JSON: it is no object")
    try:
        json_format.Parse(data, message, True, pool, NESTED)
        return message.SerializeToString()
    except (json_format.Error, EncodeError, ValueError, TypeError, RecursionError) as error:
        raise Refusal(INVALID_ARGUMENT, f"the message is no {name} in JSON: {str(error)[:300]}") from None


def to_json(data: bytes, kind: type[Message], pool: DescriptorPool) -> bytes:
    """Return what the message *data* says as JSON."""
    try:
        value = json_format.MessageToDict(kind.FromString(data), descriptor_pool=pool)
    except (DecodeError, json_format.Error, ValueError, TypeError, RecursionError) as error:
        name = kind.DESCRIPTOR.full_name
        raise Refusal(INTERNAL, f"the answer of the service is no {name}: {str(error)[:300]}") from None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def translated(size: int, work: Callable[[], T]) -> T:
    """Return what *work* does with *size* bytes, done in a thread if these are many."""
    return await asyncio.to_thread(work) if size >= IN_THREAD else work()


def decompressed(data: bytes, encoding: str, largest: int) -> bytes:
    """Return *data* as it was before it was compressed, of at most *largest* bytes."""
    if encoding in ("", "identity"):
        return data
    if encoding not in _ENCODINGS:
        raise Refusal(UNIMPLEMENTED, f"the compression {encoding[:64]!r} is not known; gzip and identity are")
    reader = zlib.decompressobj(_ENCODINGS[encoding])
    try:
        whole = reader.decompress(data, largest + 1)
    except zlib.error:
        raise Refusal(INVALID_ARGUMENT, f"the message is not compressed with {encoding}") from None
    if len(whole) > largest:
        raise Refusal(RESOURCE_EXHAUSTED, f"the message has more than {largest} bytes")
    if not reader.eof:
        raise Refusal(INVALID_ARGUMENT, f"the message is not compressed with {encoding}")
    return whole


async def framed(stream: AsyncIterator[bytes], largest: int, code: int) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the flags and the message of each frame; a `Refusal` with *code* if there is half of one.

    `RESOURCE_EXHAUSTED` is the code for one of more than *largest* bytes.
    """
    try:
        async for flags, message in frames(stream, largest):
            yield flags, message
    except LargeFrameError as error:
        raise Refusal(RESOURCE_EXHAUSTED, str(error)) from None
    except FrameError as error:
        raise Refusal(code, str(error)) from None


async def single(messages: AsyncIterator[T], code: int) -> T:
    """Return the only one of *messages*; a `Refusal` with *code* if there is another number of them."""
    found: list[T] = []
    async for message in messages:
        if found:
            raise Refusal(code, "there are several messages in a call without streams")
        found.append(message)
    if not found:
        raise Refusal(code, "there is no message in the call")
    return found[0]
