"""What happens to the product, and must not happen to requests: power cuts, a database that is away, killed processes,
and people who send nonsense."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from harness import client
from harness.admin import over_unix
from harness.background import Background
from harness.gateway import Gateway
from harness.load import Load
from harness.ports import free_port
from harness.postgres import Postgres, binary
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
routes:
  answer: {matches: [{path: /*}], respond: {body: %s}}
"""


def saying(body: str) -> str:
    """Return the configuration of a gateway that answers *body*."""
    return CONFIG % body


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(saying("first"), stored=True) as running:
        assert (await running.apply(saying("first"))).status == 200
        yield running


async def said(gateway: Gateway) -> str:
    """Return what the store says that the gateway answers, and hold it to what it does answer and to its history."""
    assert (await gateway.api("/v1/audit/verify")).json["whole"]
    history = (await gateway.api("/v1/revisions?limit=100")).json["items"]
    assert [revision["number"] for revision in history] == list(range(len(history), 0, -1))
    assert {(revision["state"], revision["reason"]) for revision in history} <= {
        ("live", ""),
        ("refused", "interrupted"),
    }
    live = next(revision["number"] for revision in history if revision["state"] == "live")
    assert (await gateway.state())["revision"] == live
    rows = (await gateway.api("/v1/revisions/head/resources")).json["items"]
    assert [(row["kind"], row["name"]) for row in rows] == [("gateways", "edge"), ("routes", "answer")]
    body: str = rows[1]["value"]["respond"]["body"]
    assert (await gateway.get("/")).text == body
    return body


async def test_a_power_cut_at_any_step_leaves_what_was_proven(gateway: Gateway) -> None:
    before = "first"
    for step in ("read", "compile", "validate", "propose", "push", "wait"):
        async with aclosing(gateway.steps(saying(f"lost-{step}"))) as lines:
            with gateway.stunned():  # so that it cannot be live
                async for line in lines:
                    if line["step"]["name"] == step:
                        await gateway.crash()
                        break
        await gateway.start()
        assert await said(gateway) == before
        before = f"after-{step}"
        assert (await gateway.apply(saying(before))).status == 200
    history = (await gateway.api("/v1/revisions")).json["items"]
    assert [revision["state"] for revision in history[:4]] == ["live", "refused", "live", "refused"]
    outcomes = [entry["outcome"] for entry in (await gateway.api("/v1/audit")).json["items"]]
    assert outcomes[:3] == [f"revision {history[0]['number']}", "begun", "begun"]


ROUNDS = 4


async def test_a_power_cut_at_any_time_leaves_one_state_or_the_other(gateway: Gateway) -> None:
    before, usual = "first", 0.3
    for number in range(ROUNDS):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(lost(gateway, saying(f"lost-{number}")))
            await asyncio.sleep(usual * (number + 0.5) / ROUNDS)
            await gateway.crash()
        await gateway.start()
        assert await said(gateway) in {before, f"lost-{number}"}
        before, began = f"after-{number}", time.monotonic()
        assert (await gateway.apply(saying(before))).status == 200
        usual = time.monotonic() - began


async def lost(gateway: Gateway, config: str) -> None:
    """Apply *config*, and hear or not what becomes of it."""
    try:
        await gateway.apply(config)
    except ConnectionError:
        return


@pytest.fixture(scope="module")
def postgres(background: Background) -> Iterator[Postgres]:
    if binary("postgres") is None:
        pytest.skip("there is no PostgreSQL server here: install the package postgresql")
    with background.entered(Postgres()) as running:
        yield running


@pytest.fixture
async def shared(postgres: Postgres) -> AsyncIterator[Gateway]:
    """A gateway whose store is a PostgreSQL server."""
    async with Gateway(saying("first"), "--store", await postgres.place(), stored=True) as running:
        assert (await running.apply(saying("first"))).status == 200
        yield running


async def applies(gateway: Gateway, body: str) -> bool:
    """Return whether a change to *body* is made."""
    return (await gateway.apply(saying(body))).status == 200


async def serves(gateway: Gateway, body: str) -> bool:
    """Return whether *body* is answered."""
    return (await gateway.get("/")).text == body


async def test_while_the_database_is_away_requests_are_served_and_writes_are_told_to_wait(
    shared: Gateway, postgres: Postgres
) -> None:
    load = Load(shared.port("http"), "/")
    async with load.running(clients=2):
        async with postgres.away():
            await until(lambda: "what is live stays live" in shared.log)
            for answer in await shared.apply(saying("lost")), await shared.api("/v1/revisions"):
                assert (answer.status, answer.headers["retry-after"]) == (503, "2")
                assert answer.json["detail"].startswith("the store cannot be used: ")
            assert (await shared.state())["revision"] == 1
            assert (await shared.api("/v1/resources/routes/default/answer")).status == 200
        await until(lambda: "the store is there again" in shared.log)
        assert await said(shared) == "first"
        await until(lambda: applies(shared, "second"))
    assert load.failed == []
    assert await said(shared) == "second"


async def test_a_database_that_goes_away_in_the_middle_of_a_change_leaves_nothing_half_done(
    shared: Gateway, postgres: Postgres
) -> None:
    async with aclosing(shared.steps(saying("lost"))) as lines:
        with shared.stunned():
            async for line in lines:
                if line["step"]["name"] == "wait":
                    break
            away = postgres.away()
            await away.__aenter__()
        try:
            async for line in lines:
                end = line
            assert end["problem"]["status"] == 503
            await until(lambda: serves(shared, "first"))
        finally:
            await away.__aexit__(None, None, None)
    await until(lambda: applies(shared, "second"))
    assert await said(shared) == "second"


