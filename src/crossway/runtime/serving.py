"""The shell of the runtime: requests as the proxy hands them over (ASGI 3), answers as it takes them.

Law: whatever happens in a handler, the client gets an answer, and a client that leaves ends the work for it.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Final

from crossway.compile.program import PEER, UPSTREAM, WORD
from crossway.runtime import grpc, upstreams
from crossway.runtime.handler import Next
from crossway.runtime.lasting import LISTEN_AFTER, sweep
from crossway.runtime.problem import Problem, problem
from crossway.runtime.tunnel import SWITCHING, Switched, Tunnel
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Sending = Callable[[Event], Awaitable[None]]

_WORD: Final = WORD.encode()
_UNSAID: Final = frozenset({"connection", "keep-alive", "transfer-encoding", UPSTREAM})
"""Headers of an answer in which handlers have no say."""
_OVER: Final = "EmptyRecvCallable"
"""The type of `receive` where the request is over with its head: no header says that, in HTTP/2."""


async def serve(entries: Mapping[str, Next], scope: Scope, receive: Receive, sending: Sending) -> None:
    """Answer one request by the entry that its route names."""
    named = dict(scope["headers"])  # the proxy adds its own ones at the end
    word = named.get(_WORD, b"").decode("latin-1")
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"] if name != _WORD]
    # Whoever asks for another protocol has no body: what follows is for the backend, if that agrees.
    protocol = named.get(b"upgrade")
    is_over = type(receive).__name__ == _OVER
    if scope["client"]:
        fields.append((PEER, scope["client"][0]))
    request = Request.__new__(Request)
    request.method = scope["method"]
    request.path = scope["raw_path"].decode("latin-1")
    request.query = scope["query_string"].decode("latin-1")
    request.headers = Headers.of(fields)
    upload = _Upload(receive, asyncio.current_task(), ended=is_over)
    if upload.ended or protocol is not None:
        request.arriving(b"")
    else:
        request.arriving(upload.pieces())
    upstreams.begin()
    lasting = sweep(asyncio.get_running_loop())
    lasting.add(upload)
    try:
        response = await answered(entries.get(word), request)
        if response.status == SWITCHING:
            if isinstance(response, Switched) and response.tunnel is not None and protocol is not None:
                lasting.discard(upload)
                upload.close()  # who is gone is found out by who takes what comes
                await _pass_on(response, response.tunnel, protocol, upload, sending)
                return
            response = problem(502, "python.no_answer", "The backend agreed to a protocol that nobody asked for.")
        if isinstance(response, Problem):
            response = response.of(request.id)
        is_call = grpc.is_grpc(named.get(b"content-type", b"").decode("latin-1"))
        if is_call:
            response = await grpc.told(response)
        await _send(request, response, sending, trailers=is_call or b"trailers" in named.get(b"te", b""))
    except asyncio.CancelledError:
        if not upload.left:
            raise
    except ConnectionError as error:
        if not await upload.has_left():
            raise ConnectionError(f"the answer ends too early: {error}") from None  # which cuts it off for the client
    finally:
        lasting.discard(upload)
        upload.close()


async def answered(handler: Next | None, request: Request) -> Response:
    """Return what *handler* answers, and an answer for whatever it raises; `None` is that of no entry."""
    if handler is None:
        return problem(503, "python.unknown_entry", "This route is newer than the program of this proxy.")
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


async def _send(request: Request, response: Response, sending: Sending, *, trailers: bool) -> None:
    """Send *response*; its *trailers* if the client takes them."""
    headers = [*_encoded(response.headers), *upstreams.told()]
    start: Event = {"type": "http.response.start", "status": response.status, "headers": headers}
    if response.is_read:
        start["trailers"] = trailers = trailers and len(response.trailers) > 0
        await sending(start)
        await sending({"type": "http.response.body", "body": response.body if request.method != "HEAD" else b""})
    else:
        start["trailers"] = trailers
        await sending(start)
        await _send_pieces(response, sending)
    if trailers:
        await sending({"type": "http.response.trailers", "headers": _encoded(response.trailers)})


async def _send_pieces(response: Response, sending: Sending) -> None:
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


async def _pass_on(response: Response, tunnel: Tunnel, protocol: bytes, upload: _Upload, sending: Sending) -> None:
    """Stand between both ends of a connection that has left HTTP for *protocol*, until one of them hangs up."""
    switching = [(b"connection", b"upgrade"), (b"upgrade", protocol)]
    headers = [*_encoded(response.headers), *upstreams.told(), *switching]
    await sending({"type": "http.response.start", "status": SWITCHING, "headers": headers})
    await sending({"type": "http.response.body", "body": b"", "more_body": True})
    async with asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(tunnel.take(upload.pieces()))
        with suppress(OSError):  # the client has left
            async for piece in tunnel.pieces():
                await sending({"type": "http.response.body", "body": piece, "more_body": True})
            await sending({"type": "http.response.body", "body": b""})
        taking.cancel()
        tunnel.close()


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
        if name not in _UNSAID
    ]


class _Upload:
    """The body of a request on its way here, and the eye on the client that sends it.

    What was asked of the proxy is never cancelled, since it answers all the same: it is kept for who asks next.
    """

    __slots__ = ("_event", "_listener", "_receive", "_task", "ended", "left")

    def __init__(self, receive: Receive, task: asyncio.Task[None] | None, *, ended: bool) -> None:
        self._receive, self._task = receive, task
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

    def listen(self) -> None:
        """Cancel the task of the request once the client has left.

        The proxy tells nobody: it has to be asked, and a question before the end of the body would take from the body.
        """
        if self._task is not None:
            self._listener = asyncio.ensure_future(self._listen(self._task))

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
