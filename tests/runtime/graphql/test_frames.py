"""Frames of a backend, read along in whatever pieces they come."""

from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.graphql.frames import Heard, to_backend
from crossway.runtime.websocket_api.frames import PING, TEXT, Frames, frame

SIZES = st.sampled_from([0, 1, 125, 126, 200, 65_535, 65_536])
messages = st.lists(SIZES.map(lambda size: b"x" * size), max_size=4)


def fragments(message: bytes) -> bytes:
    """Return *message* in three frames, with a ping between them."""
    third = len(message) // 3
    first, second, last = message[:third], message[third : 2 * third], message[2 * third :]
    begun = bytearray(frame(TEXT, first))
    begun[0] &= 0x7F
    middle = bytearray(frame(0, second))
    middle[0] &= 0x7F
    return bytes(begun) + frame(PING, b"p") + bytes(middle) + frame(0, last)


@given(messages, st.lists(st.integers(1, 70_000), min_size=1, max_size=8), st.booleans())
def test_messages_are_heard_in_any_pieces(said: list[bytes], cuts: list[int], is_split: bool) -> None:
    whole = b"".join(fragments(one) if is_split else frame(TEXT, one) for one in said)
    heard, place, passed = Heard(65_536), 0, 0
    ends = []
    while place < len(whole):
        cut = cuts[passed % len(cuts)]
        between = heard.feed(whole[place : place + cut])
        if between:
            ends.append(place + between)
        place += cut
        passed += 1
    assert heard.messages == said
    assert heard.is_between
    assert not ends or ends[-1] == len(whole)


def test_a_message_that_is_too_large_only_passes() -> None:
    heard = Heard(10)
    assert heard.feed(frame(TEXT, b"x" * 11) + frame(TEXT, b"short") + b"\x81") == 20
    assert heard.messages == [b"short"]
    assert not heard.is_between


def test_nothing_is_between_the_frames_of_a_message() -> None:
    heard = Heard(100)
    whole = fragments(b"abcdef")
    assert [heard.feed(whole[:size]) for size in (4,)] == [0]
    assert not heard.is_between
    assert heard.feed(frame(PING, b"")) == 0
    assert not heard.is_between


@given(SIZES)
def test_a_backend_is_told_as_a_client_tells_it(size: int) -> None:
    (told,) = Frames(100_000).feed(to_backend(TEXT, b"y" * size))
    assert told == (TEXT, b"y" * size)
