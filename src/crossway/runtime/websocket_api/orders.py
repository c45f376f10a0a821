"""What is to be done with clients, as one proxy tells it to another, and what came of it."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from crossway.runtime.websocket_api import frames
from crossway.runtime.websocket_api.hub import HUB, do, send

Word = Literal["send", "tell", "close", "join", "part", "spread"]


class Order(Struct, array_like=True):
    """Something to be done."""

    api: str
    word: str
    client: str = ""
    """Whom it is about; nobody where it is to be spread."""
    group: str = ""
    text: str | None = None
    binary: bytes = b""
    """What is sent, where there is no text."""
    origin: str = ""
    """The proxy that wants to know what came of it; empty if none does."""
    number: int = 0
    """By which that proxy knows what is told."""

    @property
    def message(self) -> str | bytes:
        """What is sent."""
        return self.binary if self.text is None else self.text


class Answer(Struct, array_like=True):
    """What came of it."""

    is_gone: bool = False
    """Whether there is no such client."""
    is_refused: bool = False
    told: dict[str, object] | None = None
    number: int = 0


DONE: Final = Answer()
GONE: Final = Answer(is_gone=True)


def obey(order: Order) -> Answer:
    """Do what *order* says with clients of this proxy, from any thread; return what came of it."""
    if order.word == "spread":
        send(HUB.members(order.api, order.group or None), order.message)
        return DONE
    client = HUB.find(order.api, order.client)
    if client is None:
        return GONE
    match order.word:
        case "send":
            send((client,), order.message)
        case "tell":
            return Answer(told=client.told())
        case "close":
            do(client.loop, client.close, frames.NORMAL, "")
        case "join":
            return Answer(is_refused=not HUB.join(client, order.group))
        case "part":
            HUB.part(client, order.group)
    return DONE
