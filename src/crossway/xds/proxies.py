"""The proxies that are connected now, and how far each one is.

A record is a value: it is replaced when something happens, so whoever holds one has a consistent picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crossway.xds.protocol import Acknowledged, Live, Refused
from crossway.xds.wire import Node


@dataclass(frozen=True, slots=True)
class Proxy:
    """One connected proxy."""

    stream: int
    """Counts the streams of this server from 1; a proxy that comes back has another one."""
    node: Node
    view: str
    address: str
    """Where it speaks from, as gRPC writes it: ``ipv4:127.0.0.1:40000``, ``unix:``."""
    identities: tuple[str, ...]
    """The subject alternative names of its certificate; empty without mutual TLS."""
    since: float
    """When it connected, by the server's clock."""
    acknowledged: str = ""
    """The version of the snapshot that it last accepted a response of."""
    live: str = ""
    """The version of the snapshot that it last took over whole, except for what it `refused`."""
    refused: tuple[Refused, ...] = ()
    """What it refused of the snapshot it runs or is being given."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A proxy came, and was assigned its view."""

    proxy: Proxy


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A proxy went; the record is its last one."""

    proxy: Proxy


@dataclass(frozen=True, slots=True)
class Answered:
    """A proxy said something about its snapshot; the record already tells it."""

    proxy: Proxy
    news: Acknowledged | Refused | Live


Event = Connected | Disconnected | Answered


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the proxies of a view stand with one version."""

    live: tuple[Proxy, ...]
    refused: tuple[Proxy, ...]
    """Those that took over the version but for what stands in their `Proxy.refused`."""
    waiting: tuple[Proxy, ...]
    """Those that had not finished when the time was up or a newer version was published."""


class Proxies:
    """The connected proxies. Iterating yields their records."""

    def __init__(self) -> None:
        self._records: dict[int, Proxy] = {}
        self._changed = asyncio.Event()

    def __iter__(self) -> Iterator[Proxy]:
        return iter(tuple(self._records.values()))

    def __len__(self) -> int:
        return len(self._records)

    def outcome(self, view: str, version: str) -> Outcome:
        """Return where the proxies of *view* stand with *version*."""
        mine = [proxy for proxy in self if proxy.view == view]
        done = [proxy for proxy in mine if proxy.live == version]
        return Outcome(
            live=tuple(proxy for proxy in done if not proxy.refused),
            refused=tuple(proxy for proxy in done if proxy.refused),
            waiting=tuple(proxy for proxy in mine if proxy.live != version),
        )

    async def change(self) -> None:
        """Wait until something happens to some proxy, or a snapshot is published."""
        await self._changed.wait()

    def connect(self, proxy: Proxy) -> Connected:
        """Enter *proxy*."""
        self._records[proxy.stream] = proxy
        self.notify()
        return Connected(proxy)

    def disconnect(self, stream: int) -> Disconnected:
        """Strike out the proxy of *stream*."""
        proxy = self._records.pop(stream)
        self.notify()
        return Disconnected(proxy)

    def answer(self, stream: int, news: Acknowledged | Refused | Live) -> Answered:
        """Write down what the proxy of *stream* said."""
        proxy = self._records[stream]
        match news:
            case Acknowledged():
                proxy = replace(proxy, acknowledged=news.version)
            case Refused():
                proxy = replace(proxy, refused=(*proxy.refused, news))
            case Live():
                standing = tuple(refusal for refusal in proxy.refused if refusal.resource in news.without)
                proxy = replace(proxy, live=news.version, refused=standing)
        self._records[stream] = proxy
        self.notify()
        return Answered(proxy, news)

    def notify(self) -> None:
        """Wake everybody who waits in `change`."""
        self._changed.set()
        self._changed = asyncio.Event()
