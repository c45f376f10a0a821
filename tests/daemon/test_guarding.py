"""The guard judges by a share of enough requests, and by nothing else."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from crossway.admin.desk import Guard
from crossway.daemon.guarding import FEWEST, watch
from crossway.fleet.envoy_admin import RouteCount


async def judged(requests: int, failed: int) -> tuple[str | None, list[str]]:
    looks = iter([0, 1])

    async def counts() -> Mapping[str, RouteCount]:
        turn = next(looks, 1)
        one = RouteCount(500 + turn * (requests // 2), 400 + turn * failed)
        return {"one": one, "two": RouteCount(turn * (requests - requests // 2), 0)}

    said: list[str] = []
    return await watch(counts, Guard(5.0, timedelta()), said.append), said


@pytest.mark.parametrize(("requests", "failed"), [(0, 0), (FEWEST - 1, FEWEST // 2 - 1), (100, 5)])
async def test_few_requests_and_few_failures_pass(requests: int, failed: int) -> None:
    assert (await judged(requests, failed))[0] is None


async def test_what_was_counted_before_does_not_matter() -> None:
    assert (await judged(0, 0))[0] is None


async def test_more_failures_than_are_allowed_are_told() -> None:
    trouble, said = await judged(100, 6)
    assert trouble == "6 of 100 requests failed, which is more than 5%"
    assert "at most 5% may fail" in said[0]
