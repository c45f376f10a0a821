"""The settings of a WebSocket API."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from crossway.model.websocket_api import CONNECT, WebSocketApi, WebSocketPush

SETTINGS = {
    "routes": {"say": {"service": "rooms", "path": "/rooms/{message.room}"}},
    "connect": {"service": "rooms", "path": "/"},
    "idle": "1h",
}


def test_operations_have_names_and_places():
    spec = WebSocketApi.model_validate(SETTINGS)
    assert [(name, where) for name, _, _, where in spec.operations()] == [
        ("say", ("routes", "say")),
        (CONNECT, ("connect",)),
    ]
    bare = spec.settings()
    assert [*bare.operations()] == []
    assert (bare.idle, bare.model_fields_set) == (timedelta(hours=1), {"idle"})


@pytest.mark.parametrize(
    "wrong", [{"subprotocols": ["a", "a"]}, {"ping": "3m"}, {"routes": {"$x": SETTINGS["connect"]}}, {"idle": "0s"}]
)
def test_what_cannot_be(wrong):
    with pytest.raises(ValidationError):
        WebSocketApi.model_validate(wrong)


def test_the_api_alone_says_where_to_push():
    assert WebSocketPush.model_validate("chat") == WebSocketPush.model_validate({"api": "chat"})
