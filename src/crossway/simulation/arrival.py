"""Arrivals: a request as routes see it, with its path in normal form and its client found."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from crossway.simulation.request import Aspect


class Unknown(enum.Enum):
    """The type of `UNKNOWN`, which is its only value."""

    UNKNOWN = enum.auto()


UNKNOWN: Final = Unknown.UNKNOWN
"""Stands for a value of which nobody knows whether it is there."""

Value = str | Unknown | None
"""What a request says: a text, nothing, or nobody knows."""


class Arrival:
    """A request as routes see it."""

    __slots__ = ("_cookies", "_queries", "client_ip", "headers", "host", "method", "path", "query", "unknown")

    def __init__(
        self,
        method: str,
        host: str,
        target: str,
        headers: Mapping[str, str],
        client_ip: str | None,
        unknown: frozenset[Aspect] = frozenset(),
    ) -> None:
        """Take a request with *target*, its path and query; a *client_ip* of `None` is unknown."""
        self.method = method
        self.host = host
        """As the backend would see it."""
        self.path, mark, query = target.partition("?")
        self.query: Final = mark + query
        """With its question mark; empty for none."""
        self.headers = headers
        self.client_ip = client_ip
        self.unknown = unknown
        self._queries: dict[str, str] | None = None
        self._cookies: dict[str, str] | None = None

    @property
    def target(self) -> str:
        """Path and query."""
        return self.path + self.query

    def header(self, name: str) -> Value:
        """Return the value of a header."""
        value = self.headers.get(name)
        return UNKNOWN if value is None and Aspect.HEADERS in self.unknown else value

    def parameter(self, name: str) -> Value:
        """Return the value of a query parameter, as it stands there; the first one counts."""
        if self._queries is None:
            self._queries = {}
            for pair in self.query[1:].split("&") if self.query[1:] else ():
                key, _, text = pair.partition("=")
                self._queries.setdefault(key, text)
        value: str | None = self._queries.get(name)
        return UNKNOWN if value is None and Aspect.QUERIES in self.unknown else value

    def cookie(self, name: str) -> Value:
        """Return the value of a cookie without its quotes; the first one counts."""
        if self._cookies is None:
            self._cookies = {}
            for pair in self.headers.get("cookie", "").split(";"):
                key, equals, text = pair.lstrip(" ").partition("=")
                quoted = len(text) >= 2 and text[0] == text[-1] == '"'
                if equals:
                    self._cookies.setdefault(key, text[1:-1] if quoted else text)
        value: str | None = self._cookies.get(name)
        known = "cookie" in self.headers or not self.unknown & {Aspect.HEADERS, Aspect.COOKIES}
        return value if known else UNKNOWN
