"""Connections and datagrams, shared out among services."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from harness.background import Background
from harness.gateway import Gateway
from harness.upstreams import Upstreams

pytestmark = pytest.mark.journey

CLIENTS = 300
CONFIG = """
gateways:
  edge:
    listeners:
      tcp: {port: $tcp, protocol: tcp}
      udp: {port: $udp, protocol: udp}
      broken: {port: $broken, protocol: tcp}
services:
  tcp_a: {endpoints: ["127.0.0.1:$tcp_a"]}
  tcp_b: {endpoints: ["127.0.0.1:$tcp_b", "127.0.0.1:$tcp_c"], subsets: {b: {is: b}}}
  udp_a: {endpoints: ["127.0.0.1:$udp_a"]}
  udp_b: {endpoints: ["127.0.0.1:$udp_b"]}
  udp_c: {endpoints: ["127.0.0.1:$udp_c"]}
routes:
  tcp: {listeners: [tcp], to: [{service: tcp_a, weight: 8}, {service: tcp_b, weight: 2, subset: b}]}
  udp:
    listeners: [udp]
    to:
    - {service: udp_a, weight: 7}
    - {service: udp_b, weight: 2}
    - {service: udp_c, weight: 1}
    - {service: udp_c, weight: 0}
  broken: {listeners: [broken], to: [tcp_a, {status: 500}]}
"""
CONFIG = CONFIG.replace('["127.0.0.1:$tcp_b", ', '[{address: "127.0.0.1:$tcp_b", labels: {is: b}}, ')


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams) -> Iterator[Gateway]:
    ports = {name: upstreams.tcp(name).port for name in ("tcp_a", "tcp_b", "tcp_c")}
    ports |= {name: upstreams.udp(name).port for name in ("udp_a", "udp_b", "udp_c")}
    with background.entered(Gateway(CONFIG, **ports)) as running:
        yield running


async def test_nothing_is_wrong(gateway: Gateway) -> None:
    assert (await gateway.state())["findings"] == []


async def connected(gateway: Gateway, listener: str) -> str:
    """Return the name of the server that a connection came to; nothing if it was closed."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port(listener))
        with closing(writer):
            writer.write(b"x")
            try:
                return (await reader.read(100)).decode().partition(":")[0]
            except ConnectionResetError:
                return ""


async def test_connections_are_shared_out_by_weight(gateway: Gateway) -> None:
    shares = Counter([await connected(gateway, "tcp") for _ in range(CLIENTS)])
    assert shares.keys() == {"tcp_a", "tcp_b"}
    assert shares["tcp_a"] == pytest.approx(0.8 * CLIENTS, abs=0.12 * CLIENTS)


async def test_the_share_that_is_answered_is_hung_up_on(gateway: Gateway) -> None:
    shares = Counter([await connected(gateway, "broken") for _ in range(60)])
    assert shares.keys() == {"tcp_a", ""}


def test_datagrams_are_shared_out_by_weight_and_a_client_stays_where_it_is(gateway: Gateway) -> None:
    shares: Counter[str] = Counter()
    for _ in range(CLIENTS):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.settimeout(10)
            peer.connect(("127.0.0.1", gateway.port("udp")))
            served = set()
            for _ in range(3):
                peer.send(b"x")
                served.add(peer.recv(100).decode().partition(":")[0])
            (name,) = served
            shares[name] += 1
    for name, share in (("udp_a", 0.7), ("udp_b", 0.2), ("udp_c", 0.1)):
        assert shares[name] == pytest.approx(share * CLIENTS, abs=0.12 * CLIENTS)
