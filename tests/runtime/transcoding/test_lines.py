from collections.abc import AsyncIterator

import pytest

from crossway.runtime.transcoding.lines import items
from crossway.runtime.transcoding.messages import INTERNAL, RESOURCE_EXHAUSTED, Refusal

NDJSON, EVENTS, JSON = "application/x-ndjson", "text/event-stream", "application/json"


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def read(data: bytes, kind: str, size: int = 1_000, largest: int = 100) -> list[bytes]:
    return [item async for item in items(pieces(data, size), kind, largest)]


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"a":1}\n\n{"b":2}\r\n3', NDJSON),
        (b'{"a":1}\n{"b":2}\n3\n', NDJSON),
        (b': hi\nevent: x\ndata: {"a":1}\n\ndata:{"b":2}\r\n\r\nid: 1\n\ndata: 3\n\ndata: left', EVENTS),
    ],
)
async def test_values_are_found_wherever_they_are_cut(data: bytes, kind: str, size: int) -> None:
    assert await read(data, kind, size) == [b'{"a":1}', b'{"b":2}', b"3"]


async def test_the_lines_of_an_event_are_one() -> None:
    assert await read(b"data: {\ndata: }\n\n", EVENTS) == [b"{\n}"]


@pytest.mark.parametrize(
    ("data", "values"), [(b'[{"a": 1}, 2]', [b'{"a": 1}', b"2"]), (b'{"a": 1}', [b'{"a": 1}']), (b" ", []), (b"[]", [])]
)
async def test_an_array_is_its_items(data: bytes, values: list[bytes]) -> None:
    assert await read(data, JSON) == values


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"x" * 101, NDJSON, RESOURCE_EXHAUSTED),
        (b"data: " + b"x" * 101, EVENTS, RESOURCE_EXHAUSTED),
        (b"data: xxxxxxxxxxxx\n" * 10, EVENTS, RESOURCE_EXHAUSTED),
        (b"[" + b" " * 100 + b"]", JSON, RESOURCE_EXHAUSTED),
        (b"[", JSON, INTERNAL),
        (b"[" * 5_000, JSON, RESOURCE_EXHAUSTED),
        (b"<a/>", "text/html", INTERNAL),
    ],
)
async def test_what_is_no_stream_of_json_is_refused(data: bytes, kind: str, code: int) -> None:
    with pytest.raises(Refusal) as raised:
        await read(data, kind, size=10)
    assert raised.value.code == code
