"""Hostnames: exact, wildcard (``*.example.org``: any depth below it, never itself) and catch-all (``*``)."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from typing import Annotated, Final

from pydantic import AfterValidator

CATCH_ALL: Final = "*"
_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOSTNAME: Final = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")


def parse_hostname(text: str) -> str:
    """Return *text* in lower case, or refuse what is no hostname (RFC 1123 labels, an IPv6 literal in brackets)."""
    name = text.lower()
    if name == CATCH_ALL:
        return name
    if re.search(r"[^:]:[0-9]+$", name) and (name.count(":") == 1 or "]" in name):
        raise ValueError("a hostname has no port; the port of the Host header does not matter")
    if name.startswith("[") and name.endswith("]"):
        with suppress(ValueError):
            return f"[{ipaddress.IPv6Address(name[1:-1])}]"
    elif len(name) <= 253 and _HOSTNAME.fullmatch(name):
        return name
    raise ValueError(f"{text!r} is no hostname; write a.example.org, *.example.org, *, or an IPv6 address in brackets")


Hostname = Annotated[str, AfterValidator(parse_hostname)]


def covers(pattern: str, hostname: str) -> bool:
    """Return whether every request that *hostname* (itself possibly a wildcard) means is also meant by *pattern*."""
    if pattern in (CATCH_ALL, hostname):
        return True
    return pattern.startswith("*.") and hostname.removeprefix("*").endswith(pattern[1:])


def intersection(one: str, other: str) -> str | None:
    """Return the hostname that means what both mean, or `None` where they have nothing in common."""
    return other if covers(one, other) else one if covers(other, one) else None


def specificity(hostname: str) -> tuple[int, int]:
    """Return a sort key: the more specific of two patterns that both mean one host has the greater key."""
    if hostname == CATCH_ALL:
        return (0, 0)
    return (1, len(hostname)) if hostname.startswith("*.") else (2, len(hostname))
