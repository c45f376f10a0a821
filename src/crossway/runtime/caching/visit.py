"""A request that visits the cache, and what a stored answer is worth to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from crossway.runtime.caching.fields import Directives, Field, seconds
from crossway.runtime.caching.judgement import Asked
from crossway.runtime.caching.key import Facts, Selector, facts
from crossway.runtime.caching.reply import CONDITIONAL, reply
from crossway.runtime.caching.stored import Stored
from crossway.runtime.handler import Next
from crossway.sdk.http import Headers, Request, Response


@dataclass(slots=True)
class Visit:
    """A request, and what the cache has to know of it."""

    request: Request
    call_next: Next
    fields: list[Field]
    """Its headers, as they came."""
    given: Facts
    url: str
    selector: Selector
    asked: Asked
    said: Directives
    """What its `Cache-Control` says, where that counts."""

    @property
    def unfit(self) -> str:
        """Why no stored answer can be for it, in the words of RFC 9211; empty if one can."""
        given = self.given
        if "upgrade" in given:
            return "fwd=bypass; detail=upgrade"
        if "transfer-encoding" in given or given.get("content-length", "0") != "0":
            return "fwd=bypass; detail=body"
        if "if-match" in given or "if-unmodified-since" in given:
            return "fwd=request; detail=precondition"
        return "fwd=request; detail=no-store" if "no-store" in self.said else ""

    @property
    def is_conditional(self) -> bool:
        """Whether it asks for less than a whole answer."""
        return not CONDITIONAL.isdisjoint(self.given)

    def is_satisfied(self, stored: Stored, now: float) -> bool:
        """Return whether *stored* is fresh enough for it (RFC 9111, sections 4.2 and 5.2.1)."""
        said = self.said
        if stored.revalidated or "no-cache" in said:
            return False
        if "max-age" in said:
            longest = seconds(said["max-age"])
            if longest == 0 or now - stored.born > longest:
                return False
        left = stored.expires - now
        if "min-fresh" in said and left < seconds(said["min-fresh"]):
            return False
        if left > 0:
            return True
        if "max-stale" in said and stored.stale_allowed:
            return said["max-stale"] is None or -left <= seconds(said["max-stale"])
        return False

    def is_patient(self, stored: Stored, now: float) -> bool:
        """Return whether it may get *stored*, which is stale, while a new answer is fetched (RFC 5861, section 3)."""
        if stored.revalidated or not {"no-cache", "max-age", "min-fresh"}.isdisjoint(self.said):
            return False
        return 0 <= now - stored.expires < stored.stale_while_revalidate

    def is_lenient(self, stored: Stored, now: float) -> bool:
        """Return whether it may get *stored*, which is stale, in place of an error (RFC 5861, section 4)."""
        if stored.revalidated or "no-cache" in self.said:
            return False
        longest = stored.stale_if_error
        if "stale-if-error" in self.said and stored.stale_allowed:
            longest = max(longest, seconds(self.said["stale-if-error"]))
        return now - stored.expires < longest

    def replied(self, stored: Stored, now: float, doing: str) -> Response:
        """Return the answer to it from *stored*; `Cache-Status` says what the cache is *doing*."""
        return reply(stored, self.request.method, self.given, now, stored.named + doing)

    def behind(self) -> Visit:
        """Return a request for the whole answer, that nobody waits for."""
        fields = [field for field in self.fields if field[0] not in CONDITIONAL and field[0] != "cache-control"]
        request = Request("GET", self.request.target, Headers.of(fields))
        return Visit(request, self.call_next, fields, facts(fields), self.url, self.selector, self.asked, {})
