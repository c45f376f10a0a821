"""What is known of an upload beside its bytes: a small file of JSON, written anew as a whole whenever it changes.

Law: how far an upload has come is the size of its file of bytes, which nothing written beside it can contradict.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, json

Protocol = Literal["tus", "ietf"]


class Record(Struct, frozen=True, omit_defaults=True):
    """One upload."""

    protocol: Protocol
    """What its client speaks; nobody else may go on with it."""
    created: float
    """When it began, in seconds since 1970."""
    limit: int
    """How many bytes it may have: its length, or the most of the route while that is not known."""
    lifetime: float
    """Seconds that it is kept after its last piece."""
    max_age: float
    """Seconds that it is kept at all."""
    method: str
    """The method of the request that began it."""
    target: str
    """Path and query of that request."""
    length: int | None = None
    """How many bytes it will have, once the client has said so."""
    consumer: str = ""
    """Whose it is; empty for nobody's."""
    headers: tuple[tuple[str, str], ...] = ()
    """What its first request said of it, as the backend is told."""
    metadata: str = ""
    """`Upload-Metadata`, as the client wrote it."""
    digest: str = ""
    """`Repr-Digest`, as the client wrote it: what the whole of it has to be."""
    partial: bool = False
    """Whether it is a part of others, and not for the backend by itself."""
    parts: tuple[str, ...] = ()
    """The uploads that it consists of."""
    concat: str = ""
    """`Upload-Concat`, as the client wrote it."""
    verified: int | None = None
    """How many bytes are known to be good, where their client sends checksums: what comes behind them is not, and is
    cut off when nobody is left to check it."""
    handed: int = 0
    """How many bytes the backend has acknowledged, where it gets them in pieces."""
    status: int = 0
    """What the backend has answered to the whole of it; 0 while it has not."""
    answer: tuple[tuple[str, str], ...] = ()
    """The headers of that answer that clients are told."""

    @property
    def is_delivered(self) -> bool:
        """Whether the backend has all of it."""
        return self.status > 0

    def expires(self, last: float) -> float:
        """Return until when it is kept if its last piece came at *last*, in seconds since 1970."""
        return min(last + self.lifetime, self.created + self.max_age)


def encode(record: Record) -> bytes:
    """Return *record* as a file."""
    return json.encode(record)


def decode(content: bytes) -> Record:
    """Return the record in the *content* of a file; `msgspec.DecodeError` if there is none."""
    return json.decode(content, type=Record)
