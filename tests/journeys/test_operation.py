"""How the product is run: edited, broken, restarted, stopped and watched."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sized
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from harness import client
from harness.background import Background
from harness.certificates import Authority
from harness.client import connected
from harness.gateway import Gateway, is_alive
from harness.load import Load
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

ONE = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
routes:
  echo: {matches: [{path: /*}], to: echo}
  answer: {matches: [{path: /answer}], respond: {body: one}}
"""
TWO = ONE.replace("body: one", "body: two")


@pytest.fixture
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


@pytest.fixture
async def gateway(echo: Echo) -> AsyncIterator[Gateway]:
    async with Gateway(ONE, echo=echo.port) as running:
        yield running


EDITED = """
gateways: {edge: {listeners: {http: $http}}}
services:
  left: "http://127.0.0.1:$left"
  right: {endpoints: ["127.0.0.1:$right"], policies: {connection: {connect_timeout: 2s}}}
routes:
  edit: {matches: [{path: /edit}], respond: {body: "%(number)d"}}
  load: {matches: [{path: /load}], to: %(service)s, policies: %(policies)s}
"""


async def test_fifty_edits_under_load_and_no_request_fails(upstreams: Upstreams) -> None:
    def config(number: int) -> str:
        policies = "{}" if number % 3 else "{timeout: 5s, headers: {response: {set: {x-edit: yes}}}}"
        changes = {"number": number, "service": ("left", "right")[number % 2], "policies": policies}
        return EDITED % changes

    left, right = upstreams.echo("left"), upstreams.echo("right")
    async with Gateway(config(0), left=left.port, right=right.port) as gateway:
        load = Load(gateway.port("http"), "/load")
        async with load.running(clients=4):
            for number in range(1, 51):
                await gateway.edit(config(number))
                assert (await gateway.get("/edit")).text == str(number)
        assert load.failed == []
        assert left.received
        assert right.received


async def test_a_broken_edit_changes_nothing_and_is_said_once(gateway: Gateway) -> None:
    await gateway.edit_badly(ONE + "  broken: {matches: [{path: nowhere}], respond: {body: x}}\n")
    assert (await gateway.get("/answer")).text == "one"
    state = await gateway.state()
    (finding,) = state["findings"]
    assert (finding["code"], finding["path"]) == ("field.invalid", "routes.broken.matches[0].path")
    assert (finding["line"], finding["file"]) == (7, str(gateway.file))
    assert state["revision"] == 1
    await gateway.edit_badly(ONE + "  broken: {matches: [{path: nowhere}], respond: {body: another}}\n")
    assert gateway.log.count("[field.invalid]") == 1
    await gateway.edit(TWO)
    assert (await gateway.get("/answer")).text == "two"
    state = await gateway.state()
    assert (state["refused"], state["findings"]) == (False, [])


async def test_text_that_is_no_yaml_changes_nothing(gateway: Gateway) -> None:
    await gateway.edit_badly("gateways: [")
    assert (await gateway.get("/answer")).text == "one"
    await gateway.edit(TWO)
    assert (await gateway.get("/answer")).text == "two"


async def test_a_file_that_goes_away_changes_nothing(gateway: Gateway) -> None:
    gateway.file.unlink()

    async def refused() -> bool:
        return bool((await gateway.state())["refused"])

    await until(refused)
    assert (await gateway.get("/answer")).text == "one"
    await gateway.edit(TWO)
    assert (await gateway.get("/answer")).text == "two"


async def test_a_route_with_a_broken_policy_is_closed_alone(gateway: Gateway) -> None:
    guarded = "  guarded: {matches: [{path: /guarded}], to: echo, policies: %s}\n"
    await gateway.edit(ONE + guarded % "{timeout: {request: 5}}")
    closed = await gateway.get("/guarded")
    assert (closed.status, closed.headers["content-type"]) == (503, "application/problem+json")
    assert closed.json["code"] == "field.invalid"
    assert (await gateway.get("/answer")).text == "one"
    await gateway.edit(ONE + guarded % "{tiemout: 5s}")
    assert (await gateway.get("/guarded")).json["code"] == "policy.unknown"
    await gateway.edit(ONE + guarded % "{timeout: 5s}")
    assert (await gateway.get("/guarded")).status == 200


