from collections.abc import AsyncIterator

import pytest
from google.protobuf import descriptor_pb2

from crossway.runtime.rpc import FrameError, Method, frame, frames, status
from crossway.sdk.http import Response


async def of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def read(*pieces: bytes, largest: int = 100) -> list[tuple[int, bytes]]:
    return [one async for one in frames(of(*pieces), largest)]


async def test_frames_come_out_as_they_went_in_however_they_are_cut():
    whole = frame(b"one") + frame(b"") + frame(b"three", 0x80)
    expected = [(0, b"one"), (0, b""), (0x80, b"three")]
    assert await read(whole) == expected
    assert await read(*(whole[at : at + 1] for at in range(len(whole)))) == expected


async def test_a_frame_that_is_too_large_is_refused_before_it_has_come():
    with pytest.raises(FrameError, match="has 4294967295 bytes, and 100 are the most"):
        await read(b"\0\xff\xff\xff\xff")


@pytest.mark.parametrize("cut", [b"\0", b"\0\0\0\0\3ab"])
async def test_half_a_frame_is_none(cut):
    with pytest.raises(FrameError, match="ends within a message"):
        await read(frame(b"whole"), cut)


def descriptors() -> bytes:
    """Return a service that turns a node, which holds nodes, into another."""
    file = descriptor_pb2.FileDescriptorProto(name="tree.proto", package="tree", syntax="proto3")
    node = file.message_type.add(name="Node")
    node.field.add(name="big_name", number=1, type="TYPE_INT64", label="LABEL_OPTIONAL")
    node.field.add(name="inner", number=2, type="TYPE_MESSAGE", type_name=".tree.Node", label="LABEL_REPEATED")
    file.service.add(name="Trees").method.add(name="Turn", input_type=".tree.Node", output_type=".tree.Node")
    return descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString()


TURN = Method(descriptors(), "tree.Trees/Turn")


def test_a_message_is_json():
    said = {"bigName": "7", "inner": [{"bigName": "0", "inner": []}]}
    assert TURN.decode(TURN.encode(said)) == said
    assert TURN.encode(None) == b""
    assert TURN.path == "/tree.Trees/Turn"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "made of an object"),
        ({"other": 1}, 'no field named "other"'),
        ({"bigName": "x"}, "Failed to parse bigName field"),
    ],
)
def test_what_is_no_message_is_told(value, told):
    with pytest.raises(ValueError, match=told):
        TURN.encode(value)


def test_a_message_that_holds_itself_without_end_is_refused():
    value: dict[str, object] = {}
    for _ in range(200):
        value = {"inner": [value]}
    with pytest.raises(ValueError, match=r"[Tt]oo deep"):
        TURN.encode(value)


def test_what_is_no_protobuf_is_told():
    with pytest.raises(ValueError, match="parsing"):
        TURN.decode(b"\xff")


@pytest.mark.parametrize(
    ("headers", "trailers", "expected"),
    [
        ({}, {"grpc-status": "0"}, (0, "")),
        ({"grpc-status": "5", "grpc-message": "gone"}, {}, (5, "gone")),
        ({}, {"grpc-status": "x"}, (2, "")),
        ({}, {}, (2, "the service answered with the status 200 and none of gRPC")),
    ],
)
def test_the_status_is_in_the_trailers_or_the_headers(headers, trailers, expected):
    response = Response(200, headers)
    for name, value in trailers.items():
        response.trailers.add(name, value)
    assert status(response) == expected
