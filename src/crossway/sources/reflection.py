"""Server reflection: a gRPC service is asked for the descriptors of what it offers.

https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message

from crossway.errors import RemoteError
from crossway.model import Asked, Pems
from crossway.model.definition import LARGEST_DEFINITION

MOST_SERVICES: Final = 1_000
MOST_FILES: Final = 5_000
"""What a service may offer, and in how many files."""
PACKAGES: Final = ("grpc.reflection.v1", "grpc.reflection.v1alpha")
"""The names of the protocol, which is the same under both."""


async def reflect(asked: Asked, address: str, pems: Pems) -> bytes:
    """Return the descriptor set of all that the service at *address* offers, in the order of its imports.

    Raises `RemoteError` if it does not say, or more than a definition may have.
    """
    channel = _channel(asked, address, pems)
    try:
        for package in PACKAGES:
            try:
                return await _set(channel, package)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                    raise RemoteError(f"{error.code().name}: {error.details()}") from None
        raise RemoteError("it has no reflection")
    finally:
        await channel.close(None)


def _channel(asked: Asked, address: str, pems: Pems) -> grpc.aio.Channel:
    options: list[tuple[str, str | int]] = [("grpc.max_receive_message_length", LARGEST_DEFINITION)]
    trust = asked.trust
    if trust is None:
        return grpc.aio.insecure_channel(address, options)
    if not trust.verified:
        raise RemoteError("reflection needs a certificate that is verified")
    if trust.server_name:
        options.append(("grpc.ssl_target_name_override", trust.server_name))
    credentials = grpc.ssl_channel_credentials(pems.authorities or None, pems.key or None, pems.certificate or None)
    return grpc.aio.secure_channel(address, credentials, options)


async def _set(channel: grpc.aio.Channel, package: str) -> bytes:
    call = channel.stream_stream(
        f"/{package}.ServerReflection/ServerReflectionInfo",
        request_serializer=lambda request: request.SerializeToString(),
        response_deserializer=lambda data: data,
    )(None)
    try:
        services = [each.name for each in (await _ask(call, list_services="*")).list_services_response.service]
        if len(services) > MOST_SERVICES:
            raise RemoteError(f"it offers more than {MOST_SERVICES} services")
        files: dict[str, FileDescriptorProto] = {}
        for name in services:
            if name.rpartition(".")[0] not in PACKAGES:
                answer = await _ask(call, file_containing_symbol=name)
                if answer.HasField("error_response"):
                    raise RemoteError(f"of {name} it says: {answer.error_response.error_message[:200]}")
                _take(answer, files)
        looked_for: set[str] = set()
        while wanted := {name for file in files.values() for name in file.dependency} - files.keys() - looked_for:
            for name in sorted(wanted):  # one that it does not have may be one that everybody has
                _take(await _ask(call, file_by_filename=name), files)
            looked_for |= wanted
        await call.done_writing()
    finally:
        call.cancel()
    return FileDescriptorSet(file=_ordered(files)).SerializeToString()


async def _ask(call: grpc.aio.StreamStreamCall[Any, bytes], **question: str) -> Any:  # noqa: ANN401  # made at run time
    await call.write(_REQUEST(**question))
    data = await call.read()
    if not isinstance(data, bytes):
        raise RemoteError("it ends the call before it has answered")
    try:
        answer = _RESPONSE.FromString(data)
    except DecodeError:
        raise RemoteError("its answer is none of reflection") from None
    return answer


def _take(answer: Any, files: dict[str, FileDescriptorProto]) -> None:  # noqa: ANN401  # a message made at run time
    """Add what is in *answer* to *files*."""
    for content in answer.file_descriptor_response.file_descriptor_proto:
        try:
            file = FileDescriptorProto.FromString(content)
        except DecodeError:
            raise RemoteError("a file in its answer is none") from None
        files.setdefault(file.name, file)
    if len(files) > MOST_FILES or sum(file.ByteSize() for file in files.values()) > LARGEST_DEFINITION:
        raise RemoteError(f"what it offers has more than {LARGEST_DEFINITION:,} bytes or {MOST_FILES:,} files")


def _ordered(files: dict[str, FileDescriptorProto]) -> Iterable[FileDescriptorProto]:
    """Return *files*, each after those that it imports, and otherwise by name: so equal answers are equal sets."""
    done: dict[str, FileDescriptorProto] = {}
    opened: set[str] = set()
    left = [(name, False) for name in sorted(files, reverse=True)]
    while left:
        name, imported = left.pop()
        if imported:
            done[name] = files[name]
        elif name in files and name not in opened:
            opened.add(name)
            left.append((name, True))
            left += [(inner, False) for inner in files[name].dependency]
    return done.values()


def _messages() -> tuple[type[Message], type[Message]]:
    """Return the request and the answer of the protocol, as far as it is spoken here, in a pool of their own."""

    def message(name: str, /, **fields: tuple[int, str]) -> DescriptorProto:
        """Return one whose *fields* have a number, and the name of a message, of a list of these, or a scalar."""
        found = DescriptorProto(name=name)
        for key, (number, kind) in fields.items():
            field = found.field.add(name=key, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
            if kind.endswith("[]"):
                field.label = FieldDescriptorProto.LABEL_REPEATED
            kind = kind.removesuffix("[]")
            if kind in _SCALARS:
                field.type = _SCALARS[kind]
            else:
                field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{kind}"
        return found

    questions = {"file_by_filename": 3, "file_containing_symbol": 4, "list_services": 7}
    request = message("Request", **{question: (number, "string") for question, number in questions.items()})
    request.oneof_decl.add(name="question")
    for field in request.field:
        field.oneof_index = 0
    file = FileDescriptorProto(
        name="reflection.proto",
        syntax="proto3",
        message_type=[
            request,
            message("Files", file_descriptor_proto=(1, "bytes[]")),
            message("Service", name=(1, "string")),
            message("Services", service=(1, "Service[]")),
            message("Error", error_message=(2, "string")),
            message(
                "Answer",
                file_descriptor_response=(4, "Files"),
                list_services_response=(6, "Services"),
                error_response=(7, "Error"),
            ),
        ],
    )
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    request_type, answer_type = (pool.FindMessageTypeByName(name) for name in ("Request", "Answer"))
    return message_factory.GetMessageClass(request_type), message_factory.GetMessageClass(answer_type)


_SCALARS: Final = {"string": FieldDescriptorProto.TYPE_STRING, "bytes": FieldDescriptorProto.TYPE_BYTES}
_REQUEST, _RESPONSE = _messages()
