"""A message as it was before a plugin had it, for plugins whose failure is to change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from crossway.sdk.http import MAX_BODY, Headers, Message, Request, Response


class Kept:
    """What a message said, and what was read of its body since then."""

    __slots__ = ("_body", "_fields", "_is_kept", "_message", "_rest", "_said", "_size")

    def __init__(self, message: Message) -> None:
        self._message = message
        self._fields = message.headers.items()
        self._said = {name: getattr(message, name) for name in _attributes(message)}
        self._body = [message.body] if message.is_read else []
        self._rest: AsyncIterator[bytes] | None = None
        self._size = 0
        self._is_kept = True
        message.through(self._keep)

    def _keep(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self._rest = pieces
        return self._keeping(pieces)

    async def _keeping(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            self._size += len(piece)
            if self._size > MAX_BODY:
                self._is_kept = False
                self._body.clear()
            if self._is_kept:
                self._body.append(piece)
            yield piece

    def restore(self) -> bool:
        """Let the message be as it was; `False` if more of its body was read than is kept."""
        if not self._is_kept:
            return False
        for name, value in self._said.items():
            setattr(self._message, name, value)
        if self._rest is None:
            self._message.body = b"".join(self._body)
        else:
            self._message.arriving(self._again(self._body, self._rest))
        self._message.headers = Headers.of(self._fields)
        return True

    async def _again(self, read: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        for piece in read:
            yield piece
        async for piece in rest:
            yield piece

    def forget(self) -> None:
        """Keep nothing any more."""
        self._is_kept = False
        self._body.clear()


def _attributes(message: Message) -> tuple[str, ...]:
    return Request.__slots__ if isinstance(message, Request) else Response.__slots__
