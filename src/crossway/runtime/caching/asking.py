"""Asking the backend, and keeping what it says: fills, validations, errors.

Law: a body is given on as it comes. Of one that is larger than what is kept, no more is held back than that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from crossway.model.caching import Cache, SetCookie
from crossway.runtime.caching.flights import Flight, Outcome
from crossway.runtime.caching.memory import Memory
from crossway.runtime.caching.reply import CONDITIONAL, conditions
from crossway.runtime.caching.shared import Shared
from crossway.runtime.caching.stored import (
    NAME,
    TAGS,
    Exchange,
    Stored,
    complete,
    freshened,
    is_confirmed,
    is_described,
    keep,
)
from crossway.runtime.caching.visit import Visit
from crossway.runtime.handler import Tools
from crossway.sdk.http import Headers, Request, Response

_ERRORS: Final = frozenset({500, 502, 503, 504})
"""What `stale-if-error` is about (RFC 5861, section 4)."""


class Backend:
    """The way to the backend of one route."""

    def __init__(self, settings: Cache, about: str, tools: Tools, memory: Memory, shared: Shared | None) -> None:
        self._settings = settings
        self._route = about
        self._tools = tools
        self._clock = tools.clock
        self._memory = memory
        self._shared = shared

    async def ask(self, visit: Visit, stored: Stored | None, why: str, flight: Flight | None = None) -> Response:
        """Return what the backend says to *visit*, or *stored* if it says that this still holds.

        *why* is said in `Cache-Status`. *flight* lands when all is known that others may wait for.
        """
        try:
            return await self._ask(visit, stored, why, flight)
        except (ConnectionError, TimeoutError):
            _land(flight, Outcome.FAILED)
            if stored is not None and visit.is_lenient(stored, self._clock()):
                return visit.replied(stored, self._clock(), f"fwd={why}; detail=stale-if-error")
            raise
        except BaseException:
            _land(flight, Outcome.LEFT)
            raise

    async def _ask(self, visit: Visit, stored: Stored | None, why: str, flight: Flight | None) -> Response:
        request = visit.request
        validates = stored is not None and request.method == "GET" and bool(conditions(stored))
        if stored is not None and validates:
            kept = [field for field in visit.fields if field[0] not in CONDITIONAL]
            request = Request("GET", request.target, Headers.of([*kept, *conditions(stored)]))
        exchange, response = await self._exchange(visit, request)
        if stored is not None and validates and response.status == 304:
            if is_confirmed(stored, response.headers.items()):
                return self._confirm(visit, stored, why, flight, exchange, response)
            self._memory.drop(visit.selector, visit.given, stored)
            exchange, response = await self._exchange(visit, visit.request)
        if response.status in _ERRORS and stored is not None and visit.is_lenient(stored, self._clock()):
            _land(flight, Outcome.FAILED)
            doing = f"fwd={why}; fwd-status={response.status}; detail=stale-if-error"
            return visit.replied(stored, self._clock(), doing)
        if request.method == "HEAD":
            self._describe(visit, stored, exchange, response)
            _land(flight, Outcome.OWN)
            return self.marked(response, f"fwd={why}")
        return self._fill(visit, stored, why, flight, exchange, response)

    async def _exchange(self, visit: Visit, request: Request) -> tuple[Exchange, Response]:
        requested = self._clock()
        response = await visit.call_next(request)
        return Exchange(visit.asked, visit.url, self._route, requested, self._clock()), response

    def _confirm(
        self,
        visit: Visit,
        stored: Stored,
        why: str,
        flight: Flight | None,
        exchange: Exchange,
        response: Response,
    ) -> Response:
        """Answer with *stored*, which the backend says still holds (RFC 9111, section 4.3.4)."""
        fresh, forbidden = freshened(self._settings, stored, exchange, response.headers.items())
        if forbidden or fresh.vary != stored.vary:
            self._memory.drop(visit.selector, visit.given, stored)
        _land(flight, Outcome.OWN if forbidden else self._put(visit, fresh))
        doing = f"fwd={why}; fwd-status=304" + (f"; detail={forbidden}" if forbidden else "; stored")
        answer = visit.replied(fresh, exchange.received, doing)
        if self._settings.set_cookie is not SetCookie.KEEP:
            for cookie in response.headers.get_all("set-cookie"):
                answer.headers.add("set-cookie", cookie)
        return answer

    def _describe(self, visit: Visit, stored: Stored | None, exchange: Exchange, response: Response) -> None:
        """Learn from an answer to `HEAD` what becomes of *stored* (RFC 9111, section 4.3.5)."""
        if stored is None or response.status in (*_ERRORS, 304):
            return
        fields = response.headers.items()
        if response.status == stored.status and is_described(stored, fields):
            fresh, forbidden = freshened(self._settings, stored, exchange, fields)
            if not forbidden:
                self._put(visit, fresh)
                return
        self._memory.drop(visit.selector, visit.given, stored)

    def _fill(
        self,
        visit: Visit,
        stored: Stored | None,
        why: str,
        flight: Flight | None,
        exchange: Exchange,
        response: Response,
    ) -> Response:
        """Give a whole answer on, and keep it if it may be kept."""
        fields = response.headers.items()
        fresh = keep(self._settings, exchange, response.status, fields)
        length = response.headers.get("content-length") or ""
        if response.is_read:
            length = str(len(response.body))
        most = self._settings.max_size
        if length.isdecimal() and int(length) > most:
            fresh = "too-large"
        if isinstance(fresh, str):
            is_error = response.status in _ERRORS
            if stored is not None and not is_error:
                self._memory.drop(visit.selector, visit.given, stored)
            _land(flight, Outcome.FAILED if is_error else Outcome.OWN)
            return self.marked(response, f"fwd={why}; detail={fresh}")
        if response.is_read:
            outcome = self._put(visit, complete(fresh, response.body))
            _land(flight, outcome)
            return self.marked(response, f"fwd={why}; {'detail=purged' if outcome is Outcome.LEFT else 'stored'}")
        answer = Response(response.status, Headers.of(fields))
        answer.arriving(self._pieces(visit, fresh, response, flight, length))
        return self.marked(answer, f"fwd={why}; stored")

    async def _pieces(
        self, visit: Visit, fresh: Stored, response: Response, flight: Flight | None, length: str
    ) -> AsyncIterator[bytes]:
        """Yield the body of *response*, and keep it when it was all there."""
        parts: list[bytes] = []
        size = 0
        is_whole = False
        outcome = Outcome.LEFT
        try:
            async for piece in response.stream():
                size += len(piece)
                if size <= self._settings.max_size:
                    parts.append(piece)
                elif parts:
                    parts.clear()
                    _land(flight, Outcome.OWN)
                is_whole = str(size) == length
                if is_whole:  # who reads may stop here
                    outcome = self._put(visit, complete(fresh, b"".join(parts)))
                yield piece
            if not is_whole:
                outcome = Outcome.FAILED
                if size <= self._settings.max_size and length in ("", str(size)):
                    outcome = self._put(visit, complete(fresh, b"".join(parts)))
        except OSError:
            outcome = Outcome.FAILED
            raise
        finally:
            _land(flight, outcome)

    def _put(self, visit: Visit, stored: Stored) -> Outcome:
        """Keep *stored*; return what that means for those who wait for it."""
        stored.looked = self._clock()
        if not self._memory.put(visit.selector, visit.given, stored):
            return Outcome.LEFT  # it was taken back meanwhile: somebody has to ask again
        if self._shared is not None:
            self._tools.background(lambda: self._share(visit, stored))
        return Outcome.KEPT if stored.expires > stored.looked and not stored.revalidated else Outcome.OWN

    async def _share(self, visit: Visit, stored: Stored) -> None:
        assert self._shared is not None, "nothing is shared without a store"
        try:
            await self._shared.put(visit.selector, visit.given, stored, self._clock())
        except ConnectionError:
            return  # it stays in memory, and the next proxy asks the backend

    def marked(self, response: Response, doing: str) -> Response:
        """Return *response* of the backend with the news of what the cache did."""
        if self._settings.strip_tags:
            for name in TAGS:
                if name in response.headers:
                    del response.headers[name]
        response.headers.add("cache-status", f"{NAME}; {doing}")
        return response


def _land(flight: Flight | None, outcome: Outcome) -> None:
    if flight is not None:
        flight.land(outcome)
