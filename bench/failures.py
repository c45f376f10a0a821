"""Failed requests while the configuration is edited under load: two hundred edits of six kinds.

The load is what clients do that keep their connections: one GET after another, over HTTP and HTTPS, of paths that every
configuration of the run serves. A request has *failed* if its client sees a failure: an answer other than 200, no
answer, no connection. A client whose connection turns out to be closed before a byte of the answer has come tries once
more on a new one, as RFC 9110 (section 9.2.2) allows for GET and as browsers and pools do. How often is told as well.
"""

from __future__ import annotations

import asyncio
import enum
import ssl
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from bench.backend import backend
from bench.certificates import write_certificate
from bench.client import PAUSE, Answer, Connection, LostError
from bench.gateway import Gateway, crossway_run
from bench.lab import Lab
from bench.machine import BenchError, free_port
from bench.table import Line

HOST: Final = "shop.example"
STEADY: Final = ("/steady/x", "/swapped/x", "/ordered/x")
"""What every configuration of the run serves."""
CONNECTIONS: Final = 8
"""For each of the two protocols."""
PACE: Final = 0.01
"""Seconds between two requests on a connection."""
DRAIN: Final = 65.0
"""Seconds after the last edit; Envoy lets the connections of a listener that was replaced live for 60."""
LIVE_WITHIN: Final = 20.0
BODIES: Final = ("first", "second")
HEADERS: Final = "".join(f"x-many-{index}: 1\r\n" for index in range(60))
"""More headers than the lower of the two limits allows."""


class Kind(enum.StrEnum):
    """A kind of edit."""

    ADD = "add a route"
    REMOVE = "remove a route"
    REORDER = "reorder"
    SWAP = "swap a backend"
    ROTATE = "rotate a certificate"
    LISTENER = "change a listener"


@dataclass(frozen=True, slots=True)
class Shop:
    """A configuration of the run. An edit replaces a field."""

    ports: tuple[int, int]
    """Of HTTP and HTTPS."""
    backends: tuple[int, int]
    certificate: Path
    key: Path
    added: tuple[int, ...] = ()
    """The numbers of the routes that come and go."""
    winner: int = 0
    """Which of two routes to different services that both match ``/ordered`` stands first and goes first."""
    swapped: int = 0
    """Which backend is the endpoint of the service behind ``/swapped``."""
    header_count: int = 100
    """A limit that stands in the listeners themselves."""

    def text(self) -> str:
        """Return it in Crossway's language."""
        http, https = self.ports
        routes = {"steady": "/steady/*", "swapped": "/swapped/*", **{f"added{n}": f"/added{n}/*" for n in self.added}}
        services = dict(zip(BODIES, self.backends, strict=True)) | {"swapped": self.backends[self.swapped]}
        entries = [
            f"  {name}: {{matches: [{{path: {path}}}], to: {name if name in services else BODIES[0]}}}\n"
            for name, path in routes.items()
        ]
        rivals = [
            f"  ordered{n}: {{matches: [{{path: /ordered/*}}], to: {body}, priority: {int(n == self.winner)}}}\n"
            for n, body in enumerate(BODIES)
        ]
        ordered = [rivals[self.winner], *entries, rivals[1 - self.winner]]
        return "".join(
            (
                f"certificates:\n  shop: {{certificate: {self.certificate}, key: {self.key}}}\n",
                "gateways:\n  edge:\n",
                f"    policies: {{access_log: false, limits: {{header_count: {self.header_count}}}}}\n",
                "    listeners:\n",
                f"      http: {{port: {http}, address: 127.0.0.1}}\n",
                f"      https: {{port: {https}, address: 127.0.0.1, tls: {{certificates: [shop]}}}}\n",
                "services:\n",
                *(f"  {body}: http://127.0.0.1:{port}\n" for body, port in services.items()),
                "routes:\n",
                *(ordered if self.winner == 0 else reversed(ordered)),
            )
        )


