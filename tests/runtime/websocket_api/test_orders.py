"""Orders, as one proxy tells them to another."""

import pytest
from msgspec import msgpack

from crossway.runtime.websocket_api.orders import GONE, Order, obey


@pytest.mark.parametrize("said", [{"text": "é"}, {"binary": b"\x00\xff"}, {"text": ""}])
def test_what_is_sent_stays_text_or_binary(said):
    order = Order("chat", "send", "id", **said)
    assert msgpack.decode(msgpack.encode(order), type=Order).message == next(iter(said.values()))


@pytest.mark.parametrize("word", ["send", "tell", "close", "join", "part"])
def test_who_has_gone_is_told(word):
    assert obey(Order("chat", word, "nobody")) == GONE
