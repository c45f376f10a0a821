"""Tables of several listeners that share a port with TLS, in every layout, as a real Envoy looks hosts up in them."""

import json
import socket
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http.client import HTTPResponse

import pytest

from crossway.compile.envoy import host, layout
from crossway.compile.envoy.table import answered_hosts, table_hosts
from crossway.identity.secrets import read_secrets
from crossway.model import Ref
from crossway.plan.gateway import RouteTable
from harness.certificates import Authority
from harness.proxy import PATIENCE, Proxy, proxied
from laws.test_layouts import LAYOUTS
from plan.planning import pipeline

pytestmark = pytest.mark.journey

NAMES = ("a.test", "b.test", "*.wild.test")
EDGE = Ref("gateways", "edge")


def config(port: int, certificate: str, key: str) -> str:
    tls = "tls: {certificates: [all]}"
    shared = f"port: {port}, address: 127.0.0.1, {tls}"
    return f"""
gateways:
  edge:
    listeners:
      a: {{{shared}, hostnames: [a.test]}}
      b: {{{shared}, hostnames: [b.test]}}
      wild: {{{shared}, hostnames: ["*.wild.test"]}}
      inner: {{{shared}, hostnames: [in.wild.test]}}
certificates: {{all: {{certificate: {json.dumps(certificate)}, key: {json.dumps(key)}}}}}
routes:
  a: {{listeners: [a], respond: {{body: a}}}}
  b: {{listeners: [b], respond: {{body: b}}}}
  wild: {{listeners: [wild], hostnames: ["*.wild.test", in.wild.test], respond: {{body: wild}}}}
  inner: {{listeners: [inner], respond: {{body: inner}}}}
"""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(tmp_path_factory.mktemp("tables")) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def answers(proxy: Proxy, authority: Authority, server_name: str, hosts: Iterable[str]) -> list[tuple[int, str]]:
    """Return status and body of the answers to requests for *hosts*, all over one connection for *server_name*."""
    raw = socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE)
    with raw, authority.client().wrap_socket(raw, server_hostname=server_name) as connection:
        found = []
        for wanted in hosts:
            connection.sendall(f"GET / HTTP/1.1\r\nhost: {wanted}\r\n\r\n".encode())
            response = HTTPResponse(connection)
            response.begin()
            found.append((response.status, response.read().decode()))
        return found


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_request_that_came_astray_is_told_so_in_every_layout(proxy, authority, name, monkeypatch):
    limits = LAYOUTS[name]
    monkeypatch.setattr(host, "LIST_LIMIT", limits["LIST_LIMIT"])
    monkeypatch.setattr(layout, "LARGE_TABLE", limits["LARGE_TABLE"])
    monkeypatch.setattr(layout, "MANY_HOSTS", limits["MANY_HOSTS"])
    pair = authority.issue(*NAMES)
    made = pipeline(config(proxy.port, pair.pem, pair.key), ["certificate/all"])
    assert made.findings() == ()
    secrets = read_secrets(made.certificates(), frozenset(), datetime.now(UTC))
    proxy.serve((*made.resources(), *secrets.resources.values()))
    owners = {"a.test": "a", "b.test": "b", "x.wild.test": "wild", "in.wild.test": "inner"}
    hosts = (*owners, "nobody.test")
    for server_name, owner in owners.items():
        found = dict(zip(hosts, answers(proxy, authority, server_name, hosts), strict=True))
        assert found.pop(server_name) == (200, owner)
        assert found.pop("nobody.test")[0] == 404
        assert {code for code, _ in found.values()} == {421}


def test_a_table_knows_its_own_hosts_and_answers_for_those_of_others():
    made = pipeline(config(443, "x", "y"), ["certificate/all"])
    table = RouteTable(EDGE, "wild")
    assert [place.hostname for place in made.ask(table_hosts, table)] == ["*.wild.test"]
    assert [place.hostname for place in made.ask(answered_hosts, table)] == [
        "*.wild.test",
        "a.test",
        "b.test",
        "in.wild.test",
    ]


def test_without_tls_nobody_comes_astray():
    made = pipeline("gateways: {edge: {listeners: {a: {port: 80, hostnames: [a.test]}, b: 80}}}")
    table = RouteTable(EDGE, "0.0.0.0:80")
    assert made.ask(answered_hosts, table) == made.ask(table_hosts, table)