async def test_a_service_that_goes_away_closes_its_routes_alone(gateway: Gateway) -> None:
    await gateway.edit(ONE.replace('services: {echo: "http://127.0.0.1:$echo"}', "services: {}"))
    closed = await gateway.get("/")
    assert (closed.status, closed.json["code"]) == (503, "reference.dangling")
    assert (await gateway.get("/answer")).text == "one"
    await gateway.edit(ONE)
    assert (await gateway.get("/")).status == 200


async def test_what_the_proxy_refuses_is_said_and_hurts_nothing_else(gateway: Gateway) -> None:
    unwritable = "policies: {access_log: {outputs: /nowhere/at/all.log}}"
    refused = f"{{http: $http, more: {{port: $more, {unwritable}}}, last: $last}}"

    async def findings() -> list[tuple[str, str]]:
        return [(finding["code"], finding["resource"]) for finding in (await gateway.state())["findings"]]

    await gateway.edit(ONE.replace("{http: $http}", refused).replace("body: one", "body: two"))
    assert await findings() == [("proxy.refused", "gateways.edge")]
    assert (await gateway.get("/answer")).text == "two"
    assert (await gateway.get("/answer", at="last")).text == "two"
    assert gateway.log.count("[proxy.refused]") == 1
    await gateway.edit(ONE)
    await until(lambda: no(findings()))


async def no(found: Awaitable[Sized]) -> bool:
    """Return whether nothing is *found*."""
    return not len(await found)


async def test_an_open_websocket_outlives_edits(upstreams: Upstreams) -> None:
    async with (
        Gateway(ONE, echo=upstreams.websocket().port) as gateway,
        connect(f"ws://127.0.0.1:{gateway.port('http')}/chat") as connection,
    ):
        assert await connection.recv() == "/chat"
        for message in ("two", "three", "four"):
            await gateway.edit(ONE.replace("body: one", f"body: {message}"))
            await connection.send(message)
            assert await connection.recv() == message


async def test_a_new_listener_serves_when_it_is_live_and_an_old_one_is_gone(gateway: Gateway) -> None:
    both = ONE.replace("{http: $http}", "{http: $http, more: $more}")
    await gateway.edit(both)
    assert (await gateway.get("/answer", at="more")).text == "one"
    await gateway.edit(ONE)

    async def gone() -> bool:
        try:
            await gateway.get("/answer", at="more")
        except OSError:
            return True
        return False

    await until(gone)
    assert (await gateway.get("/answer")).text == "one"


TLS = """
gateways: {edge: {listeners: {https: {port: $https, tls: {certificates: [shop]}}}}}
certificates: {shop: {certificate: $folder/shop.pem, key: $folder/shop.key}}
routes: {answer: {matches: [{path: /*}], respond: {body: one}}}
"""


async def versions(gateway: Gateway) -> Mapping[str, str]:
    """Return the version of each resource that Envoy was given, secrets excepted."""
    found = {}
    for part in json.loads(await gateway.envoy.get("/config_dump"))["configs"]:
        for kind, items in part.items():
            for item in items if kind.startswith("dynamic_") and "secret" not in kind else ():
                held = item.get("active_state", item)
                inner = next(value for key, value in held.items() if isinstance(value, dict))
                found[f"{kind} {item.get('name') or inner.get('name')}"] = held["version_info"]
    return found


