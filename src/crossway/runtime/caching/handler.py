"""The cache as a step of a program: it answers from what is kept, or asks the next step and keeps what may be kept.

Law: whatever the cache, its memory and its store do, a client gets no answer that it could not have got from the
backend itself, at the time that the age of the answer says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import urljoin, urlsplit

from crossway.model.caching import Cache
from crossway.runtime.caching.asking import Backend
from crossway.runtime.caching.fields import Directives, directives
from crossway.runtime.caching.flights import Outcome
from crossway.runtime.caching.judgement import Asked
from crossway.runtime.caching.key import Facts, Keys, facts, origin
from crossway.runtime.caching.memory import Memory
from crossway.runtime.caching.reply import CONDITIONAL, conditions
from crossway.runtime.caching.shared import Shared
from crossway.runtime.caching.stored import Stored, is_for
from crossway.runtime.caching.visit import Visit
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import problem
from crossway.sdk.http import Headers, Request, Response

LOOK_AGAIN: Final = 1.0
"""Seconds after which is looked again whether another proxy has taken back what is kept in memory."""
ROUNDS: Final = 3
"""How often a request waits for the answer to another one, before it asks by itself."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_UNKNOWN: Final = frozenset({502, 503, 504})
"""The statuses that a proxy answers with when it has lost the backend: what was asked may be done, or not."""
_SPECIAL: Final = CONDITIONAL | {
    "cache-control",
    "content-length",
    "if-match",
    "if-unmodified-since",
    "pragma",
    "transfer-encoding",
    "upgrade",
}
"""The headers of a request that need a closer look."""


def cache(settings: Cache, about: str, tools: Tools, memory: Memory) -> Handler:
    """Return the handler for the route that is called *about*, which keeps its answers in *memory*."""
    return _Caching(settings, about, tools, memory).handle


