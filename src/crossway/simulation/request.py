"""Requests: what a client sends, and how much of it is known.

A request out of an access log lacks what the log does not say. It names what it lacks, and whatever hangs on that is
answered by "it depends" instead of by a guess.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from crossway.compile.envoy.route import DEFAULT_PORTS

_URL: Final = re.compile(r"(?:(https?)://)?(?![a-z][a-z0-9+.-]*:/)([^/?#]+)([/?#].*)?", re.IGNORECASE)
_PORT: Final = re.compile(r":([0-9]{1,5})$")


class Aspect(enum.StrEnum):
    """A part of a request that may be unknown."""

    HEADERS = "headers"
    """The headers, but for those that are given."""
    QUERIES = "queries"
    """The query; the path ends before it."""
    COOKIES = "cookies"
    """The cookies."""
    CLIENT_IP = "client_ip"
    """The client's address."""


@dataclass(frozen=True)
class Request:
    """A request as it comes in at a gateway."""

    host: str
    """The host that it names, as the client wrote it, possibly with a port."""
    path: str = "/"
    """The path with the query, as the client wrote them."""
    method: str = "GET"
    scheme: str = "http"
    """`https` for a client that speaks TLS."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By their names in lower case; repeated ones are joined (`joined`)."""
    client_ip: str | None = None
    """The client's address as access control sees it, where that is known; otherwise it is found as the gateway does,
    from `peer_ip` and the headers."""
    peer_ip: str = "127.0.0.1"
    """Where the connection comes from."""
    port: int | None = None
    """The port that it comes to; `None` for the likeliest one."""
    sni: str | None = None
    """The server name that the client asks for in the TLS handshake; `None` for the host."""
    listener: str | None = None
    """The listener that it comes to, `name` or `gateway/name`, instead of a port."""
    unknown: frozenset[Aspect] = frozenset()

    @classmethod
    def to(
        cls,
        url: str,
        method: str = "GET",
        headers: Iterable[tuple[str, str]] = (),
        *,
        client_ip: str | None = None,
        listener: str | None = None,
    ) -> Request:
        """Return the request of *method* to *url*; a URL without a scheme is one of http.

        Raises:
            ValueError: *url* is none. The message says so in a sentence.

        """
        parts = _URL.fullmatch(url)
        if parts is None:
            raise ValueError(f"{url!r} is no URL; write one like https://api.example.org/orders?id=7")
        scheme, authority, target = (parts[1] or "http").lower(), parts[2].rpartition("@")[2], parts[3] or "/"
        given = joined(headers)
        return cls(
            host=given.pop("host", authority.removesuffix(f":{DEFAULT_PORTS[scheme]}")),
            path=target if target.startswith("/") else f"/{target}",
            method=method.upper(),
            scheme=scheme,
            headers=given,
            client_ip=client_ip,
            port=port_of(authority),
            sni=_PORT.sub("", authority).lower(),
            listener=listener,
        )


def port_of(host: str) -> int | None:
    """Return the port that *host* ends in; `None` for a host without one."""
    port = _PORT.search(host)
    return int(port[1]) if port else None


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return *headers* by name in lower case; values of one name are joined as Envoy does before it compares them."""
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.lower(), value.strip(" \t")
        found[key] = f"{found[key]}{'; ' if key == 'cookie' else ','}{text}" if key in found else text
    return found
