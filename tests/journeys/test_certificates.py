"""Who is believed: certificates of several authorities, by several kinds of names, and of nobody in particular."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from harness import client
from harness.background import Background
from harness.certificates import Authority
from harness.gateway import Gateway
from harness.upstreams import Upstreams

pytestmark = pytest.mark.journey

SPIFFE = "spiffe://example.test/orders"
CONFIG = """
gateways:
  edge:
    listeners:
      http: $http
      either: {port: $either, tls: {certificates: [shop], client: {ca: [ours, theirs]}}}
      partly: {port: $partly, tls: {certificates: [shop], client: {ca: [ours, gone]}}}
      anything: {port: $anything, tls: {certificates: [shop], client: {verify: false, required: false}}}
      something: {port: $something, tls: {certificates: [shop], client: {ca: ours, verify: false}}}
certificates:
  shop: {certificate: $folder/shop.pem, key: $folder/shop.key}
  ours: {ca: $folder/ours.pem}
  theirs: {ca: $folder/theirs.pem}
services:
  echo: "http://127.0.0.1:$echo"
  either_a: {endpoints: ["127.0.0.1:$ours"], tls: {ca: [theirs, ours], sni: a.test}}
  either_b: {endpoints: ["127.0.0.1:$theirs"], tls: {ca: [theirs, ours], sni: b.test}}
  neither: {endpoints: ["127.0.0.1:$nobodys"], tls: {ca: [theirs, ours], sni: c.test}}
  spiffe: {endpoints: ["127.0.0.1:$spiffe"], tls: {ca: ours, sni: d.test, names: ["$uri"]}}
  several: {endpoints: ["127.0.0.1:$spiffe"], tls: {ca: ours, sni: d.test, names: [x.test, "$uri", 10.0.0.1]}}
  other_spiffe: {endpoints: ["127.0.0.1:$spiffe"], tls: {ca: ours, sni: d.test, names: ["spiffe://example.test/x"]}}
  spiffe_as_dns: {endpoints: ["127.0.0.1:$ours"], tls: {ca: ours, sni: a.test, names: ["dns://a.test"]}}
routes:
  echo: {to: echo}
  shown:
    listeners: [anything]
    matches: [{path: /shown}]
    to: echo
    policies: {authorize: {allow: [{cel: 'connection.subject_peer_certificate == "CN=stranger.test"'}]}}
  mtls: {listeners: [anything], matches: [{path: /mtls}], to: echo, policies: {mtls: {}}}
  either_a: {matches: [{path: /either_a}], to: either_a}
  either_b: {matches: [{path: /either_b}], to: either_b}
  neither: {matches: [{path: /neither}], to: neither}
  spiffe: {matches: [{path: /spiffe}], to: spiffe}
  several: {matches: [{path: /several}], to: several}
  other_spiffe: {matches: [{path: /other_spiffe}], to: other_spiffe}
  spiffe_as_dns: {matches: [{path: /spiffe_as_dns}], to: spiffe_as_dns}
"""


@pytest.fixture(scope="module")
def authorities() -> dict[str, Authority]:
    return {name: Authority(name) for name in ("ours", "theirs", "stranger")}


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams, authorities: dict[str, Authority]) -> Iterator[Gateway]:
    ours, theirs, stranger = authorities.values()
    servers = {
        "echo": upstreams.echo(),
        "ours": upstreams.echo("ours", tls=ours.server("a.test")),
        "theirs": upstreams.echo("theirs", tls=theirs.server("b.test")),
        "nobodys": upstreams.echo("nobodys", tls=stranger.server("c.test")),
        "spiffe": upstreams.echo("spiffe", tls=ours.server("other.test", SPIFFE)),
    }
    ports = {name: server.port for name, server in servers.items()}
    with TemporaryDirectory(prefix="cw-") as name:
        folder = Path(name)
        ours.issue("shop.test").save(folder, "shop")
        for called in ("ours", "theirs"):
            (folder / f"{called}.pem").write_text(authorities[called].pem)
        with background.entered(Gateway(CONFIG, folder=folder, uri=SPIFFE, **ports)) as running:
            yield running


async def status(gateway: Gateway, authorities: dict[str, Authority], port: str, who: str, path: str = "/x") -> int:
    """Return the answer to a client that shows a certificate of the authority *who*; 0 for a refused handshake."""
    shown = authorities[who].issue(f"{who}.test") if who else None
    tls = authorities["ours"].client(shown)
    try:
        return (await client.request(gateway.port(port), path, tls=tls, server_name="shop.test")).status
    except (OSError, ssl.SSLError, EOFError):
        return 0


async def test_what_is_wrong_is_told(gateway: Gateway) -> None:
    assert [finding["code"] for finding in (await gateway.state())["findings"]] == [
        "reference.dangling",
        "mtls.unverified",
    ]


@pytest.mark.parametrize(
    ("port", "who", "expected"),
    [
        ("either", "ours", 200),
        ("either", "theirs", 200),
        ("either", "stranger", 0),
        ("either", "", 0),
        ("partly", "ours", 200),
        ("partly", "theirs", 0),
        ("anything", "", 200),
        ("anything", "ours", 200),
        ("anything", "stranger", 200),
        ("something", "stranger", 200),
        ("something", "", 0),
    ],
)
async def test_whose_certificates_are_taken(
    gateway: Gateway, authorities: dict[str, Authority], port: str, who: str, expected: int
) -> None:
    assert await status(gateway, authorities, port, who) == expected


@pytest.mark.parametrize(("who", "expected"), [("stranger", 200), ("ours", 403), ("", 403)])
async def test_a_certificate_that_nobody_checks_is_asked_for_and_can_be_looked_at(
    gateway: Gateway, authorities: dict[str, Authority], who: str, expected: int
) -> None:
    assert await status(gateway, authorities, "anything", who, "/shown") == expected


async def test_a_certificate_that_nobody_checks_says_who_nobody_is(
    gateway: Gateway, authorities: dict[str, Authority]
) -> None:
    assert await status(gateway, authorities, "anything", "ours", "/mtls") == 503


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("either_a", 200),
        ("either_b", 200),
        ("neither", 503),
        ("spiffe", 200),
        ("several", 200),
        ("other_spiffe", 503),
        ("spiffe_as_dns", 503),
    ],
)
async def test_whose_backends_are_believed(gateway: Gateway, service: str, expected: int) -> None:
    assert (await gateway.get(f"/{service}")).status == expected