class _Caching:
    """The cache of one route."""

    def __init__(self, settings: Cache, about: str, tools: Tools, memory: Memory) -> None:
        self._settings = settings
        self._tools = tools
        self._clock = tools.clock
        self._memory = memory
        self._shared = Shared(tools.store) if settings.shared else None
        self._backend = Backend(settings, about, tools, memory, self._shared)
        self._keys = Keys(settings, about)
        self._methods = frozenset(settings.methods)
        self._patience = settings.coalesce_timeout.total_seconds()

    async def handle(self, request: Request, call_next: Next) -> Response:
        """Answer *request*."""
        if request.method not in self._methods:
            return await self._pass(request, call_next)
        keys = self._keys
        fields = request.headers.items()
        given = facts(fields)
        url, selector = keys.url(request, given), keys.selector(given)
        now = self._clock()
        stored = self._memory.find(url, selector, given)
        if (
            stored is not None
            and stored.expires > now
            and _SPECIAL.isdisjoint(given)
            and (stored.free or (not stored.revalidated and is_for(stored, self._asked(given), self._settings)))
            and (self._shared is None or now - stored.looked < LOOK_AGAIN)
        ):
            shown = stored.fields.copy()
            shown.append(("age", str(max(0, int(now - stored.born)))))
            shown.append(("cache-status", f"{stored.named}hit; ttl={int(stored.expires - now)}"))
            response = Response(stored.status, Headers.of(shown))
            response.arriving(b"" if request.method == "HEAD" else stored.body)
            return response
        asked, said = self._asked(given), self._said(given)
        return await self._consider(Visit(request, call_next, fields, given, url, selector, asked, said), stored)

    def _asked(self, given: Facts) -> Asked:
        return Asked(self._keys.is_authorized(given), self._keys.has_cookies(given))

    def _said(self, given: Facts) -> Directives:
        if not self._settings.client_directives:
            return {}
        if "cache-control" in given:
            return directives(given["cache-control"])
        return {"no-cache": None} if "no-cache" in given.get("pragma", "").lower() else {}

    async def _pass(self, request: Request, call_next: Next) -> Response:
        """Send a request on that no stored answer is for; one that is not safe takes answers back."""
        given = facts(request.headers.items())
        whole = self._keys.whole(request, given)
        urls = {self._keys.url(request, given), whole}
        is_safe = request.method in _SAFE
        try:
            response = await call_next(request)
        except BaseException:
            if not is_safe:  # nobody knows whether it was done
                for url in urls:
                    self._memory.forget(url, self._clock())
            raise
        if not is_safe and (200 <= response.status < 400 or response.status in _UNKNOWN):
            await self._forget(urls.union(_elsewhere(whole, response)))
        return self._backend.marked(response, "fwd=method")

    async def _forget(self, urls: Iterable[str]) -> None:
        """Take the answers for *urls* back (RFC 9111, section 4.4)."""
        now = self._clock()
        for url in urls:
            self._memory.forget(url, now)
        if self._shared is not None:
            try:
                for url in urls:
                    await self._shared.forget(url, now)
            except ConnectionError:
                return  # what other proxies have in memory stays for as long as it is fresh

    async def _consider(self, visit: Visit, stored: Stored | None) -> Response:
        """Answer a request that is not one of the plainest."""
        if visit.unfit:
            return self._backend.marked(await visit.call_next(visit.request), visit.unfit)
        why = ""
        if self._shared is not None:
            try:
                stored = await self._current(self._shared, visit, stored)
            except ConnectionError:
                why = "bypass; detail=store"
        flights = self._memory.flights
        time = asyncio.get_running_loop().time
        ends = time() + self._patience
        for _ in range(ROUNDS):
            if stored is not None and not is_for(stored, visit.asked, self._settings):
                stored, why = None, f"bypass; detail={'authorized' if visit.asked.authorized else 'cookies'}"
            answer = self._given(visit, stored)
            if answer is not None:
                return answer
            why = why or self._why(visit, stored)
            key = self._memory.variant(visit.url, visit.selector, visit.given)
            if not self._may_wait(visit, stored) or flights.is_own(key):
                break
            flight = flights.under_way(key, self._patience)
            if flight is None:
                return await self._backend.ask(visit, stored, why, flights.start(key))
            outcome = await flight.wait(max(0.0, ends - time()))
            now = self._clock()
            if outcome is Outcome.FAILED and stored is not None and visit.is_lenient(stored, now):
                return visit.replied(stored, now, f"fwd={why}; collapsed; detail=stale-if-error")
            if outcome not in (Outcome.KEPT, Outcome.LEFT):
                break
            stored = self._memory.find(visit.url, visit.selector, visit.given)
            if outcome is Outcome.KEPT and stored is not None and is_for(stored, visit.asked, self._settings):
                if visit.is_satisfied(stored, now):
                    return visit.replied(stored, now, f"fwd={why}; collapsed")
                flights.set_own(key, own=True)
        if stored is not None and not is_for(stored, visit.asked, self._settings):
            stored = None
        alone = flights.alone(key) if self._may_wait(visit, stored) else None
        return await self._backend.ask(visit, stored, why, alone)

    async def _current(self, shared: Shared, visit: Visit, stored: Stored | None) -> Stored | None:
        """Return what memory or the shared store has for a request, and that no other proxy has taken back."""
        now = self._clock()
        if stored is not None:
            if now - stored.looked < LOOK_AGAIN:
                return stored
            if await shared.is_current(stored, now):
                stored.looked = now
                return stored
            self._memory.drop(visit.selector, visit.given, stored)
        found = await shared.find(visit.url, visit.selector, visit.given, now)
        if found is not None and self._memory.put(visit.selector, visit.given, found):
            return found
        return None

    def _given(self, visit: Visit, stored: Stored | None) -> Response | None:
        """Return the answer to a request without the backend, or `None` if that has to be asked."""
        now = self._clock()
        if stored is not None:
            hit = f"hit; ttl={int(stored.expires - now)}"
            if visit.is_satisfied(stored, now):
                return visit.replied(stored, now, hit)
            if visit.is_patient(stored, now):
                self._refresh(visit, stored)
                return visit.replied(stored, now, f"{hit}; detail=stale-while-revalidate")
        if "only-if-cached" in visit.said:
            return problem(504, "cache.not_stored", "Only a stored answer was wanted, and there is none that will do.")
        return None

    def _why(self, visit: Visit, stored: Stored | None) -> str:
        """Return why a request is sent on, in the words of RFC 9211, section 2.2."""
        if stored is None:
            return "vary-miss" if self._memory.knows(visit.url) else "uri-miss"
        return "stale" if stored.expires <= self._clock() or stored.revalidated else "request"

    def _may_wait(self, visit: Visit, stored: Stored | None) -> bool:
        """Return whether a request wants what others want too: a whole answer, however old."""
        if not self._settings.coalesce or visit.said or visit.request.method != "GET":
            return False
        return not visit.is_conditional or (stored is not None and bool(conditions(stored)))

    def _refresh(self, visit: Visit, stored: Stored) -> None:
        """Fetch a new answer behind the one that is given."""
        flights = self._memory.flights
        key = self._memory.variant(visit.url, visit.selector, visit.given)
        behind = visit.behind()

        async def refresh() -> None:
            if flights.under_way(key, self._patience) is not None:
                return
            with suppress(ConnectionError, TimeoutError):  # the stale answer stays, and the next request tries again
                response = await self._backend.ask(behind, stored, "stale", flights.start(key))
                async for _ in response.stream():
                    pass

        if flights.under_way(key, self._patience) is None:
            self._tools.background(refresh)


def _elsewhere(url: str, response: Response) -> Iterator[str]:
    """Yield the URLs of the same origin that an answer says it has changed (RFC 9111, section 4.4)."""
    own = urlsplit(url)[:2]
    for name in ("location", "content-location"):
        for value in response.headers.get_all(name):
            try:
                parts = urlsplit(urljoin(url, value))
            except ValueError:  # it is no URL
                continue
            parts = parts._replace(netloc=origin(parts.scheme, parts.netloc).partition("://")[2], fragment="")
            if parts[:2] == own:
                yield parts.geturl()
