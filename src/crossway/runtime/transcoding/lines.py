"""Streams of JSON: one value on each line (NDJSON), server-sent events, or the items of an array."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Final

from crossway.runtime.transcoding.messages import INTERNAL, RESOURCE_EXHAUSTED, Refusal

NDJSON: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines"})
EVENTS: Final = "text/event-stream"


async def items(stream: AsyncIterator[bytes], kind: str, largest: int) -> AsyncIterator[bytes]:
    """Yield each value of *stream*, which has the content type *kind*, as JSON.

    Raises `Refusal` for a value, or an array, of more than *largest* bytes, and for another content type.
    """
    if kind in NDJSON:
        async for line in _lines(stream, largest):
            if line.strip():
                yield line
    elif kind == EVENTS:
        async for event in _events(_lines(stream, largest), largest):
            yield event
    elif kind == "application/json" or kind.endswith("+json"):
        for item in _items(await _whole(stream, largest)):
            yield item
    else:
        raise Refusal(
            INTERNAL, f"the service answers with {kind[:100] or 'no content type'}, and with no stream of JSON"
        )


async def _lines(stream: AsyncIterator[bytes], largest: int) -> AsyncIterator[bytes]:
    rest = bytearray()
    async for piece in stream:
        *whole, left = piece.split(b"\n")
        for end in whole:
            yield (bytes(rest) + end).removesuffix(b"\r")
            rest.clear()
        rest += left
        if len(rest) > largest:
            raise _too_large(largest)
    if rest:
        yield bytes(rest)


async def _events(lines: AsyncIterator[bytes], largest: int) -> AsyncIterator[bytes]:
    """Yield the data of each event (HTML, "Server-sent events")."""
    data: list[bytes] = []
    async for line in lines:
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
            if sum(map(len, data)) > largest:
                raise _too_large(largest)
        elif not line and data:
            yield b"\n".join(data)
            data.clear()


async def _whole(stream: AsyncIterator[bytes], largest: int) -> bytes:
    whole = bytearray()
    async for piece in stream:
        whole += piece
        if len(whole) > largest:
            raise _too_large(largest)
    return bytes(whole)


def _items(data: bytes) -> list[bytes]:
    try:
        value = json.loads(data) if data.strip() else []
    except (ValueError, RecursionError):
        raise Refusal(INTERNAL, "the answer of the service is no JSON") from None
    return [json.dumps(item).encode() for item in (value if isinstance(value, list) else [value])]


def _too_large(largest: int) -> Refusal:
    return Refusal(RESOURCE_EXHAUSTED, f"a message of the service has more than {largest} bytes")
