"""The service over gRPC, as a proxy speaks to it, and through a relay."""

from collections.abc import Sequence
from datetime import UTC, datetime

import grpc
import grpc.aio
import pytest

from crossway.compile.limits import COUNTER, LIMIT
from crossway.errors import Unavailable
from crossway.exact.counters import Count
from crossway.exact.memory import Memory
from crossway.exact.service import METHOD, SERVICE, RateLimitService
from crossway.protos.envoy.extensions.common.ratelimit import v3 as descriptor_v3
from crossway.protos.envoy.service.ratelimit import v3 as service_v3
from harness.calls import reached

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OK, OVER = service_v3.RateLimitResponse.Code.OK, service_v3.RateLimitResponse.Code.OVER_LIMIT


class Unsteady(Memory):
    """Counters that can be away."""

    away = False

    async def take(self, limits, hits, now) -> Sequence[Count]:
        if self.away:
            raise Unavailable("away")
        return await super().take(limits, hits, now)


def asked(*pairs: tuple[str, str], hits: int = 0) -> bytes:
    entries = [descriptor_v3.RateLimitDescriptor.Entry(key=key, value=value) for key, value in pairs]
    descriptor = descriptor_v3.RateLimitDescriptor(entries=entries)
    request = service_v3.RateLimitRequest(domain="rate_limit", descriptors=[descriptor], hits_addend=hits)
    return request.SerializeToString()


FIVE = asked((COUNTER, "orders"), (LIMIT, "5/minute"))


class Scene:
    """A service and a channel to it."""

    def __init__(self) -> None:
        self.counters = Unsteady()
        self.said: list[str] = []
        self.service = RateLimitService(self.counters, lambda: NOW, self.said.append)

    async def ask(self, request: bytes = FIVE) -> service_v3.RateLimitResponse:
        answered = await self.channel.unary_unary(f"/{SERVICE}/{METHOD}")(request)
        return service_v3.RateLimitResponse.FromString(answered)

    async def fails(self, request: bytes = FIVE) -> grpc.StatusCode:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await self.ask(request)
        return failed.value.code()


@pytest.fixture(params=["direct", "relay"])
async def scene(request):
    scene = Scene()
    async with reached(scene.service.handler(), SERVICE, METHOD, request.param) as scene.channel:
        yield scene


async def test_requests_are_counted_and_refused(scene):
    codes = [(await scene.ask()).overall_code for _ in range(7)]
    assert codes == [OK] * 5 + [OVER] * 2


async def test_a_request_may_count_more_than_once(scene):
    answer = await scene.ask(asked((COUNTER, "orders"), (LIMIT, "5/minute"), hits=3))
    assert answer.statuses[0].limit_remaining == 2


async def test_what_cannot_be_counted_is_an_error_that_is_said_once(scene):
    await scene.ask()
    scene.counters.away = True
    assert [await scene.fails() for _ in range(3)] == [grpc.StatusCode.UNAVAILABLE] * 3
    scene.counters.away = False
    await scene.ask()
    await scene.ask()
    assert scene.said == ["limits cannot be counted: away", "limits are counted again"]


async def test_what_is_no_limit_is_an_error(scene):
    wrong = asked((LIMIT, "5/minute")), asked((COUNTER, "a"), (LIMIT, "5/fortnight")), asked(("a", "b"))
    assert [await scene.fails(request) for request in wrong] == [grpc.StatusCode.INVALID_ARGUMENT] * 3


async def test_a_value_that_is_no_utf8_is_refused_and_not_a_way_past_the_limit(scene):
    request = asked((COUNTER, "a"), (LIMIT, "5/minute"), ("header", "zz")).replace(b"zz", b"\xff\xfe")
    assert (await scene.ask(request)).overall_code == OVER
