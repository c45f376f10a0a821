"""The proxies that are connected now, and how far each one is.

A record is a value: it is replaced when something happens, so whoever holds one has a consistent picture.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crossway.xds.protocol import CLUSTER, DONE, Acknowledged, Live, Progress, Refused
from crossway.xds.wire import Node

News = Acknowledged | Refused | Live
"""What a proxy can have said about its snapshot."""


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
    offered: str = ""
    """The version of the snapshot that it is to have; empty before there is one for its view."""
    acknowledged: str = ""
    """The version of the snapshot that it last accepted a response of."""
    live: str = ""
    """The version of the snapshot that it last took over whole, except for what it `refused`."""
    refused: tuple[Refused, ...] = ()
    """What it refused of the snapshot it runs or is being given."""
    progress: Progress = DONE
    """What it still has to do."""

    @property
    def warming(self) -> tuple[str, ...]:
        """The names of the clusters that it was sent and that are not known to be warm.

        An Envoy that runs holds its answer back until its new clusters are warm, so those that are unanswered count.
        """
        unanswered = [sent.resources for sent in self.progress.unanswered if sent.type_url == CLUSTER]
        clusters = itertools.chain(self.progress.cold, *unanswered)
        return tuple(sorted({cluster.name for cluster in clusters}))


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
    news: News


Event = Connected | Disconnected | Answered


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the proxies of a view stand with one version that they were offered."""

    live: tuple[Proxy, ...]
    """Those that took over all of it, and whose clusters are warm."""
    refused: tuple[Proxy, ...]
    """Those that took over the version but for what stands in their `Proxy.refused`."""
    waiting: tuple[Proxy, ...]
    """Those that had not finished when the time was up or another version took its place."""
    gone: tuple[Proxy, ...] = ()
    """Those that went away in the middle of a trial, as they were then. One that came back is not on trial."""


class Proxies:
    """The connected proxies. Iterating yields their records."""

    def __init__(self) -> None:
        self._records: dict[int, Proxy] = {}
        self._gone: dict[str, list[Proxy]] = {}
        """Who went in the middle of a trial, by the view that it runs in."""
        self._changed = asyncio.Event()

    def __iter__(self) -> Iterator[Proxy]:
        return iter(tuple(self._records.values()))

    def __len__(self) -> int:
        return len(self._records)

    def outcome(self, view: str, version: str) -> Outcome:
        """Return where the proxies of *view* stand that are offered *version* now."""
        live, refused, waiting = [], [], []
        for proxy in self._records.values():
            if proxy.view != view or proxy.offered != version:
                continue
            if proxy.live != version or proxy.progress.cold:
                waiting.append(proxy)
            elif proxy.refused:
                refused.append(proxy)
            else:
                live.append(proxy)
        gone = tuple(proxy for proxy in self._gone.get(view, ()) if proxy.offered == version)
        return Outcome(tuple(live), tuple(refused), tuple(waiting), gone)

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
        if proxy.view in self._gone:
            self._gone[proxy.view].append(proxy)
        self.notify()
        return Disconnected(proxy)

    def begin_trial(self, view: str) -> None:
        """Remember from now on who of *view* goes away."""
        self._gone[view] = []

    def end_trial(self, view: str) -> None:
        """Forget who of *view* went away."""
        self._gone.pop(view, None)

    def offer(self, stream: int, version: str) -> None:
        """Write down that the proxy of *stream* is to have *version*; what it was before does not make it live."""
        proxy = self._records[stream]
        if proxy.offered != version:
            live = "" if proxy.live == version else proxy.live
            self._records[stream] = replace(proxy, offered=version, live=live)
            self.notify()

    def hear(self, stream: int, progress: Progress, news: Sequence[News]) -> list[Answered]:
        """Write down what the proxy of *stream* said, and what it still has to do. Returns an event for each news."""
        proxy = self._records[stream]
        if not news and progress == proxy.progress:
            return []
        acknowledged, live, refused = proxy.acknowledged, proxy.live, proxy.refused
        for item in news:
            match item:
                case Acknowledged():
                    acknowledged = item.version
                case Refused():
                    refused = (*(refusal for refusal in refused if not refusal.same_as(item)), item)
                case Live():
                    live = item.version
                    refused = tuple(refusal for refusal in refused if refusal.resource in item.without)
        proxy = replace(proxy, acknowledged=acknowledged, live=live, refused=refused, progress=progress)
        self._records[stream] = proxy
        self.notify()
        return [Answered(proxy, item) for item in news]

    def notify(self) -> None:
        """Wake everybody who waits in `change`."""
        self._changed.set()
        self._changed = asyncio.Event()
