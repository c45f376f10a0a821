"""How responses leave, with a bound on what is held for proxies that take them slowly, or never.

A response that is being written stands in memory, serialised, until the proxy has taken all of it. Laws:

1. A stream writes one response at a time, and has one of a type under way (see `subscription`): what waits is shared.
2. Large responses are written a few at a time, over all streams. Small ones, such as edits, wait for nobody.
3. A proxy that does not take a response in time is cut off. It comes back when it can, and is sent what it lacks.

grpc.aio cannot end a call that the other side does not read: an abort would wait behind the response that is not taken,
and the bytes of that with it. So the connection itself is shut down.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from contextlib import nullcontext, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import unquote

import grpc.aio

from crossway.xds.subscription import Send
from crossway.xds.wire import write_response

LARGE = 64 * 1024
"""Bytes from which a response is a large one."""
AT_A_TIME = 16
"""How many large responses may be under way."""


class Outlet:
    """The way out of one server. A response that is not taken *within* seconds costs the proxy its connection."""

    def __init__(self, within: float) -> None:
        self._within = within
        self._large = asyncio.Semaphore(AT_A_TIME)

    async def write(self, context: grpc.aio.ServicerContext[bytes, bytes], response: Send) -> None:
        """Write *response*. If the proxy does not take it, this ends as it does when a connection is lost."""
        is_large = sum(len(resource.wire) for resource in response.resources) >= LARGE
        async with self._large if is_large else nullcontext():
            overdue = asyncio.get_running_loop().call_later(self._within, disconnect, context.peer())
            try:
                await context.write(write_response(response))
            finally:
                overdue.cancel()


def disconnect(peer: str) -> None:
    """Shut down our connection with *peer*, as gRPC writes it; a Unix socket has no name, and stays."""
    kind, _, rest = unquote(peer).partition(":")
    host, _, port = rest.rpartition(":")
    if kind not in ("ipv4", "ipv6"):
        return
    wanted = (_address(host.strip("[]")), int(port))
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        with suppress(OSError):  # closed meanwhile, or connected to nobody
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                with socket.socket(fileno=os.dup(descriptor)) as connection:
                    if connection.family in (socket.AF_INET, socket.AF_INET6):
                        name = connection.getpeername()
                        if (_address(name[0]), name[1]) == wanted:
                            connection.shutdown(socket.SHUT_RDWR)


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
