"""Simulated proxies: each has a connection of its own with mutual TLS, and does what the relay of a proxy does.

They ask for everything and acknowledge it; nothing is parsed but what the answer needs, so that two cores are enough
for them and the control plane. For each version of the configuration a line of JSON says when it was there.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import grpc
import grpc.aio
import uvloop

from crossway.identity.credentials import Credentials
from crossway.xds.protocol import CLUSTER, ENDPOINTS, LISTENER, ROUTES, SCOPED_ROUTES, SECRET
from crossway.xds.subscription import WILDCARD, Request
from crossway.xds.wire import METHOD, SERVICE, Node, write_request

TYPES = (CLUSTER, ENDPOINTS, LISTENER, ROUTES, SCOPED_ROUTES, SECRET)
AT_A_TIME = 50
"""How many connect at the same time, as long as none is connected yet."""


class Fleet:
    """Proxies that follow the control plane on *port*."""

    def __init__(self, port: int, count: int, credentials: Credentials) -> None:
        self._address = f"localhost:{port}"
        self._count = count
        self._credentials = grpc.ssl_channel_credentials(credentials.ca, credentials.key, credentials.certificate)
        self._answered: dict[str, set[int]] = defaultdict(set)
        self._began: dict[str, float] = {}
        self._connecting = asyncio.Semaphore(AT_A_TIME)
        self._acknowledgements: dict[tuple[str, str], bytes] = {}

    async def run(self) -> None:
        """Be all the proxies until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._count):
                tasks.create_task(self._follow(number))

    async def _follow(self, number: int) -> None:
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1))
        async with grpc.aio.secure_channel(self._address, self._credentials, options) as channel:
            method = channel.stream_stream(
                f"/{SERVICE}/{METHOD}", request_serializer=bytes, response_deserializer=bytes
            )
            async with self._connecting:
                stream = method()
                node: Node | None = Node(f"proxy-{number:04d}", "*")
                for kind in TYPES:
                    await stream.write(write_request(Request(kind, (WILDCARD,)), node))
                    node = None
                data = await stream.read()
            while isinstance(data, bytes):
                kind, nonce, version = _head(data)
                await stream.write(self._acknowledgement(kind, nonce))
                self._note(number, version)
                data = await stream.read()
            print(json.dumps({"lost": number}), flush=True)

    def _acknowledgement(self, kind: str, nonce: str) -> bytes:
        if (kind, nonce) not in self._acknowledgements:
            self._acknowledgements[kind, nonce] = write_request(Request(kind, response_nonce=nonce))
        return self._acknowledgements[kind, nonce]

    def _note(self, number: int, version: str) -> None:
        now = time.monotonic()
        self._began.setdefault(version, now)
        answered = self._answered[version]
        if number not in answered:
            answered.add(number)
            if len(answered) == self._count:
                print(json.dumps({"version": version, "first": self._began[version], "last": now}), flush=True)


def _head(data: bytes) -> tuple[str, str, str]:
    """Return the type, the nonce and the version of a response, and look at nothing else of it."""
    found = {1: "", 4: "", 5: ""}
    at = 0
    while at < len(data):
        number, at = data[at] >> 3, at + 1
        size = shift = 0
        while data[at] & 0x80:
            size |= (data[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
        size |= data[at] << shift
        at += 1
        if number in found:
            found[number] = data[at : at + size].decode()
        at += size
    return found[4], found[5], found[1]


if __name__ == "__main__":
    port, count = map(int, sys.argv[1:3])
    uvloop.run(Fleet(port, count, Credentials.load(Path(sys.argv[3]))).run())