async def test_a_start_while_the_database_is_away_serves_the_last_good_and_catches_up(
    shared: Gateway, postgres: Postgres
) -> None:
    await shared.stop()
    async with postgres.away():
        await shared.start()
        assert "the store cannot be used" in shared.log
        assert "STARTING FROM THE LAST GOOD ONE" in shared.log
        assert (await shared.get("/")).text == "first"
        state = await shared.state()
        assert (state["revision"], state["last_good"]) == (0, True)
        assert (await shared.apply(saying("lost"))).status == 503
    await until(lambda: shared.is_live(1))
    assert not (await shared.state())["last_good"]
    assert await said(shared) == "first"
    assert await applies(shared, "second")
    assert (await shared.get("/")).text == "second"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_control_plane_that_ends_under_load_fails_no_request(how: signal.Signals, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    options = ("--role", "control", "--listen", address)
    async with Gateway(saying("first"), *options, stored=True, address=address) as control:
        await control.apply(saying("first"))
        async with control.joined_by(control.issue(tmp_path / "credentials")) as proxy:
            await until(lambda: control.is_live(1))
            load = Load(proxy.port("http"), "/")
            async with load.running(clients=2):
                control.process.send_signal(how)
                await asyncio.to_thread(control.process.wait)
                served = load.answered
                await until(lambda: load.answered > served + 100)
                await control.start()
                await until(lambda: control.is_live(1), within=30)
                assert await said_by(control) == "first"
                assert (await control.apply(saying("second"))).json["live"] == 1
                assert (await proxy.get("/")).text == "second"
            assert load.failed == []


FLEET = """
gateways:
  edge: {listeners: {http: $http}}
  side: {listeners: {side: $side}}
routes:
  answer: {gateways: [edge, side], matches: [{path: /*}], respond: {body: %s}}
"""


async def test_after_a_power_cut_no_proxy_keeps_what_was_not_proven(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    options = ("--role", "control", "--listen", address)
    async with Gateway(FLEET % "first", *options, stored=True, address=address) as control:
        await control.apply(FLEET % "first")
        credentials = control.issue(tmp_path / "credentials")
        async with (
            control.joined_by(credentials, "--gateway", "edge") as quick,
            control.joined_by(credentials, "--gateway", "side") as slow,
        ):

            async def answer(body: str) -> bool:
                return (await quick.get("/")).text == body and (await slow.get("/", at="side")).text == body

            await until(lambda: control.has_joined(2))
            with slow.stunned():
                async with aclosing(control.steps(FLEET % "lost")) as lines:
                    async for line in lines:
                        if line["step"]["text"].startswith("live on 1/2 proxies"):
                            break
                    assert (await quick.get("/")).text == "lost"
                    await control.crash()
            await control.start()
            await until(lambda: control.has_joined(2), within=30)
            assert await answer("first")
            assert (await control.api("/v1/revisions/2")).json["reason"] == "interrupted"
            assert (await control.apply(FLEET % "second")).json["live"] == 2
            assert await answer("second")


async def said_by(control: Gateway) -> str:
    """Return what the store of a control plane says."""
    row = (await control.api("/v1/resources/routes/default/answer")).json
    body: str = row["value"]["respond"]["body"]
    return body


async def test_a_killed_envoy_is_back_at_the_same_revision(gateway: Gateway) -> None:
    (envoy,) = gateway.children()
    await until(lambda: "the proxy is ready" in gateway.log)
    os.kill(envoy, signal.SIGKILL)
    await until(lambda: "the proxy crashed with exit status -9" in gateway.log)
    await until(lambda: gateway.log.count("the proxy is ready") == 2)
    await until(lambda: gateway.is_live(1))
    assert gateway.children() != [envoy]
    assert await said(gateway) == "first"
    assert await applies(gateway, "second")
    assert await said(gateway) == "second"


async def test_nonsense_sent_to_the_api_is_answered_and_changes_nothing(gateway: Gateway) -> None:
    changesets, route = "/v1/changesets", "/v1/resources/routes/default/answer"
    token = (await gateway.api("/v1/tokens", method="POST", body={"name": "ci", "role": "viewer"})).json["token"]

    async def sent(path: str, body: str = "", method: str = "GET", **headers: str) -> int:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await client.request(gateway.admin, path, method=method, body=body, headers=given)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == answer.status
        return answer.status

    viewer = f"Bearer {token}"
    assert await sent(route) == 401
    assert await sent(route, authorization="Bearer cw_00000000_" + 43 * "x") == 401
    assert await sent(route, authorization=viewer[:-1]) == 401
    assert await sent(changesets, "{}", "POST", authorization=viewer, content_type="application/json") == 403
    assert await sent("/v1/../v1/status", authorization=viewer) == 400
    assert await sent("/v1/resources/routes/%2e%2e/answer", authorization=viewer) in {400, 404}
    assert await sent("/v1/resources/routes/default/a%2fb", authorization=viewer) in {400, 404}
    assert await sent("/v1/nothing", authorization=viewer) == 404

    async def locally(body: str, kind: str = "application/json") -> int:
        answer = await client.over_socket(
            gateway.socket, changesets, method="POST", body=body, headers={"content-type": kind}
        )
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status

    assert await locally("{") == 400
    assert await locally("[]") == 400
    assert await locally(json.dumps({"changes": "all"})) == 400
    assert await locally("[" * 100_000) == 400
    assert await locally("changes: []", "application/yaml") == 415
    huge = b"POST /v1/changesets HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    assert (await over_unix(gateway.socket, huge % 2**40)).startswith(b"HTTP/1.1 413 ")
    assert (await over_unix(gateway.socket, b"\x16\x03\x01 no HTTP at all\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
    assert await said(gateway) == "first"
