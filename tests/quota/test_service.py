"""The service over real gRPC, as a proxy uses it."""

import time

import grpc
import grpc.aio
import pytest

from crossway.compile import shares
from crossway.daemon.forwarding import forward_streams
from crossway.protos.envoy.service.rate_limit_quota import v3 as quota_v3
from crossway.quota.quotas import Quotas
from crossway.quota.service import QuotaService
from crossway.quota.wire import METHOD, SERVICE
from harness.calls import serving
from harness.waiting import until

BUCKET = {shares.KEY: "orders", shares.LIMITS: "100/1/100"}


def opened(channel: grpc.aio.Channel) -> grpc.aio.StreamStreamCall:
    return channel.stream_stream(
        f"/{SERVICE}/{METHOD}",
        request_serializer=quota_v3.RateLimitQuotaUsageReports.SerializeToString,
        response_deserializer=quota_v3.RateLimitQuotaResponse.FromString,
    )()


def report(allowed: int, denied: int = 0) -> quota_v3.RateLimitQuotaUsageReports:
    usage = quota_v3.RateLimitQuotaUsageReports.BucketQuotaUsage(
        bucket_id=quota_v3.BucketId(bucket=BUCKET), num_requests_allowed=allowed, num_requests_denied=denied
    )
    return quota_v3.RateLimitQuotaUsageReports(domain="rate_limit", bucket_quota_usages=[usage])


def tokens(response: quota_v3.RateLimitQuotaResponse) -> list[int]:
    found = [action.quota_assignment_action.rate_limit_strategy for action in response.bucket_action]
    return [strategy.token_bucket.max_tokens for strategy in found if strategy.HasField("token_bucket")]


@pytest.mark.parametrize("relayed", [False, True], ids=["directly", "through a relay"])
async def test_proxies_share_and_one_that_goes_is_forgotten(relayed):
    quotas = Quotas()
    service = QuotaService(quotas, time.monotonic).handler()
    async with serving(service) as channel, serving(forward_streams(channel, SERVICE, METHOD)) as relay:
        reached = relay if relayed else channel
        one, other = opened(reached), opened(reached)
        await one.write(report(1))
        assert tokens(await one.read()) == [99]
        await other.write(report(1))
        assert tokens(await other.read()) == [49]
        assert tokens(await one.read()) == [49]
        other.cancel()
        assert tokens(await one.read()) == [49]
        (bucket,) = quotas.buckets.values()
        assert len(bucket.members) == 1
        await one.done_writing()
        await until(lambda: not quotas.buckets)


async def test_what_is_no_report_ends_the_stream():
    async with serving(QuotaService(Quotas(), time.monotonic).handler()) as channel:
        call = channel.stream_stream(f"/{SERVICE}/{METHOD}", request_serializer=bytes, response_deserializer=bytes)()
        await call.write(b"\xff")
        assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT
