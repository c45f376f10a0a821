"""Quotas, with a real Envoy that asks a real service for each request, and a real Redis that is killed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site, Stage
from crossway.exact.counters import Counters
from crossway.exact.memory import Memory
from crossway.exact.redis import RedisCounters
from crossway.exact.service import RateLimitService
from crossway.model import Ref
from crossway.policies.quota import POLICY, Quota, compile_quota
from exact.limited import asking, serving, utc
from harness import client
from harness.client import Answer, Connection
from harness.redis import Redis, needed
from harness.upstreams import Echo

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALICE = {"x-consumer-username": "alice", "x-credential-identifier": "1"}
FREE, PRO, OTHER = ({"x-consumer-plan": plan} for plan in ("free", "pro", "other"))


class Gateway:
    """An Envoy with a quota on each path."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def get(self, path: str = "/", **headers: str) -> Answer:
        return await client.request(self.port, path, headers=headers)

    async def statuses(self, headers: Mapping[str, str], times: int, path: str = "/") -> list[int]:
        return [(await self.get(path, **headers)).status for _ in range(times)]


def fragment(settings: object, namespace: str = "default") -> Fragment:
    compiled = compile_quota(Quota.model_validate(settings), Site(Ref("routes", "orders", namespace), namespace))
    assert isinstance(compiled, Fragment)
    return compiled


@asynccontextmanager
async def gateway(
    folder: Path, routes: Mapping[str, object], counters: Counters | None = None, *, clock=lambda: NOW, say=print
) -> AsyncIterator[Gateway]:
    """Give a gateway with a quota for each path that begins so."""
    async with AsyncExitStack() as stack:
        echo = await stack.enter_async_context(Echo())
        service = RateLimitService(counters or Memory(), clock, say)
        await stack.enter_async_context(serving(service.handler(), folder / "s"))
        fragments = {path: fragment(settings) for path, settings in routes.items()}
        port = await stack.enter_async_context(asking(folder / "s", POLICY, fragments, folder, echo.address))
        yield Gateway(port)


async def test_the_plan_of_a_consumer_decides(tmp_path):
    plans = {"free": "2/day", "pro": ["100/month", "3/second"]}
    async with gateway(tmp_path, {"/": {"plans": plans, "default": "1/hour"}}) as edge:
        assert await edge.statuses(ALICE | FREE, 3) == [200, 200, 429]
        assert await edge.statuses({"x-consumer-username": "bob"} | PRO, 4) == [200, 200, 200, 429]
        assert await edge.statuses({"x-consumer-username": "carol"} | OTHER, 2) == [200, 429]
        assert await edge.statuses({"x-consumer-username": "dave"}, 2) == [200, 429]
        assert await edge.statuses({}, 2) == [200, 429]


async def test_without_a_default_others_are_not_held_to_anything(tmp_path):
    async with gateway(tmp_path, {"/": {"plans": {"free": "1/day"}}}) as edge:
        for headers in ({}, ALICE, ALICE | OTHER):
            assert await edge.statuses(headers, 3) == [200] * 3
            assert "x-quota-limit" not in (await edge.get(**headers)).headers


async def test_answers_say_what_is_left_and_refusals_when_to_come_back(tmp_path):
    async with gateway(tmp_path, {"/": {"plans": {"pro": ["100/day", "2/minute"]}}}) as edge:
        told = (await edge.get(**ALICE, **PRO)).headers
        assert {name: told[f"x-quota-{name}"] for name in ("limit", "remaining", "reset")} == {
            "limit": "100",
            "remaining": "99",
            "reset": "43200",
        }
        assert told["ratelimit"] == '"quota-day";r=99;t=43200, "quota-minute";r=1;t=60'
        assert "retry-after" not in told
        await edge.get(**ALICE, **PRO)
        refused = await edge.get(**ALICE, **PRO)
        assert (refused.status, refused.headers["content-type"]) == (429, "application/problem+json")
        assert (refused.json["status"], refused.json["title"]) == (429, "Too Many Requests")
        assert refused.json["request_id"]
        assert (refused.headers["retry-after"], refused.headers["x-quota-remaining"]) == ("60", "0")


async def test_another_plan_takes_hold_at_once_and_forgets_nothing(tmp_path):
    async with gateway(tmp_path, {"/": {"plans": {"free": "2/day", "pro": "5/day"}}}) as edge:
        assert await edge.statuses(ALICE | FREE, 3) == [200, 200, 429]
        assert await edge.statuses(ALICE | PRO, 4) == [200, 200, 200, 429]
        assert await edge.statuses(ALICE | FREE, 1) == [429]


async def test_routes_count_together_unless_they_have_a_name_of_their_own(tmp_path):
    routes = {"/a": "3/day", "/b": "3/day", "/c": {"default": "3/day", "name": "reports"}}
    async with gateway(tmp_path, routes) as edge:
        assert await edge.statuses(ALICE, 2, "/a") == [200, 200]
        assert await edge.statuses(ALICE, 2, "/b") == [200, 429]
        assert await edge.statuses(ALICE, 4, "/c") == [200, 200, 200, 429]


