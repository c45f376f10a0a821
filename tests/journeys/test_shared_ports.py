"""Listeners that share a port: which of them a connection is for, and what becomes of a request that came astray."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from harness import client
from harness.background import Background
from harness.certificates import Authority
from harness.client import Answer
from harness.gateway import Gateway
from harness.upstreams import Upstreams

pytestmark = pytest.mark.journey

CONFIG = """
gateways:
  edge:
    listeners:
      anyone: {port: $https, tls: {certificates: [wild]}}
      second: {port: $https, hostnames: [second.test], tls: {certificates: [wild]}, http3: true}
      below: {port: $https, hostnames: ["*.below.test"], tls: {certificates: [wild]}}
      fourth: {port: $https, hostnames: [fourth.below.test], tls: {certificates: [wild]}}
      mixed_http: {port: $mixed, hostnames: [http.test], tls: {certificates: [wild]}}
      mixed_tcp: {port: $mixed, protocol: tcp, hostnames: [tcp.test], tls: {certificates: [wild]}}
      mixed_through: {port: $mixed, protocol: tls, hostnames: [through.test, "*.through.test"]}
      mixed_exact: {port: $mixed, protocol: tls, hostnames: [exact.through.test]}
certificates: {wild: {certificate: $folder/wild.pem, key: $folder/wild.key}}
services:
  one: "http://127.0.0.1:$one"
  two: "http://127.0.0.1:$two"
  three: "http://127.0.0.1:$three"
  tcp: "http://127.0.0.1:$tcp"
  through: "http://127.0.0.1:$through"
  exact: "http://127.0.0.1:$exact"
routes:
  one: {listeners: [anyone], hostnames: [first.test], to: one}
  two: {listeners: [second], hostnames: [second.test], to: two}
  three: {listeners: [below], hostnames: ["*.below.test"], to: three}
  four: {listeners: [fourth], hostnames: [fourth.below.test], to: one}
  http: {listeners: [mixed_http], to: one}
  tcp: {listeners: [mixed_tcp], to: tcp}
  through: {listeners: [mixed_through], hostnames: [through.test, "*.through.test", exact.through.test], to: through}
  exact: {listeners: [mixed_exact], to: exact}
"""
NAMES = ["first.test", "second.test", "*.below.test", "http.test", "tcp.test", "through.test", "*.through.test"]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams, authority: Authority) -> Iterator[Gateway]:
    servers = {name: upstreams.echo(name) for name in ("one", "two", "three")}
    servers |= {name: upstreams.echo(name, tls=authority.server(*NAMES)) for name in ("through", "exact")}
    ports = {name: server.port for name, server in servers.items()} | {"tcp": upstreams.tcp("tcp").port}
    with TemporaryDirectory(prefix="cw-") as name:
        authority.issue(*NAMES, "unknown.test").save(Path(name), "wild")
        with background.entered(Gateway(CONFIG, folder=name, **ports)) as running:
            yield running


async def asked(gateway: Gateway, authority: Authority, port: str, server_name: str, host: str) -> Answer:
    """Return the answer to a request for *host* over a connection for *server_name*."""
    tls = authority.client()
    return await client.request(gateway.port(port), "/x", host=host, tls=tls, server_name=server_name)


async def test_nothing_is_wrong(gateway: Gateway) -> None:
    assert (await gateway.state())["findings"] == []


@pytest.mark.parametrize(
    ("server_name", "host", "expected"),
    [
        ("first.test", "first.test", "one"),
        ("first.test", "second.test", 421),
        ("first.test", "unknown.test", 404),
        ("second.test", "second.test", "two"),
        ("second.test", "first.test", 421),
        ("second.test", "unknown.test", 421),
        ("third.below.test", "third.below.test", "three"),
        ("third.below.test", "fifth.below.test", "three"),
        ("third.below.test", "fourth.below.test", 421),
        ("third.below.test", "second.test", 421),
        ("third.below.test", "unknown.test", 421),
        ("fourth.below.test", "fourth.below.test", "one"),
        ("fourth.below.test", "fifth.below.test", 421),
        ("unknown.test", "first.test", "one"),
        ("unknown.test", "unknown.test", 404),
    ],
)
async def test_a_request_over_a_connection_for_another_listener_is_sent_away(
    gateway: Gateway, authority: Authority, server_name: str, host: str, expected: str | int
) -> None:
    answer = await asked(gateway, authority, "https", server_name, f"{host}:{gateway.port('https')}")
    assert (answer.headers["x-service"] if answer.status == 200 else answer.status) == expected


async def test_it_is_told_in_a_problem(gateway: Gateway, authority: Authority) -> None:
    answer = await asked(gateway, authority, "https", "second.test", "first.test")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json == {"type": "about:blank", "title": "Misdirected Request", "status": 421}


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("http.test", "one"),
        ("through.test", "through"),
        ("a.through.test", "through"),
        ("exact.through.test", "exact"),
    ],
)
async def test_a_port_can_end_tls_for_one_name_and_pass_it_through_for_another(
    gateway: Gateway, authority: Authority, name: str, service: str
) -> None:
    assert (await asked(gateway, authority, "mixed", name, name)).headers["x-service"] == service


async def test_tls_is_ended_for_a_tcp_service_beside_http(gateway: Gateway, authority: Authority) -> None:
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", gateway.port("mixed"), ssl=authority.client(), server_hostname="tcp.test"
        )
        with closing(writer):
            writer.write(b"hello\n")
            assert b"hello" in await reader.readline()
        await writer.wait_closed()


async def test_a_request_for_a_name_that_is_passed_through_came_astray(gateway: Gateway, authority: Authority) -> None:
    assert (await asked(gateway, authority, "mixed", "http.test", "through.test")).status == 421


async def test_no_name_is_no_listener(gateway: Gateway, authority: Authority) -> None:
    with pytest.raises((ssl.SSLError, OSError)):
        await asked(gateway, authority, "mixed", "first.test", "first.test")
