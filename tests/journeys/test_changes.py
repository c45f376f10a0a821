"""Change with proof, on the product itself: what is applied is live everywhere, or was never there."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import pytest

from harness.client import Answer
from harness.gateway import Gateway
from harness.load import Load
from harness.ports import free_port
from harness.waiting import until

pytestmark = pytest.mark.journey

ONE = """
gateways: {edge: {listeners: {http: $http}}}
routes:
  answer: {matches: [{path: /answer}], respond: {body: one}}
  other: {matches: [{path: /other}], respond: {body: other}}
"""
TWO = ONE.replace("body: one", "body: two")
BAD = r"{matches: [{path: '~/\p{Cyrillc}+'}], respond: {body: broken}}"
"""A route that we cannot know to be bad: RE2 knows no alphabet of that name."""
WITH_BAD = f"""{TWO.replace("{matches: [{path: /other}], respond: {body: other}}", BAD)}
  new: {BAD}
  also: {{matches: [{{path: /also}}], respond: {{body: also}}}}
"""


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(ONE, stored=True) as running:
        assert (await running.apply(ONE)).status == 200
        yield running


async def answers(gateway: Gateway, *paths: str) -> list[str]:
    """Return what is answered at *paths*; the status where it is not 200."""
    found = [await gateway.get(path) for path in paths]
    return [answer.text if answer.status == 200 else str(answer.status) for answer in found]


async def test_a_change_is_told_step_by_step_and_then_it_is_live(gateway: Gateway) -> None:
    async with aclosing(gateway.steps(TWO, message="one is two")) as lines:
        *steps, end = [line async for line in lines]
    assert list(dict.fromkeys(line["step"]["name"] for line in steps)) == [
        *("read", "compile", "validate", "propose", "push", "wait")
    ]
    assert steps[-1]["step"]["text"] == "live on 1/1 proxies"
    applied = end["applied"]
    assert (applied["state"], applied["revision"], applied["live"], applied["proxies"]) == ("live", 2, 1, 1)
    assert await answers(gateway, "/answer") == ["two"]
    head = (await gateway.api("/v1/revisions/head")).json
    assert (head["number"], head["state"], head["message"]) == (2, "live", "one is two")


async def test_a_revision_comes_back(gateway: Gateway) -> None:
    await gateway.apply(TWO)
    back = await gateway.api("/v1/revisions/1/rollback", method="POST", body={})
    assert (back.status, back.json["revision"]) == (200, 3)
    assert await answers(gateway, "/answer") == ["one"]


async def write(gateway: Gateway, body: str, tag: str) -> Answer:
    """Have the route ``answer`` say *body*, if it still is what *tag* stands for."""
    settings = {"matches": [{"path": "/answer"}], "respond": {"body": body}}
    path = "/v1/resources/routes/default/answer"
    return await gateway.api(path, method="PUT", headers={"if-match": tag}, body=settings)


async def test_of_writers_at_once_one_wins_and_the_others_learn_what_changed(gateway: Gateway) -> None:
    tag = (await gateway.api("/v1/resources/routes/default/answer")).headers["etag"]
    names = ["ada", "ben", "cyd"]
    written = await asyncio.gather(*(write(gateway, name, tag) for name in names))
    assert sorted(answer.status for answer in written) == [200, 412, 412]
    (winner,) = [name for name, answer in zip(names, written, strict=True) if answer.status == 200]
    for answer in written:
        if answer.status == 412:
            assert answer.headers["content-type"] == "application/problem+json"
            assert "routes.answer" in answer.json["detail"]
            assert "revision 2" in answer.json["detail"]
    assert await answers(gateway, "/answer") == [winner]
    assert (await gateway.state())["revision"] == 2
    tag = (await gateway.api("/v1/resources/routes/default/answer")).headers["etag"]
    assert (await write(gateway, "again", tag)).status == 200


async def test_writers_of_different_things_all_win(gateway: Gateway) -> None:
    def change(name: str) -> Mapping[str, object]:
        value = {"matches": [{"path": f"/{name}"}], "respond": {"body": name}}
        return {"changes": [{"kind": "routes", "name": name, "value": value}], "base": 1}

    names = ["ada", "ben", "cyd"]
    writes = (gateway.api("/v1/changesets", method="POST", body=change(name)) for name in names)
    assert {answer.status for answer in await asyncio.gather(*writes)} == {200}
    assert await answers(gateway, "/ada", "/ben", "/cyd", "/answer") == [*names, "one"]


async def aside(gateway: Gateway) -> dict[str, str]:
    """Return what is in quarantine, and what stands in for it."""
    found = (await gateway.state())["findings"]
    return {finding["resource"]: finding["hint"] for finding in found if finding["code"] == "proxy.refused"}


IN_QUARANTINE = {
    "routes.other": "the one from before stays live meanwhile",
    "routes.new": "it is left out meanwhile",
}


async def test_a_bad_route_is_put_aside_while_the_rest_goes_live_and_returns_when_mended(gateway: Gateway) -> None:
    applied = await gateway.apply(WITH_BAD)
    assert (applied.status, applied.json["state"]) == (200, "live")
    assert set(applied.json["quarantined"]) == set(IN_QUARANTINE)
    assert await answers(gateway, "/answer", "/also", "/other") == ["two", "also", "other"]
    assert await aside(gateway) == IN_QUARANTINE
    mended = await gateway.apply(WITH_BAD.replace("Cyrillc", "Cyrillic"))
    assert (mended.status, mended.json["quarantined"]) == (200, [])
    assert await answers(gateway, "/also", "/other", "/%D0%96") == ["also", "404", "404"]
    assert await aside(gateway) == {}


async def test_with_strict_a_bad_route_refuses_the_whole(gateway: Gateway) -> None:
    refused = await gateway.apply(WITH_BAD, strict=True)
    assert (refused.status, refused.json["state"]) == (422, "refused")
    assert "routes.new" in {finding["resource"] for finding in refused.json["findings"]}
    assert await answers(gateway, "/answer", "/also") == ["one", "404"]
    assert (await gateway.state())["revision"] == 1


async def test_the_quarantine_outlives_a_restart(gateway: Gateway) -> None:
    await gateway.apply(WITH_BAD)
    await gateway.stop()
    gateway.launch()
    assert await until(lambda: first_answer(gateway)) == "two"
    assert await answers(gateway, "/answer", "/also", "/other") == ["two", "also", "other"]
    await until(gateway.ready)
    assert await aside(gateway) == IN_QUARANTINE
    assert (await gateway.apply(TWO)).json["quarantined"] == []
    assert await answers(gateway, "/other") == ["other"]
    assert await aside(gateway) == {}


async def first_answer(gateway: Gateway) -> str | None:
    """Return what is answered as soon as anything is."""
    try:
        return (await answers(gateway, "/answer"))[0]
    except OSError:
        return None


async def says_two(gateway: Gateway) -> bool:
    return await first_answer(gateway) == "two"


async def test_a_bad_route_in_a_file_is_put_aside_and_returns_when_mended() -> None:
    async with Gateway(ONE) as gateway:
        await until(lambda: gateway.is_live(1))
        gateway.write(WITH_BAD)

        async def is_aside() -> bool:
            assert await answers(gateway, "/other") == ["other"]
            return await aside(gateway) == IN_QUARANTINE

        await until(is_aside)
        await until(lambda: says_two(gateway))
        assert await answers(gateway, "/answer", "/also", "/other") == ["two", "also", "other"]
        await gateway.edit(TWO)
        assert await answers(gateway, "/also", "/other") == ["404", "other"]
        assert await aside(gateway) == {}


async def test_what_is_not_live_in_time_is_taken_back(gateway: Gateway) -> None:
    with gateway.stunned():
        late = await gateway.apply(TWO, timeout="1s")
    assert (late.status, late.json["state"]) == (409, "rolled_back")
    (finding,) = late.json["findings"]
    assert finding["code"] == "change.late"
    assert "has not answered" in finding["message"]
    refused = (await gateway.api("/v1/revisions/2")).json
    assert refused["state"] == "refused"
    assert "has not answered" in refused["reason"]
    await until(lambda: has(gateway, "one"))
    assert (await gateway.apply(TWO)).json["revision"] == 3
    assert await answers(gateway, "/answer") == ["two"]


async def test_a_proxy_that_ends_in_the_middle_takes_the_change_back(gateway: Gateway) -> None:
    (envoy,) = gateway.children()
    async with aclosing(gateway.steps(TWO)) as lines:
        with gateway.stunned():
            end = await until_waiting(lines)
            os.kill(envoy, signal.SIGKILL)
        async for line in lines:
            end = line
    assert end["applied"]["state"] == "rolled_back"
    assert {finding["code"] for finding in end["applied"]["findings"]} == {"proxy.lost"}
    assert await until(lambda: first_answer(gateway)) == "one"
    assert (await gateway.apply(TWO)).status == 200
    assert await answers(gateway, "/answer") == ["two"]


async def until_waiting(lines: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """Read *lines* up to the one that says who is waited for, and return that."""
    async for line in lines:
        if line["step"]["name"] == "wait":
            return line
    raise AssertionError("nobody was waited for")


FLEET = """
gateways:
  edge: {listeners: {http: $http}}
  side: {listeners: {side: $side}}