async def test_a_renewed_certificate_is_a_push_of_nothing_else(tmp_path: Path) -> None:
    authority = Authority()
    authority.issue("shop.test").save(tmp_path, "shop")
    tls = authority.client()

    async def served() -> bytes:
        async with connected(gateway.port("https"), tls=tls, server_name="shop.test") as connection:
            return connection.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)

    async with Gateway(TLS, folder=tmp_path) as gateway:
        await until(lambda: gateway.is_live(1))
        before, first = await versions(gateway), await served()
        assert len(before) == 3, "a listener, that of the runtime, and a table of routes"
        async with connected(gateway.port("https"), tls=tls, server_name="shop.test") as open_before:
            assert (await open_before.request("/")).text == "one"
            renewed = authority.issue("shop.test")
            renewed.save(tmp_path, "shop")

            async def is_renewed() -> bool:
                return await served() == renewed.der

            await until(is_renewed)
            assert (await open_before.request("/")).text == "one"
        assert first != renewed.der
        assert await versions(gateway) == before
        assert (await gateway.state())["revision"] == 1


async def test_a_certificate_that_is_renewed_badly_leaves_the_old_one(tmp_path: Path) -> None:
    authority = Authority()
    authority.issue("shop.test").save(tmp_path, "shop")

    async def findings() -> list[str]:
        return [finding["code"] for finding in (await gateway.state())["findings"]]

    async with Gateway(TLS, folder=tmp_path) as gateway:
        (tmp_path / "shop.pem").write_text("nonsense")
        await until(findings)
        answer = await client.request(gateway.port("https"), "/", tls=authority.client(), server_name="shop.test")
        assert answer.text == "one"


async def test_a_certificate_that_is_missing_keeps_its_listener_closed_until_it_is_there(tmp_path: Path) -> None:
    authority = Authority()

    async def served() -> bool:
        try:
            answer = await client.request(gateway.port("https"), "/", tls=authority.client(), server_name="shop.test")
        except OSError:
            return False
        return answer.text == "one"

    async with Gateway(TLS.replace("listeners: {", "listeners: {http: $http, "), folder=tmp_path) as gateway:
        codes = {finding["code"] for finding in (await gateway.state())["findings"]}
        assert "listener.no_certificate" in codes
        assert (await gateway.get("/")).text == "one"
        assert not await served()
        authority.issue("shop.test").save(tmp_path, "shop")
        await until(served)
        assert (await gateway.state())["findings"] == []


async def test_a_crash_of_the_proxy_is_said_and_mended(gateway: Gateway) -> None:
    (envoy,) = gateway.children()
    await until(lambda: "the proxy is ready" in gateway.log)
    os.kill(envoy, signal.SIGSEGV)
    await until(lambda: "the proxy crashed" in gateway.log)

    async def serves() -> bool:
        try:
            return (await gateway.get("/answer")).text == "one"
        except OSError:
            return False

    await until(serves)
    assert gateway.children() != [envoy]
    assert "crossway_proxy_crashes_total 1.0" in await gateway.metrics()
    await gateway.edit(TWO)
    assert (await gateway.get("/answer")).text == "two"


async def test_nothing_is_left_when_the_product_is_killed(gateway: Gateway) -> None:
    (envoy,) = gateway.children()
    gateway.kill()
    await until(lambda: not is_alive(envoy))


async def test_a_broken_file_at_the_start_serves_the_last_good_configuration(gateway: Gateway) -> None:
    await until(lambda: (gateway.directory / "state" / "snapshots" / "all.snapshot").exists())
    assert await gateway.stop() == 0
    gateway.write("gateways: [")
    await gateway.start()
    assert "STARTING FROM THE LAST GOOD ONE" in gateway.log
    assert (await gateway.get("/answer")).text == "one"
    state = await gateway.state()
    assert (state["revision"], state["refused"]) == (0, True)
    await gateway.edit(TWO)
    assert (await gateway.get("/answer")).text == "two"