async def test_credentials_can_be_counted_apart(tmp_path):
    other = ALICE | {"x-credential-identifier": "2"}
    async with gateway(tmp_path, {"/": {"plans": {"free": "1/day"}, "by": "credential"}}) as edge:
        assert await edge.statuses(ALICE | FREE, 2) == [200, 429]
        assert await edge.statuses(other | FREE, 2) == [200, 429]
        without = {"x-consumer-username": "alice"} | FREE
        assert await edge.statuses(without, 2) == [200, 429], "no credential is no way around the quota"


async def test_clients_that_are_no_consumers_are_told_apart_by_their_address(tmp_path):
    async with gateway(tmp_path, {"/": "1/day"}) as edge:

        async def status_from(address: str) -> int:
            reader, writer = await asyncio.open_connection("127.0.0.1", edge.port, local_addr=(address, 0))
            answer = await Connection(reader, writer).request("/")
            writer.close()
            return answer.status

        found = [await status_from(address) for address in ("127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2")]
        assert found == [200, 429, 200, 429]


async def test_a_month_ends_with_the_calendar(tmp_path):
    times = [datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)]
    async with gateway(tmp_path, {"/": "2/month"}, clock=lambda: times[-1]) as edge:
        assert await edge.statuses(ALICE, 3) == [200, 200, 429]
        assert (await edge.get(**ALICE)).headers["retry-after"] == "1"
        times.append(datetime(2026, 12, 1, tzinfo=UTC))
        assert await edge.statuses(ALICE, 3) == [200, 200, 429]


async def test_a_refused_request_does_not_reach_the_backend(tmp_path):
    async with gateway(tmp_path, {"/": "1/day"}) as edge:
        assert (await edge.get(**ALICE)).headers["x-service"] == "echo"
        assert "x-service" not in (await edge.get(**ALICE)).headers


@needed
async def test_redis_is_killed_in_the_middle(tmp_path):
    said: list[str] = []
    routes = {"/open": "3/day", "/shut": {"default": "3/day", "on_failure": "deny", "name": "shut"}}
    async with Redis() as redis:
        counters = RedisCounters(redis.url)
        async with gateway(tmp_path, routes, counters, clock=utc, say=said.append) as edge:
            assert await edge.statuses(ALICE, 4, "/open") == [200, 200, 200, 429]
            assert await edge.statuses(ALICE, 2, "/shut") == [200, 200]
            await redis.kill()
            assert await edge.statuses(ALICE, 3, "/open") == [200] * 3
            assert await edge.statuses(ALICE, 3, "/shut") == [503] * 3
            refused = await edge.get("/shut", **ALICE)
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json["title"] == "Service Unavailable"
            await redis.start()
            assert await edge.statuses(ALICE, 4, "/shut") == [200, 200, 200, 429]
        await counters.close()
    assert said == ["limits cannot be counted: Redis cannot be used: ConnectionError", "limits are counted again"]


@needed
async def test_redis_that_is_kept_goes_on_where_it_was(tmp_path):
    async with Redis(durable=True) as redis:
        for expected in ([200, 200], [200, 429]):
            (folder := tmp_path / str(len(expected) + expected[-1])).mkdir()
            counters = RedisCounters(redis.url)
            async with gateway(folder, {"/": "3/day"}, counters, clock=utc) as edge:
                assert await edge.statuses(ALICE, 2) == expected
            await counters.close()
            await redis.kill()
            await redis.start()


async def test_a_control_plane_that_is_away_is_a_failure_like_any_other(tmp_path):
    routes = {"/open": "1/day", "/shut": {"default": "1/day", "on_failure": "deny"}}
    fragments = {path: fragment(settings) for path, settings in routes.items()}
    async with Echo() as echo, asking(tmp_path / "nobody", POLICY, fragments, tmp_path, echo.address) as port:
        assert (await client.request(port, "/open", headers=ALICE)).status == 200
        assert (await client.request(port, "/shut", headers=ALICE)).status == 503


async def test_a_name_that_is_no_utf8_is_no_way_around_the_quota(tmp_path):
    async with gateway(tmp_path, {"/": "1000/day"}) as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
        writer.write(b"GET / HTTP/1.1\r\nhost: test\r\nx-consumer-username: \xff\xfe\r\nconnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 429")
        writer.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"plans": {}},
        {"plans": {"free": []}},
        {"plans": {"fr ee": "5/day"}},
        {"plans": {"free": "0/day"}},
        {"plans": {"free": ["5/day", "5/day"]}},
        {"default": "5/day", "by": "group"},
        {"default": "5/day", "name": "a b"},
        {"default": "5/day", "on_failure": "maybe"},
        "5",
        [],
    ],
)
def test_bad_input(settings):
    with pytest.raises(ValidationError):
        Quota.model_validate(settings)


def test_it_counts_in_the_namespace_in_which_it_was_attached():
    action = fragment("5/day", "shop").per_route["quota"].rate_limits[0].actions[0]
    assert action.generic_key.descriptor_value == "shop/default"


def test_what_rate_limit_refuses_does_not_come_as_far_as_the_quota():
    assert POLICY.stage > Stage.LIMIT
