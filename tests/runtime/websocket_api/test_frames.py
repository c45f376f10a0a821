"""Frames against those of another implementation, and what no client may send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from crossway.runtime.websocket_api import frames
from crossway.runtime.websocket_api.frames import FrameError, Frames, Received, accepted, closed, closing, frame, is_key

LIMIT = 70_000
PAYLOADS = st.one_of(st.binary(max_size=300), st.sampled_from([125, 126, 65_535, 65_536]).map(bytes))


def sent(opcode: int, payload: bytes, *, last: bool = True) -> bytes:
    """Return a frame as a real client writes it."""
    return Frame(Opcode(opcode), payload, fin=last).serialize(mask=True)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted(cut % (len(data) + 1) for cut in cuts)
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


@given(st.lists(st.tuples(st.sampled_from([1, 2, 9, 10]), PAYLOADS), max_size=6), st.lists(st.integers(0), max_size=8))
def test_what_a_client_writes_is_read_however_it_arrives(messages, cuts):
    messages = [(opcode, payload[:125] if opcode > 8 else payload) for opcode, payload in messages]
    data = b"".join(sent(opcode, payload) for opcode, payload in messages)
    reader = Frames(LIMIT)
    found = [message for piece in pieces(data, cuts) for message in reader.feed(piece)]
    assert found == [Received(opcode, payload) for opcode, payload in messages]


@given(st.lists(st.binary(max_size=40), min_size=2, max_size=6), st.booleans())
def test_a_message_in_several_frames_is_one(parts, interrupted):
    reader = Frames(LIMIT)
    found = []
    for place, part in enumerate(parts):
        found += reader.feed(sent(0 if place else 1, part, last=place == len(parts) - 1))
        if interrupted and place < len(parts) - 1:
            found += reader.feed(sent(9, b"ping"))
    assert [message for message in found if message.opcode == 9] == [(9, b"ping")] * (len(parts) - 1) * interrupted
    assert found[-1] == (1, b"".join(parts))


@given(st.sampled_from([1, 2, 9]), PAYLOADS)
def test_what_is_written_a_client_reads(opcode, payload):
    payload = payload[:125] if opcode == 9 else payload
    client = ClientProtocol(parse_uri("ws://test"), state=OPEN)
    client.receive_data(frame(opcode, payload))
    (event,) = client.events_received()
    assert (event.opcode, event.data) == (opcode, payload)


@pytest.mark.parametrize(
    "said",
    [
        sent(1, bytes(101))[:2],
        sent(1, bytes(2**16))[:10],
        sent(1, bytes(100), last=False) + sent(0, b"x")[:2],
        b"".join(sent(0 if place else 1, b"x", last=False) for place in range(101)),
    ],
)
def test_a_message_beyond_the_limit_is_found_by_its_length(said):
    with pytest.raises(FrameError) as error:
        list(Frames(100).feed(said))
    assert error.value.code == frames.TOO_LARGE


def test_empty_frames_are_no_message_and_take_no_memory():
    reader = Frames(10)
    assert list(reader.feed(sent(1, b"", last=False) + sent(0, b"", last=False) * 10_000)) == []
    assert list(reader.feed(sent(0, b"x"))) == [(1, b"x")]


@pytest.mark.parametrize("code", [1000, 1003, 1007, 3000, 4999])
def test_the_code_of_who_closes(code):
    data = closing(code, "é" * 100)
    assert len(data) == 2 + 2 + 122
    assert closed(data[2:]) == (code, "é" * 61)
    assert closed(b"") == (frames.NO_CODE, "")


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_codes_that_nobody_may_send(code):
    with pytest.raises(FrameError) as error:
        closed(code.to_bytes(2))
    assert error.value.code == frames.PROTOCOL_ERROR


def test_the_key_of_the_rfc():
    assert accepted("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert is_key("dGhlIHNhbXBsZSBub25jZQ==")
    assert not any(map(is_key, (None, "", "short", "dGhlIHNhbXBsZSBub25jZQ", "ü" * 24)))