@dataclass(slots=True)
class Tally:
    """What the clients saw."""

    edit: Kind = Kind.ADD
    """The edit that is under way, or was the last one."""
    requests: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    """By the edit and by what was seen."""
    repeated: Counter[str] = field(default_factory=Counter)
    """By the edit."""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the line about failed requests."""
    directory = lab.directory / "failures"
    directory.mkdir()
    certificate, key = directory / "shop.crt", directory / "shop.key"
    write_certificate(HOST, certificate, key)
    async with (
        backend(lab.packages, directory / "first", BODIES[0]) as one,
        backend(lab.packages, directory / "second", BODIES[1]) as two,
    ):
        shop = Shop((free_port(), free_port()), (one.port, two.port), certificate, key)
        async with crossway_run(shop.text(), directory / "gateway") as gateway:
            edits = list(islice(cycle(Kind), lab.times(200, 36)))
            tally = await _run(lab, gateway, shop, edits)
    counts = ", ".join(f"{number} x {kind}" for kind, number in Counter(edits).items())
    seen = f"; failed: {_text(tally.failed)}" if tally.failed else ""
    again = _text(tally.repeated) or "none"
    detail = f"{tally.requests:,} requests on {2 * CONNECTIONS} connections; {counts}{seen}; repeated: {again}"
    yield Line(f"failed requests in {len(edits)} edits under load", tally.failed.total(), "", 0, detail)


def _text(counter: Counter[str]) -> str:
    return ", ".join(f"{number} x {what}" for what, number in counter.items())


async def _run(lab: Lab, gateway: Gateway, shop: Shop, edits: list[Kind]) -> Tally:
    """Make the *edits* under load and return what the clients saw.

    The load goes on until the connections of the last listener that was replaced are drained.
    """
    tally = Tally()
    async with asyncio.TaskGroup() as tasks:
        clients = [
            tasks.create_task(_client(shop.ports[index % 2], _anyone() if index % 2 else None, tally))
            for index in range(2 * CONNECTIONS)
        ]
        for number, kind in enumerate(edits):
            tally.edit = kind
            try:
                shop = await _edit(gateway, shop, kind, number)
            except BenchError as error:
                raise BenchError(f"edit {number + 1}, {kind}: {error}") from None
        await asyncio.sleep(0 if lab.quick else DRAIN)
        for client in clients:
            client.cancel()
    return tally


async def _client(port: int, tls: ssl.SSLContext | None, tally: Tally) -> None:
    """Send requests until cancelled."""
    async with Connection(port, tls, HOST) as connection:
        for path in cycle(STEADY):
            tally.requests += 1
            seen = await _ask(connection, path, tally)
            if seen != "200":
                tally.failed[f"{seen} ({tally.edit})"] += 1
            await asyncio.sleep(PACE)


async def _ask(connection: Connection, path: str, tally: Tally) -> str:
    """Return the status of the answer to a request, or how it failed."""
    for again in (False, True):
        try:
            return str((await connection.get(HOST, path)).status)
        except LostError as error:
            if again or not (error.reused and error.silent):
                return str(error)
            tally.repeated[tally.edit] += 1
        except OSError as error:
            return str(error)
    raise AssertionError


async def _edit(gateway: Gateway, shop: Shop, kind: Kind, number: int) -> Shop:
    """Make an edit, and return the new configuration when a new client sees what it is about."""
    http, https = shop.ports
    if kind is Kind.ROTATE:
        shown = write_certificate(HOST, shop.certificate, shop.key)
        await _until_shown(https, shown)
        return shop
    status, body, more = 200, "", ""
    match kind:
        case Kind.ADD:
            shop = replace(shop, added=(*shop.added, number))
            path = f"/added{number}/x"
        case Kind.REMOVE:
            path, status = f"/added{shop.added[0]}/x", 404
            shop = replace(shop, added=shop.added[1:])
        case Kind.REORDER:
            shop = replace(shop, winner=1 - shop.winner)
            path, body = "/ordered/x", BODIES[shop.winner]
        case Kind.SWAP:
            shop = replace(shop, swapped=1 - shop.swapped)
            path, body = "/swapped/x", BODIES[shop.swapped]
        case Kind.LISTENER:
            shop = replace(shop, header_count=150 - shop.header_count)
            path, more, status = "/steady/x", HEADERS, 200 if shop.header_count == 100 else 431
    gateway.write(shop.text())
    for port, tls in ((http, None), (https, _anyone())):
        await _until_answered(port, tls, path, status, body, more)
    return shop


async def _until_answered(port: int, tls: ssl.SSLContext | None, path: str, status: int, body: str, more: str) -> None:
    """Return when a new connection gets *status* and a body that begins with *body*."""
    seen: Answer | None = None
    try:
        async with asyncio.timeout(LIVE_WITHIN):
            while seen is None or seen.status != status or not seen.body.decode().startswith(body):
                await asyncio.sleep(PAUSE)
                async with Connection(port, tls, HOST) as connection:
                    seen = await connection.get(HOST, path, more)
    except TimeoutError:
        raise BenchError(f"not live within {LIVE_WITHIN:.0f} s, still {seen}") from None


async def _until_shown(port: int, certificate: bytes) -> None:
    """Return when a new connection is shown *certificate*."""
    shown = b""
    try:
        async with asyncio.timeout(LIVE_WITHIN):
            while shown != certificate:
                async with Connection(port, _anyone(), HOST) as connection:
                    await connection.get(HOST, STEADY[0])
                    shown = connection.certificate
    except TimeoutError:
        raise BenchError(f"the old certificate is still shown after {LIVE_WITHIN:.0f} s") from None


def _anyone() -> ssl.SSLContext:
    """Return a context that trusts whoever answers: the certificates here are signed by themselves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
