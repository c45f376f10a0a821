"""What a service says by reflection is checked before it is taken: it may be broken, huge, or go in circles."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc.aio
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_reflection.v1alpha import reflection_pb2 as messages

from crossway.errors import RemoteError
from crossway.model import Asked, Pems
from crossway.model.definition import LARGEST_DEFINITION
from crossway.sources.reflection import MOST_SERVICES, PACKAGES, reflect

Answers = Callable[[messages.ServerReflectionRequest], messages.ServerReflectionResponse]


@asynccontextmanager
async def saying(answers: Answers, package: str = PACKAGES[0]) -> AsyncIterator[str]:
    """Give the address of a server with a reflection of its own."""

    async def info(
        requests: AsyncIterator[messages.ServerReflectionRequest], _: object
    ) -> AsyncIterator[messages.ServerReflectionResponse]:
        async for request in requests:
            yield answers(request)

    handler = grpc.stream_stream_rpc_method_handler(
        info,
        request_deserializer=messages.ServerReflectionRequest.FromString,
        response_serializer=lambda answer: answer if isinstance(answer, bytes) else answer.SerializeToString(),
    )
    options = [("grpc.max_send_message_length", -1)]
    server = grpc.aio.server(options=options)
    service = f"{package}.ServerReflection"
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {"ServerReflectionInfo": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


def of(*files: FileDescriptorProto, services: tuple[str, ...] = ("a.A",)) -> Answers:
    """Return the answers of a server of these *files*, the first of which has all its *services*."""

    def answer(request: messages.ServerReflectionRequest) -> messages.ServerReflectionResponse:
        if request.HasField("list_services"):
            names = [messages.ServiceResponse(name=name) for name in services]
            return messages.ServerReflectionResponse(list_services_response=messages.ListServiceResponse(service=names))
        wanted = request.file_by_filename
        found = [file for file in files if file.name == wanted] if wanted else files[:1]
        if not found:
            return messages.ServerReflectionResponse(
                error_response=messages.ErrorResponse(error_code=5, error_message="unknown")
            )
        contents = [file.SerializeToString() for file in found]
        return messages.ServerReflectionResponse(
            file_descriptor_response=messages.FileDescriptorResponse(file_descriptor_proto=contents)
        )

    return answer


def file(name: str, *imports: str, comment: int = 0) -> FileDescriptorProto:
    found = FileDescriptorProto(name=name, dependency=imports)
    if comment:
        found.source_code_info.location.add(leading_comments="x" * comment)
    return found


async def asked(address: str) -> list[str]:
    content = await reflect(Asked("orders", (address,), ""), address, Pems())
    return [each.name for each in FileDescriptorSet.FromString(content).file]


@pytest.mark.parametrize("package", PACKAGES)
async def test_files_are_asked_for_until_all_are_here(package: str) -> None:
    async with saying(of(file("a", "b", "c"), file("b", "c"), file("c")), package) as address:
        assert await asked(address) == ["c", "b", "a"]


async def test_what_everybody_has_may_be_missing() -> None:
    async with saying(of(file("a", "google/api/annotations.proto"))) as address:
        assert await asked(address) == ["a"]


async def test_files_that_import_each_other_come_to_an_end() -> None:
    async with saying(of(file("a", "b"), file("b", "a"))) as address:
        assert sorted(await asked(address)) == ["a", "b"]


def broken(_: messages.ServerReflectionRequest) -> messages.ServerReflectionResponse:
    return b"\xff"  # type: ignore[return-value]


def unknown(request: messages.ServerReflectionRequest) -> messages.ServerReflectionResponse:
    return (
        of()(request)
        if request.HasField("list_services")
        else of()(messages.ServerReflectionRequest(file_by_filename="x"))
    )


def no_file(request: messages.ServerReflectionRequest) -> messages.ServerReflectionResponse:
    if request.HasField("list_services"):
        return of()(request)
    contents = messages.FileDescriptorResponse(file_descriptor_proto=[b"\xff"])
    return messages.ServerReflectionResponse(file_descriptor_response=contents)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (broken, "none of reflection"),
        (no_file, "a file in its answer is none"),
        (unknown, "of a.A it says: unknown"),
        (of(services=tuple(f"a.A{number}" for number in range(MOST_SERVICES + 1))), "more than 1000 services"),
        (
            of(file("a", "b", comment=LARGEST_DEFINITION // 2), file("b", comment=LARGEST_DEFINITION // 2)),
            "more than 16,777,216",
        ),
    ],
)
async def test_what_is_none_is_told(answers: Answers, said: str) -> None:
    async with saying(answers) as address:
        with pytest.raises(RemoteError, match=said):
            await asked(address)