async def test_a_broken_file_at_the_first_start_is_one_sentence() -> None:
    gateway = Gateway("gateways: {edge: {listenerz: {http: $http}}}\n")
    try:
        said = await gateway.fail()
    finally:
        await gateway.__aexit__()
    assert "did you mean 'listeners'?" in said
    assert "Traceback" not in said


async def test_a_port_that_is_taken_is_one_sentence(echo: Echo) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        gateway = Gateway(ONE, echo=echo.port, http=port)
        try:
            said = await gateway.fail()
        finally:
            await gateway.__aexit__()
    assert str(port) in said
    assert "Traceback" not in said


async def test_a_request_under_way_is_finished_when_stopping(echo: Echo) -> None:
    async with Gateway(ONE, drain=10, echo=echo.port) as gateway:
        async with asyncio.TaskGroup() as tasks:
            slow = tasks.create_task(gateway.get("/slow?delay=1s", headers={"x-case-id": "slow"}))
            await until(lambda: echo.of_case("slow"))
            stopping = tasks.create_task(gateway.stop())
        assert slow.result().status == 200
        assert stopping.result() == 0


async def test_a_second_signal_waits_for_nobody(echo: Echo) -> None:
    async with Gateway(ONE, drain=60, echo=echo.port) as gateway, asyncio.TaskGroup() as tasks:

        async def ask() -> None:
            with pytest.raises(OSError):
                await gateway.get("/slow?delay=60s", headers={"x-case-id": "hurry"})

        tasks.create_task(ask())
        await until(lambda: echo.of_case("hurry"))
        gateway.process.send_signal(signal.SIGTERM)
        await until(lambda: "stopping" in gateway.log)
        assert await gateway.stop() == 0


@pytest.fixture(scope="module")
def watched(background: Background, upstreams: Upstreams) -> Iterator[Gateway]:
    """A gateway that nobody changes."""
    with background.entered(Gateway(ONE, echo=upstreams.echo().port)) as running:
        yield running


async def test_an_access_log_line_says_what_happened(watched: Gateway) -> None:
    answer = await watched.get("/orders/7?token=secret", method="POST", host="shop.test", body="hello")

    def lines() -> list[dict[str, object]]:
        return [line for line in watched.access_log if line["request_id"] == answer.headers["x-request-id"]]

    (line,) = await until(lines)
    expected = {
        "method": "POST",
        "host": "shop.test",
        "path": "/orders/7",
        "protocol": "HTTP/1.1",
        "status": 200,
        "client_ip": "127.0.0.1",
        "route": "echo",
        "service": "echo",
        "bytes_received": 5,
        "bytes_sent": len(answer.body),
        "attempts": 1,
        "flags": "-",
    }
    assert {name: line[name] for name in expected} == expected
    assert str(line["endpoint"]).startswith("127.0.0.1:")
    assert "secret" not in json.dumps(line)


async def test_every_request_has_an_id_and_a_client_does_not_choose_it(watched: Gateway) -> None:
    answer = await watched.get("/", headers={"x-request-id": "chosen"})
    own = (await watched.get("/answer")).headers["x-request-id"]
    assert answer.headers["x-request-id"] == answer.json["headers"]["x-request-id"]
    assert len({answer.headers["x-request-id"], own, "chosen"}) == 3


async def test_metrics_are_of_the_control_plane_and_of_the_proxy(watched: Gateway) -> None:
    await watched.get("/")
    metrics = await watched.metrics()
    assert "\ncrossway_revision 1.0\n" in metrics
    assert "\ncrossway_proxies 1.0\n" in metrics
    assert "\nenvoy_cluster_upstream_rq_total{" in metrics
    assert "\nenvoy_http_downstream_rq_total{" in metrics


async def test_health_pages(watched: Gateway) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await client.request(watched.admin, path)).status == 200
    assert (await client.request(watched.admin, "/v1/status")).status == 401
    assert (await watched.api("/v1/status")).status == 200
    assert (await client.request(watched.admin, "/nothing")).status == 404
