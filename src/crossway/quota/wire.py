"""Reports and decisions as the bytes of `envoy.service.rate_limit_quota.v3`.

Three things of Envoy 1.39 are provided for here. The interval of a token bucket counts in whole seconds. A bucket that
differs from the one before in these seconds only is taken for the same one, so the nanoseconds, which count for
nothing else, tell intervals apart. And a bucket begins with all its tokens where the assignment before it had none,
which is how one is made to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from crossway.errors import RemoteError
from crossway.protos.envoy.service.rate_limit_quota import v3 as quota_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf
from crossway.quota.bucket import Assignment
from crossway.quota.quotas import LASTS, Decision, Identity, Usage

SERVICE: Final = "envoy.service.rate_limit_quota.v3.RateLimitQuotaService"
METHOD: Final = "StreamRateLimitQuotas"

_PRECISE: Final = 100
"""A rate is so many tokens in an interval, or more: then it is rounded by less than a hundredth."""
_LONGEST: Final = 7
"""The longest interval is ten million seconds."""

_USAGES: Final = quota_v3.RateLimitQuotaUsageReports.DESCRIPTOR.fields_by_name["bucket_quota_usages"].number

Action = quota_v3.RateLimitQuotaResponse.BucketAction
Strategy = type_v3.RateLimitStrategy


def read_reports(data: bytes) -> Iterator[Usage]:
    """Yield what a proxy reports; `RemoteError` if *data* is no report.

    A key that is no UTF-8, of a header for instance, is left out, and what else is reported is not.
    """
    try:
        fields = UnknownFieldSet(protobuf.Empty.FromString(data))
    except DecodeError:
        raise RemoteError("A proxy sent something that is not a usage report.") from None
    for field in (fields[index] for index in range(len(fields))):
        if field.field_number == _USAGES and isinstance(field.data, bytes):
            with suppress(DecodeError):
                usage = quota_v3.RateLimitQuotaUsageReports.BucketQuotaUsage.FromString(field.data)
                identity = tuple(sorted(usage.bucket_id.bucket.items()))
                yield Usage(identity, usage.num_requests_allowed, usage.num_requests_denied)


def write_decisions(decisions: Iterable[Decision]) -> bytes:
    """Return what one proxy is told, as a serialised RateLimitQuotaResponse."""
    actions = (action for decision in decisions for action in _actions(decision))
    return quota_v3.RateLimitQuotaResponse(bucket_action=actions).SerializeToString()


def _actions(decision: Decision) -> Iterator[Action]:
    bucket = _bucket_id(decision.bucket)
    assignment = decision.assignment
    if assignment is None:
        yield Action(bucket_id=bucket, abandon_action=Action.AbandonAction())
        return
    if assignment.fresh or not assignment.tokens:
        nothing = Strategy(blanket_rule=Strategy.BlanketRule.DENY_ALL)
        yield Action(bucket_id=bucket, quota_assignment_action=_lasting(nothing))
    if assignment.tokens:
        tokens = Strategy(token_bucket=_token_bucket(assignment))
        yield Action(bucket_id=bucket, quota_assignment_action=_lasting(tokens))


def _lasting(strategy: Strategy) -> Action.QuotaAssignmentAction:
    lasts = protobuf.Duration(seconds=int(LASTS))
    return Action.QuotaAssignmentAction(assignment_time_to_live=lasts, rate_limit_strategy=strategy)


def _bucket_id(identity: Identity) -> quota_v3.BucketId:
    return quota_v3.BucketId(bucket=dict(identity))


def _token_bucket(assignment: Assignment) -> type_v3.TokenBucket:
    power = next((power for power in range(1, _LONGEST) if assignment.rate * 10**power >= _PRECISE), _LONGEST)
    return type_v3.TokenBucket(
        max_tokens=assignment.tokens,
        tokens_per_fill=protobuf.UInt32Value(value=max(1, round(assignment.rate * 10**power))),
        fill_interval=protobuf.Duration(seconds=10**power, nanos=power),
    )