routes:
  answer: {gateways: [edge, side], matches: [{path: /*}], respond: {body: one}}
"""


async def test_who_joins_during_a_change_gets_what_is_proven_and_then_what_becomes_of_it(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    options = ("--role", "control", "--listen", address)
    async with Gateway(FLEET, *options, stored=True, address=address) as control, AsyncExitStack() as stack:
        await control.apply(FLEET)
        credentials = control.issue(tmp_path / "credentials")
        first = await stack.enter_async_context(control.joined_by(credentials, "--gateway", "edge"))
        await until(lambda: control.is_live(1))
        async with aclosing(control.steps(FLEET.replace("body: one", "body: two"))) as lines:
            with first.stunned():
                await until_waiting(lines)
                second = await stack.enter_async_context(control.joined_by(credentials, "--gateway", "edge"))
                await until(lambda: has(second, "one"))
            *_, end = [line async for line in lines]
        assert end["applied"]["state"] == "live"
        await until(lambda: control.is_live(2))
        assert await has(second, "two")
        third = await stack.enter_async_context(control.joined_by(credentials, "--gateway", "side"))
        await until(lambda: control.has_joined(3))
        assert (await third.get("/", at="side")).text == "two"


async def has(gateway: Gateway, body: str) -> bool:
    """Return whether its Envoy has a route that answers *body*."""
    return f'"{body}"' in (await gateway.envoy.get("/config_dump?resource=dynamic_route_configs")).decode()


GUARDED = """
gateways: {edge: {listeners: {http: $http}}}
services: {dead: "http://127.0.0.1:$dead"}
routes:
  answer: {matches: [{path: /*}], respond: {body: one}}
"""


async def test_a_guard_counts_what_proxies_elsewhere_count(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with Gateway(GUARDED, "--role", "control", "--listen", address, stored=True, address=address) as control:
        await control.apply(GUARDED)
        async with control.joined_by(control.issue(tmp_path / "credentials")) as proxy:
            await until(lambda: control.is_live(1))
            load = Load(proxy.port("http"), "/")
            async with load.running(2):
                broken = GUARDED.replace("respond: {body: one}", "to: dead")
                answer = await control.apply(broken, guard={"errors": "5%", "window": "20s"})
            assert answer.json["state"] == "rolled_back"
            assert "change.errors" in {finding["code"] for finding in answer.json["findings"]}
            assert {failure[:3] for failure in load.failed} == {"503"}
            await until(lambda: has(proxy, "one"))
