"""The shell of the runtime: requests as the proxy hands them over (ASGI 3), answers as it takes them.

Law: whatever happens in a handler, the client gets an answer, and a client that leaves ends the work for it.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from crossway.compile.program import PEER, WORD
from crossway.runtime.handler import Next
from crossway.runtime.problem import Problem, problem
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Sending = Callable[[Event], Awaitable[None]]

LISTEN_AFTER: Final = 0.05
"""Seconds after which, and at which interval, a request that still runs looks whether its client is still there.

The proxy tells nobody: it has to be asked, and a question before the end of the body would take from the body."""
_WORD: Final = WORD.encode()
_FRAMING: Final = frozenset({"connection", "keep-alive", "transfer-encoding"})
_OVER: Final = "EmptyRecvCallable"
"""The type of `receive` where the request is over with its head: no header says that, in HTTP/2."""


async def serve(entries: Mapping[str, Next], scope: Scope, receive: Receive, sending: Sending) -> None:
    """Answer one request by the entry that its route names."""
    word = ""
    fields: list[tuple[str, str]] = []
    # Whoever asks for another protocol has a stream that does not end; we answer in this one, without it.
    is_over = type(receive).__name__ == _OVER
    for name, value in scope["headers"]:
        if name == _WORD:
            word = value.decode("latin-1")
        else:
            is_over |= name == b"upgrade"
            fields.append((name.decode("latin-1"), value.decode("latin-1")))
    if scope["client"]:
        fields.append((PEER, scope["client"][0]))
    request = Request.__new__(Request)
    request.method = scope["method"]
    request.path = scope["raw_path"].decode("latin-1")
    request.query = scope["query_string"].decode("latin-1")
    request.headers = Headers.of(fields)
    upload = _Upload(receive, ended=is_over)
    if upload.ended:
        request.arriving(b"")
    else:
        request.arriving(upload.pieces())
    listening = asyncio.get_running_loop().call_later(LISTEN_AFTER, upload.listen, asyncio.current_task())
    try:
        handler = entries.get(word)
        if handler is None:
            response: Response = problem(
                503, "python.unknown_entry", "This route is newer than the program of this proxy."
            )
        else:
            response = await _answered(handler, request)
        await _send(request, response.of(request.id) if isinstance(response, Problem) else response, sending)
    except asyncio.CancelledError:
        if not upload.left:
            raise
    except ConnectionError as error:
        if not await upload.has_left():
            raise ConnectionError(f"the answer ends too early: {error}") from None  # which cuts it off for the client
    finally:
        listening.cancel()
        upload.close()


async def _answered(handler: Next, request: Request) -> Response:
    try:
        return await handler(request)
    except BodyTooLarge as error:
        return problem(413, "request.too_large", str(error))
    except TimeoutError:
        return problem(504, "python.timeout", "Python took too long.")
    except ConnectionError:
        return problem(502, "python.no_answer", "The backend gave no answer.")
    except Exception:  # noqa: BLE001  # the supervisor of everybody's code: an error in it is an answer, and not silence
        traceback.print_exc(file=sys.stderr)
        return problem(500, "python.failed", "Python failed.")


async def _send(request: Request, response: Response, sending: Sending) -> None:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in response.headers.items()
        if name not in _FRAMING
    ]
    await sending({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.is_read:
        await sending({"type": "http.response.body", "body": response.body if request.method != "HEAD" else b""})
        return
    length = response.headers.get("content-length") or ""
    if not length.isdecimal():
        # An answer whose end is not known may be one that is never over: its head must not wait for its first piece.
        await sending({"type": "http.response.body", "body": b"", "more_body": True})
    left = int(length) if length.isdecimal() else -1
    last = b""
    async for piece in response.stream():
        left -= len(piece)
        if left == 0:
            last += piece  # it goes with the end, one crossing less, once whoever keeps the body has seen that end too
        else:
            await sending({"type": "http.response.body", "body": piece, "more_body": True})
    await sending({"type": "http.response.body", "body": last})


class _Upload:
    """The body of a request on its way here, and the eye on the client that sends it.

    What was asked of the proxy is never cancelled, since it answers all the same: it is kept for who asks next.
    """

    __slots__ = ("_event", "_listener", "_receive", "ended", "left")

    def __init__(self, receive: Receive, *, ended: bool) -> None:
        self._receive = receive
        self._event: asyncio.Future[Event] | None = None
        self._listener: asyncio.Task[None] | None = None
        self.ended = ended
        self.left = False

    def _coming(self) -> asyncio.Future[Event]:
        """Return what comes next, or is there and was not taken yet."""
        if self._event is None:
            self._event = asyncio.ensure_future(self._receive())
        return self._event

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body; raise `ConnectionError` if the client leaves within it."""
        while not self.ended:
            event = await asyncio.shield(self._coming())
            if event["type"] == "http.disconnect":
                raise ConnectionError("the client left before the end of the body")
            self._event = None
            self.ended = not event.get("more_body", False)
            if piece := event.get("body"):
                yield bytes(piece)

    def listen(self, task: asyncio.Task[None] | None) -> None:
        """Cancel *task* once the client has left."""
        if task is not None:
            self._listener = asyncio.ensure_future(self._listen(task))

    async def _listen(self, task: asyncio.Task[None]) -> None:
        while not self.left:
            await asyncio.sleep(LISTEN_AFTER)
            self.left = await self.has_left()
        task.cancel()

    async def has_left(self) -> bool:
        """Return whether the client has left, after `LISTEN_AFTER` at most."""
        event = self._coming()
        if event.done() and not event.result().get("more_body", False):
            # The body is over, so nothing of it is taken: the proxy answers at once, with an empty piece or a farewell.
            event = asyncio.ensure_future(self._receive())
        await asyncio.wait((event,), timeout=LISTEN_AFTER)
        return event.done() and event.result()["type"] == "http.disconnect"

    def close(self) -> None:
        """Look no more."""
        if self._listener is not None:
            self._listener.cancel()
