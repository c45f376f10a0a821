"""Control planes that give out one limit together, and one that does by itself."""

import time
from contextlib import AsyncExitStack

import pytest

from crossway.errors import UserError
from crossway.quota.place import sharing
from harness.ports import free_port
from harness.redis import Redis, needed
from quota.test_service import opened, report, serving, tokens


@pytest.mark.parametrize("url", ["", "memory"])
async def test_without_a_redis_the_whole_limit_is_given_out_here(url):
    async with sharing(url, "one", time.monotonic) as service, serving(service.handler()) as channel:
        call = opened(channel)
        await call.write(report(1))
        assert tokens(await call.read()) == [99]


async def test_a_redis_that_is_away_keeps_nobody_waiting():
    url = f"redis://127.0.0.1:{free_port()}"
    async with sharing(url, "one", time.monotonic) as service, serving(service.handler()) as channel:
        call = opened(channel)
        await call.write(report(1))
        assert tokens(await call.read()) == [99]


@needed
async def test_two_control_planes_with_one_redis_give_out_one_limit():
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis())
        calls = []
        for name in ("one", "other"):
            service = await stack.enter_async_context(sharing(redis.url, name, time.monotonic))
            calls.append(opened(await stack.enter_async_context(serving(service.handler()))))
        for call in calls:
            await call.write(report(1))
            assert tokens(await call.read()) == [99]
        assert [tokens(await call.read()) for call in calls] == [[49], [49]]


async def test_a_url_that_cannot_be_read_is_told_before_anything_runs():
    with pytest.raises(UserError, match="the URL of Redis"):
        async with sharing("http://user:sesame@host", "one", time.monotonic):
            pytest.fail("it runs")
