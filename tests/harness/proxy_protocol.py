"""The PROXY protocol, as it is sent and received (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt)."""

import asyncio
import ipaddress
import struct
from typing import NamedTuple

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


class ProxyHeader(NamedTuple):
    """Who the client is, as a proxy before us says."""

    version: int
    source: str


async def read_proxy_header(reader: asyncio.StreamReader) -> ProxyHeader:
    """Read a header of either version."""
    beginning = await reader.readexactly(len(SIGNATURE))
    if beginning != SIGNATURE:
        line = beginning + await reader.readuntil(b"\r\n")
        return ProxyHeader(1, line.split()[2].decode())
    _, family, size = struct.unpack("!BBH", await reader.readexactly(4))
    addresses = await reader.readexactly(size)
    width = 4 if family >> 4 == 1 else 16
    return ProxyHeader(2, str(ipaddress.ip_address(addresses[:width])))


def proxy_header(version: int, source: str, port: int = 1234) -> bytes:
    """Return a header that says that the client is *source*, an IPv4 address."""
    if version == 1:
        return f"PROXY TCP4 {source} 127.0.0.1 {port} 80\r\n".encode()
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address("127.0.0.1").packed
    return SIGNATURE + struct.pack("!BBH", 0x21, 0x11, 12) + addresses + struct.pack("!HH", port, 80)
