"""A mounted application between its caller and itself: it takes requests from the proxy, and answers it, directly.

What a chain needs, a `Request` and a `Response`, would be most of what a request costs here.

Law: nobody can tell the difference. The deadline holds until the answer begins, what goes wrong before that is an
answer, and within it cuts it off; a client that leaves is an ``http.disconnect``, and what goes on after that, and
after the answer, has a bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Final

from crossway.compile.program import UPSTREAM
from crossway.runtime.lasting import LISTEN_AFTER, sweep
from crossway.runtime.mounting import AFTER_ANSWER, AFTER_LEAVING, Application
from crossway.runtime.problem import Problem
from crossway.runtime.running import Overdue
from crossway.runtime.serving import Event, Receive, Scope, Sending
from crossway.runtime.watchdog import Interrupted
from crossway.sdk.http import Headers, Request, Response

Fault = Callable[[BaseException], Response]
"""Takes note of what an application raised, and returns what the client is told."""
_UNSAID: Final = frozenset({b"connection", b"keep-alive", b"transfer-encoding", UPSTREAM.encode()})
"""Headers that an application has no say in."""
_OVER: Final = "EmptyRecvCallable"
"""The type of `receive` where the request is over with its head."""


class Direct:
    """One request and its answer, between an application and the proxy."""

    # What most requests never change stands here: to set it for each would be a good part of what it costs.
    seconds = 0.0
    """How long it took until the answer began; what was waited for the body does not count."""
    _waiting = 0.0
    """Since when the body is waited for; 0 if it is not."""
    _waited = 0.0
    _body_ended = False
    _begun = False
    _complete = False
    _left = False
    _event: asyncio.Future[Event] | None = None
    _start: Event | None = None
    _leaving: asyncio.Event | None = None
    _watcher: asyncio.Task[None] | None = None
    _refusal: asyncio.Task[None] | None = None

    def __init__(self, scope: Scope, receive: Receive, sending: Sending, deadline: float, fault: Fault) -> None:
        self._scope, self._proxy, self._sending = scope, receive, sending
        self._deadline, self._fault = deadline, fault
        self.request: Request = _Asked(scope)
        """Its head, for whoever wants to know what is under way."""
        self._since = perf_counter()

    async def run(self, app: Application) -> None:
        """Let *app* answer; `ConnectionError`, which cuts the answer off, for what goes wrong within it."""
        self._task = asyncio.current_task()
        lasting = sweep(asyncio.get_running_loop())
        if self._deadline < 2 * LISTEN_AFTER:
            self.listen()  # who lasts is told too late
        else:
            lasting.add(self)
        try:
            await app(self._scope, self.receive, self.send)
            if not self._complete and not self._left:
                raise RuntimeError("the application ended before the end of its answer")
        except asyncio.CancelledError as error:
            if self._task is None or not self._task.cancelling():
                await self._fail(error)
            elif not self._left and not self._complete:
                raise
        except (Exception, SystemExit, KeyboardInterrupt, Interrupted) as error:  # noqa: BLE001  # users' code
            await self._fail(error)
        finally:
            lasting.discard(self)
            if self._watcher is not None:
                self._watcher.cancel()
            if self._refusal is not None:
                await asyncio.wait((self._refusal,))
            if not self._begun:
                self.seconds = self._spent()

    async def receive(self) -> Event:
        """Return the next piece of the request; after the last one, wait until the client has left.

        What was asked of the proxy is never cancelled, since it answers all the same: it is kept for who asks next.
        """
        if not self._body_ended and not self._left:
            if type(self._proxy).__name__ == _OVER or self._is_upgrade():
                self._body_ended = True
                return {"type": "http.request", "body": b"", "more_body": False}
            coming = self._coming()
            self._waiting = perf_counter()
            try:
                event = await asyncio.shield(coming)
            finally:
                self._waited += perf_counter() - self._waiting
                self._waiting = 0.0
            if event["type"] == "http.request":
                if self._event is coming:
                    self._event = None
                self._body_ended = not event.get("more_body", False)
                return event
            self._leave()
        if not self._left:
            self._leaving = self._leaving or asyncio.Event()
            await self._leaving.wait()
        return {"type": "http.disconnect"}

    def _is_upgrade(self) -> bool:
        # Whoever asks for another protocol has a stream that does not end; it is answered in this one, without it.
        return any(name == b"upgrade" for name, _ in self._scope["headers"])

    def _coming(self) -> asyncio.Future[Event]:
        """Return what comes next, or is there and was not taken yet."""
        if self._event is None:
            self._event = asyncio.ensure_future(self._proxy())
        return self._event

    async def send(self, event: Event) -> None:
        """Take the next piece of the answer, which begins with its first one, and pass it on."""
        if self._left:
            raise ConnectionError("the client has left")
        if event["type"] == "http.response.start":
            self._start = event
            return
        if event["type"] != "http.response.body":
            return
        if self._start is None or self._complete:
            raise RuntimeError("an answer is its start, and then its body until that ends")
        head = None if self._begun else self._head(self._start)
        more = event.get("more_body", False)
        self._complete = not more
        body = b"" if self._scope["method"] == "HEAD" else bytes(event.get("body", b""))
        try:
            if head is not None:
                await self._sending(head)
            await self._sending({"type": "http.response.body", "body": body, "more_body": more})
        except OSError:
            self._leave()
            raise

    def _head(self, start: Event) -> Event:
        status = start["status"]
        if not 200 <= status <= 599:
            raise RuntimeError(f"{status} is no status of an answer")
        fields = [(name.lower(), value) for name, value in start.get("headers", ())]
        self._begun = True
        self.seconds = self._spent()
        return {
            "type": "http.response.start",
            "status": int(status),
            "headers": [field for field in fields if field[0] not in _UNSAID],
        }

    async def refuse(self, answer: Response) -> None:
        """Answer in place of the application, which is left alone from now on."""
        self._leave()
        if isinstance(answer, Problem):
            answer = answer.of(self.request.id)
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        body = b"" if self._scope["method"] == "HEAD" else answer.body
        with suppress(OSError):  # the client has left too
            await self._sending({"type": "http.response.start", "status": answer.status, "headers": fields})
            await self._sending({"type": "http.response.body", "body": body})

    async def _fail(self, error: BaseException) -> None:
        if self._left:
            return
        answer = self._fault(error)
        if not self._begun:
            await self.refuse(answer)
        elif not self._complete:
            raise ConnectionError("the answer ends too early") from None

    def _leave(self) -> None:
        self._left = True
        if self._leaving is not None:
            self._leaving.set()

    def _spent(self) -> float:
        return (self._waiting or perf_counter()) - self._since - self._waited

    def listen(self) -> None:
        """See to it that the request ends in time, and with its client."""
        self._watcher = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        """See to it that a request which was not answered at once ends in time, and with its client."""
        while not self._left and not self._complete:
            left = LISTEN_AFTER if self._begun or self._waiting else self._deadline - self._spent()
            if left <= 0:
                self._refusal = asyncio.ensure_future(self.refuse(self._fault(Overdue())))
                self._leave()
            elif await self._has_left():
                self._leave()
            else:
                await asyncio.sleep(min(LISTEN_AFTER, left))
        await asyncio.sleep(AFTER_LEAVING if self._left else AFTER_ANSWER)
        if self._task is not None:
            self._task.cancel()

    async def _has_left(self) -> bool:
        """Return whether the client has left; the proxy tells nobody, it has to be asked."""
        event = self._coming()
        if event.done() and not event.result().get("more_body", False):
            # The body is over, so nothing of it is taken: the proxy answers at once, with an empty piece or a farewell.
            event = asyncio.ensure_future(self._proxy())
        await asyncio.wait((event,), timeout=LISTEN_AFTER)
        return event.done() and event.result()["type"] == "http.disconnect"


class _Asked(Request):
    """The head of a request, whose headers are read when somebody asks for them."""

    __slots__ = ("_scope",)

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.method = scope["method"]

    def __getattr__(self, name: str) -> object:
        if name == "headers":
            fields = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in self._scope["headers"]]
            self.headers = Headers.of(fields)
            return self.headers
        raise AttributeError(name)
