"""The log of a real gateway, replayed: the configuration that ran changes nothing, another one what it says."""

import asyncio
import json
import ssl

import pytest

from crossway.daemon.offline import open_configuration
from crossway.daemon.replay import Replay, Side
from crossway.telemetry.access_log import find_request
from harness.certificates import Authority
from harness.gateway import Gateway
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """\
gateways:
  edge:
    listeners:
      http: {port: $http}
      upwards: {port: $upwards, redirect_to_https: true}
      raw: {port: $raw, protocol: tcp}
      secure: {port: $secure, hostnames: [shop.example, "*.shop.example"], tls: {certificates: [shop]}}
certificates:
  shop: {certificate: $certificates/shop.pem, key: $certificates/shop.key}
services:
  echo: "http://$echo"
  dead: "http://127.0.0.1:1"
routes:
  raw: {listeners: [raw], to: echo}
  acme:
    matches: [{path: /echo/*, headers: {x-tenant: acme}}, {path: /echo/*, queries: {debug: {present: true}}}]
    to: dead
  echo: {matches: [{path: /echo/*}], to: echo}
  posted: {matches: [{path: /echo/*, methods: [POST]}], to: echo}
  users: {matches: [{path: "/users/{id}/orders"}, {path: "~/[0-9]+/.*"}], to: echo}
  hello: {matches: [{path: /hello}], respond: {body: hi}}
  old: {matches: [{path: /old/*}], redirect: {path_prefix: /new}}
  moved: {matches: [{path: /moved/*}], redirect: {hostname: other.example, status: 301}}
  prefix: {matches: [{path: /prefix/*}], to: echo, policies: {rewrite: {path_prefix: /echo}}}
  whole: {matches: [{path: /whole/*}], to: echo, policies: {rewrite: {path: /echo}}}
  host: {hostnames: [host.example], to: echo, policies: {rewrite: {host: inner.example}}}
  wild: {hostnames: ["*.wild.example"], to: echo}
  closed: {matches: [{path: /closed/*}], to: nobody}
"""
REQUESTS = [
    ("/echo/1", {}),
    ("/echo/1?debug", {}),
    ("/echo/2", {"headers": {"x-tenant": "acme"}}),
    ("/echo/3", {"method": "POST", "body": "x"}),
    ("/users/7/orders", {}),
    ("/7/x?y=z", {}),
    ("/hello", {}),
    ("/hello", {"host": "test:8080"}),
    ("/old/a", {}),
    ("/moved/a", {}),
    ("/prefix/a?q=1", {}),
    ("/whole/a", {}),
    ("/x", {"host": "host.example"}),
    ("/x", {"host": "A.B.wild.example"}),
    ("/echo/x", {"host": "wild.example"}),
    ("/closed/a", {}),
    ("/nowhere", {}),
    ("/a/%2e%2e/echo//4", {}),
    ("/a%2fb", {}),
    ("/echo/5", {"at": "upwards"}),
]
SECURE = [("/echo/6", "shop.example"), ("/hello", "a.shop.example"), ("/nowhere", "shop.example")]


@pytest.fixture(scope="module")
def logged(background, upstreams, tmp_path_factory):
    """Run the gateway, send everything, and return its configuration and its log."""
    directory = tmp_path_factory.mktemp("replay")
    Authority().issue("shop.example", "*.shop.example").save(directory, "shop")
    return background.run(_logged(directory, upstreams.echo()))


async def _logged(directory, echo):
    async with Gateway(CONFIG, certificates=directory, echo=echo.address) as gateway:
        for path, options in REQUESTS:
            await gateway.get(path, **options)
        for path, host in SECURE:
            await _secure(gateway.port("secure"), path, host)
        await _raw(gateway.port("http"), b"GARBAGE\r\n\r\n")
        await _raw(gateway.port("raw"), b"")
        count = len(REQUESTS) + len(SECURE) + 2
        await until(lambda: len(gateway.access_log) >= count)
        log = directory / "access.log"
        log.write_bytes((gateway.directory / "out").read_bytes() + b"[info] shutting down\n")
        configuration = directory / "before.yaml"
        configuration.write_text(gateway.file.read_text())
    return configuration, log


async def _secure(port, path, host):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
    await reader.read()
    writer.close()


async def _raw(port, content):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    if content:
        await reader.read()
    writer.close()


def replayed(before, after, log):
    replay = Replay(before and Side(open_configuration(before).pipeline), Side(open_configuration(after).pipeline))
    replay.run(replay.log.records([log]))
    return replay


def test_the_configuration_that_ran_changes_nothing(logged):
    configuration, log = logged
    replay = replayed(configuration, configuration, log)
    assert [group.what for group in replay.tally.mismatches] == []
    assert [group.what for group in replay.tally.changes] == []
    assert [group.what for group in replay.tally.doubts] == []
    assert replay.tally.unchanged == len(REQUESTS) + len(SECURE) - 1
    assert (replay.tally.unrouted, replay.tally.sessions, replay.log.unparsed) == (2, 1, 1)
    assert replay.log.examples == ["[info] shutting down"]


def test_nor_does_it_where_the_log_alone_says_what_was_before(logged):
    configuration, log = logged
    tally = replayed(None, configuration, log).tally
    assert [group.what for group in tally.changes] == []
    hanging = {condition for group in tally.doubts for condition in group.what.conditions}
    assert {"header x-tenant = acme", "query debug present"} < hanging


def test_another_configuration_changes_what_it_says(logged, tmp_path):
    configuration, log = logged
    text = configuration.read_text()
    after = tmp_path / "after.yaml"
    after.write_text(
        text.replace("  hello: {", "  seven: {matches: [{path: /users/7/*}], priority: 1, to: dead}\n  hello: {")
        .replace("matches: [{path: /hello}]", "matches: [{path: /hallo}]")
        .replace("status: 301", "status: 308")
        .replace("to: nobody", "to: echo")
    )
    tally = replayed(configuration, after, log).tally
    assert {(group.what.before, group.what.after): group.requests for group in tally.changes} == {
        ("users", "seven"): 1,
        ("hello", "-"): 3,
        ("moved", "moved"): 1,
        ("closed", "closed"): 1,
    }
    assert [group.what for group in tally.mismatches] == []


def test_each_request_is_found_by_its_id(logged):
    _, log = logged
    for line in log.read_text().splitlines()[:-1]:
        record = json.loads(line)
        if record["request_id"]:
            assert find_request([log], record["request_id"]).fields == record
