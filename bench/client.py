"""One HTTP/1.1 connection that is kept alive, and what can be found out with it.

It is bare on purpose: a client with a pool hides when a connection was opened, reused or lost.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Self

from bench.machine import BenchError

PAUSE = 0.0005
"""Seconds between two questions of a poll."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LostError(Exception):
    """The connection ended before the whole answer had come."""

    def __init__(self, *, reused: bool, silent: bool) -> None:
        super().__init__("the connection was lost")
        self.reused = reused
        """Whether it had answered a request before."""
        self.silent = silent
        """Whether no byte of this answer had come."""


class Connection:
    """A connection to a port of this machine, opened by the first request and again after every loss."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, name: str | None = None) -> None:
        """Connect to *port* with *tls*, if given, asking for the server *name*."""
        self._port = port
        self._tls = tls
        self._name = name
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._reused = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it, if it is open."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def get(self, host: str, path: str, more: str = "") -> Answer:
        """Return the answer to a request, with *more* lines of headers.

        `LostError` if the connection ends, `OSError` if there is none to be had. A connection that is known to be
        closed is not used again.
        """
        if self._streams is not None and self._streams[0].at_eof():
            self.close()
        reused = self._streams is not None
        if self._streams is None:
            name = self._name if self._tls else None
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._tls, server_hostname=name)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode())
        silent = True
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            silent = False
            answer = _parse(head)
            body = await reader.readexactly(int(answer.headers.get("content-length", "0")))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            self.close()
            partial = error.partial if isinstance(error, asyncio.IncompleteReadError) else b""
            raise LostError(reused=reused, silent=silent and not partial) from None
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer._replace(body=body)

    @property
    def certificate(self) -> bytes:
        """The certificate that the server showed, in DER; empty while there is no TLS connection."""
        transport = self._streams[1].get_extra_info("ssl_object") if self._streams else None
        return (transport.getpeercert(binary_form=True) or b"") if transport is not None else b""


def _parse(head: bytes) -> Answer:
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "chunked" in headers.get("transfer-encoding", ""):
        raise BenchError("an answer without a length, which this client does not read")
    return Answer(int(first.split(" ")[1]), headers, b"")


def lines(headers: Mapping[str, str]) -> str:
    """Return *headers* as the lines of a request."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def succeeds(answer: Answer) -> bool:
    """Return whether the request was served."""
    return answer.status == 200


async def first(
    port: int, host: str, path: str, within: float, wanted: Callable[[Answer], bool] = succeeds, more: str = ""
) -> float:
    """Ask on one connection, with *more* lines of headers, until the answer is *wanted*.

    Returns when it came, by the monotonic clock.
    """
    deadline = time.monotonic() + within
    async with Connection(port) as connection:
        while time.monotonic() < deadline:
            try:
                if wanted(await connection.get(host, path, more)):
                    return time.monotonic()
            except (LostError, OSError):
                pass
            await asyncio.sleep(PAUSE)
    raise BenchError(f"{path} was not answered as it should be within {within:.0f} s")
