import gzip
import json
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crossway.runtime.rpc import frame
from crossway.runtime.transcoding.messages import (
    INTERNAL,
    INVALID_ARGUMENT,
    RESOURCE_EXHAUSTED,
    UNIMPLEMENTED,
    Method,
    Refusal,
    decompressed,
    framed,
    from_json,
    methods,
    single,
    to_json,
)

DESCRIPTORS = (Path(__file__).parents[2] / "data/shop.pb").read_bytes()


@pytest.fixture(scope="module")
def known() -> dict[str, Method]:
    return methods(DESCRIPTORS, ["shop.v1.Orders"])


async def of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def test_methods_are_known_by_their_paths(known: dict[str, Method]) -> None:
    get, watch = known["/shop.v1.Orders/GetOrder"], known["/shop.v1.Orders/Watch"]
    assert (get.is_stream, get.safe) == (False, True)
    assert (watch.client_streaming, watch.server_streaming, watch.safe) == (True, True, False)


def test_a_message_is_json_and_back(known: dict[str, Method]) -> None:
    hidden = known["/shop.v1.Orders/Hidden"]
    value = {"id": "caf\u00e9", "quantity": "9007199254740993", "state": "PAID", "partOf": {"partOf": {"id": "b"}}}
    data = from_json(json.dumps(value), hidden.input, hidden.pool)
    assert json.loads(to_json(data, hidden.output, hidden.pool)) == value
    assert from_json('{"unit_price": 1, "unknown": 2}', hidden.input, hidden.pool) == b"\x21" + bytes(6) + b"\xf0\x3f"


def nested(depth: int) -> str:
    return '{"partOf":' * depth + "{}" + "}" * depth


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"id": 1}', '{"id": "a", "id": "b"}', '{"quantity": 1e30}', nested(101), nested(5_000), "\xff"],
)
def test_what_is_no_message_is_refused(known: dict[str, Method], text: str) -> None:
    hidden = known["/shop.v1.Orders/Hidden"]
    with pytest.raises(Refusal) as raised:
        from_json(text.encode("latin-1"), hidden.input, hidden.pool)
    assert raised.value.code == INVALID_ARGUMENT
    assert len(raised.value.detail) < 500


def test_an_answer_that_is_none_is_the_fault_of_the_service(known: dict[str, Method]) -> None:
    get = known["/shop.v1.Orders/GetOrder"]
    for data in (b"\xff", b"\x3a\x02" * 1_000):
        with pytest.raises(Refusal) as raised:
            to_json(data, get.output, get.pool)
        assert raised.value.code == INTERNAL


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"hello", ""),
        (b"hello", "identity"),
        (gzip.compress(b"hello", mtime=0), "gzip"),
        (zlib.compress(b"hello"), "deflate"),
    ],
)
def test_what_is_compressed_is_read(data: bytes, encoding: str) -> None:
    assert decompressed(data, encoding, 5) == b"hello"


@pytest.mark.parametrize(
    ("data", "encoding", "code"),
    [
        (gzip.compress(bytes(10_000_000), mtime=0), "gzip", RESOURCE_EXHAUSTED),
        (gzip.compress(b"hello", mtime=0)[:-3], "gzip", INVALID_ARGUMENT),
        (b"hello", "gzip", INVALID_ARGUMENT),
        (b"hello", "br", UNIMPLEMENTED),
    ],
)
def test_what_cannot_be_decompressed_is_refused(data: bytes, encoding: str, code: int) -> None:
    with pytest.raises(Refusal) as raised:
        decompressed(data, encoding, 5)
    assert raised.value.code == code


async def test_frames_that_are_none_are_refused() -> None:
    assert [each async for each in framed(of(frame(b"a") + b"\1\0", b"\0\0\1b"), 5, INTERNAL)] == [(0, b"a"), (1, b"b")]
    for data, code in ((frame(b"123456"), RESOURCE_EXHAUSTED), (frame(b"12")[:-1], INTERNAL), (b"\0", INTERNAL)):
        with pytest.raises(Refusal) as raised:
            _ = [each async for each in framed(of(data), 5, INTERNAL)]
        assert raised.value.code == code


async def test_a_call_without_streams_has_one_message() -> None:
    assert await single(of(b"a"), INTERNAL) == b"a"
    for messages in ((), (b"a", b"b")):
        with pytest.raises(Refusal):
            await single(of(*messages), INTERNAL)
