"""A client of HTTP/1.1 that sends exactly what it is told: no normal form of paths, no headers of its own but Host."""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h11

DEADLINE = 15.0


@dataclass(frozen=True)
class Answer:
    """A response. The values of a header that comes several times are joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One connection; requests go one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._http = h11.Connection(h11.CLIENT)

    async def request(
        self,
        path: str,
        *,
        method: str = "GET",
        host: str = "test",
        headers: Mapping[str, str] | None = None,
        body: str = "",
    ) -> Answer:
        """Send a request and return the answer."""
        sent = {"host": host} | {name.lower(): value for name, value in (headers or {}).items()}
        if body:
            sent["content-length"] = str(len(body.encode()))
        self._send(h11.Request(method=method, target=path, headers=list(sent.items())))
        if body:
            self._send(h11.Data(body.encode()))
        self._send(h11.EndOfMessage())
        async with asyncio.timeout(DEADLINE):
            await self.writer.drain()
            answer = await self._answer()
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return answer

    @property
    def reusable(self) -> bool:
        """Whether another request can follow."""
        return self._http.our_state is h11.IDLE

    def _send(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> None:
        self.writer.write(self._http.send(event) or b"")

    async def _answer(self) -> Answer:
        head: h11.Response | None = None
        body = b""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise ConnectionError(f"no answer: {error}") from error
            if event is h11.NEED_DATA:
                self._http.receive_data(await self.reader.read(65_536))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif head is not None and (isinstance(event, h11.EndOfMessage) or event is h11.PAUSED):
                return Answer(head.status_code, _joined(head.headers), body)
            elif not isinstance(event, h11.InformationalResponse):
                raise ConnectionError(f"no answer, but {event}")


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.decode()
        joined[key] = f"{joined[key]}, {value.decode('latin-1')}" if key in joined else value.decode("latin-1")
    return joined


@asynccontextmanager
async def connected(
    port: int, *, tls: ssl.SSLContext | None = None, server_name: str | None = None, beginning: bytes = b""
) -> AsyncIterator[Connection]:
    """Give a connection to *port*; *beginning* is sent before anything else, TLS excepted."""
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=server_name)
    try:
        writer.write(beginning)
        yield Connection(reader, writer)
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


async def over_socket(
    socket: Path, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: str = ""
) -> Answer:
    """Send one request to a Unix socket and return the answer."""
    directory = os.open(socket.parent, os.O_PATH)
    try:  # by way of the directory, since the name of a socket has room for 107 bytes
        async with asyncio.timeout(DEADLINE):
            reader, writer = await asyncio.open_unix_connection(f"/proc/self/fd/{directory}/{socket.name}")
    finally:
        os.close(directory)
    try:
        return await Connection(reader, writer).request(path, method=method, headers=headers, body=body)
    finally:
        writer.close()


async def request(
    port: int,
    path: str,
    *,
    method: str = "GET",
    host: str = "test",
    headers: Mapping[str, str] | None = None,
    body: str = "",
    tls: ssl.SSLContext | None = None,
    server_name: str | None = None,
    beginning: bytes = b"",
) -> Answer:
    """Send one request over a connection of its own and return the answer."""
    async with connected(port, tls=tls, server_name=server_name, beginning=beginning) as connection:
        return await connection.request(path, method=method, host=host, headers=headers, body=body)
