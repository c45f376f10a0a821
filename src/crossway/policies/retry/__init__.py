"""Retry: another try for a request that failed.

A retry must not do twice what should be done once. Failures that are known to have come before the backend saw the
request are retried for every method; all others only for methods that may be repeated (RFC 9110, section 9.2.2), unless
a person says that theirs may.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Part, Size, Spec
from crossway.model.route import Method
from crossway.protos import pack
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.retry.host.previous_hosts import v3 as previous_hosts_v3
from crossway.protos.envoy.extensions.retry.priority.previous_priorities import v3 as previous_priorities_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.google import protobuf


class Condition(enum.StrEnum):
    """What counts as a failure."""

    CONNECT_FAILURE = "connect_failure"
    """No connection to the backend came about."""
    REFUSED_STREAM = "refused_stream"
    """The backend refused the request before it looked at it (HTTP/2 and HTTP/3)."""
    RESET_BEFORE_REQUEST = "reset_before_request"
    """The connection broke before the request was sent."""
    HTTP3_POST_CONNECT_FAILURE = "http3_post_connect_failure"
    """A connection over HTTP/3 broke after it had come about; the next try takes TCP."""
    RESET = "reset"
    """The backend did not answer at all: the connection broke, or `timeout.backend` ran out."""
    GATEWAY_ERROR = "gateway_error"
    """The answer was 502, 503 or 504, or there was none."""
    SERVER_ERROR = "5xx"
    """The answer was any 5xx, or there was none."""
    RETRIABLE_4XX = "retriable_4xx"
    """The answer was 409."""
    CANCELLED = "cancelled"
    """A gRPC call ended with this status, in the header of the answer; so for the four below."""
    DEADLINE_EXCEEDED = "deadline_exceeded"
    INTERNAL = "internal"
    RESOURCE_EXHAUSTED = "resource_exhausted"
    UNAVAILABLE = "unavailable"


_UNSEEN: Final = frozenset({Condition.CONNECT_FAILURE, Condition.REFUSED_STREAM, Condition.RESET_BEFORE_REQUEST})
"""Failures that come before a backend has seen the request."""
_GRPC: Final = frozenset(
    {
        Condition.CANCELLED,
        Condition.DEADLINE_EXCEEDED,
        Condition.INTERNAL,
        Condition.RESOURCE_EXHAUSTED,
        Condition.UNAVAILABLE,
    }
)
_IDEMPOTENT: Final = ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE")
"""The methods that may be repeated (RFC 9110, section 9.2.2)."""


_WORDS: Final = frozenset(Condition)


def _condition(value: object) -> object:
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
        return value
    if isinstance(value, str) and value in _WORDS:
        return Condition(value)
    raise ValueError(f"{value!r} is no condition; write a status from 400 to 599, or one of {', '.join(Condition)}")


On = Annotated[
    Condition | int,
    BeforeValidator(
        _condition,
        json_schema_input_type=Condition
        | Annotated[int, Field(ge=400, le=599)]
        | Annotated[str, Field(pattern=r"^[45][0-9]{2}$")],
    ),
]


class BackOff(Part):
    """The pause before a retry. It is drawn at random below a bound that grows with every retry."""

    base: Duration = timedelta(milliseconds=25)
    """The bound of the first pause; those after it are 3, 7, 15 times as long, and so on. 25ms, so that the first
    retry is hardly felt."""
    max: Duration | None = None
    """The bound never grows above this. Without it, above ten times `base`."""
    retry_after: Duration | None = None
    """Wait for as long as the backend asks in `retry-after` (in seconds), where that is no longer than this. Without
    it, the header is not looked at."""

    @model_validator(mode="after")
    def _fields_fit(self) -> BackOff:
        if self.base < timedelta(milliseconds=1) or (self.retry_after is not None and not self.retry_after):
            raise ValueError("a pause is at least 1ms")
        if self.max is not None and self.max < self.base:
            raise ValueError("max is shorter than base")
        return self


class Retry(Spec):
    """Try again what failed. In one line, the number of retries: `retry: 2`.

    The client waits for all tries together; `timeout.request` bounds them, and `timeout.backend` each one. How many
    retries a service bears at once, of all routes, is bounded by its policy `circuit_breaker`.
    """

    attempts: Annotated[int, Field(ge=0, le=100)] = 2
    """How often it is tried again: 2 means at most three tries. 0 takes back what is attached farther away."""
    on: Annotated[tuple[On, ...], Field(min_length=1)] = (
        Condition.CONNECT_FAILURE,
        Condition.REFUSED_STREAM,
        Condition.RESET_BEFORE_REQUEST,
    )
    """What counts as a failure: conditions, and status codes that a backend answers with. By default only failures of
    which it is certain that no backend has seen the request."""
    methods: tuple[Method, ...] | None = None
    """Retry requests with these methods; with every method if the list is empty. Without it, every method where `on`
    says nothing but `connect_failure`, `refused_stream` and `reset_before_request`, and otherwise those that may be
    repeated: GET, HEAD, OPTIONS, TRACE, PUT and DELETE, and gRPC calls if `on` names a gRPC status."""
    back_off: BackOff = BackOff()
    """The pause before each retry."""
    other_host: bool = True
    """Prefer an endpoint that has not been tried. It is looked for three times, then any will do."""
    other_priority: bool = False
    """Go on to endpoints with another `priority`, and come back when all have been tried. Where each zone has a
    priority, a retry thus leaves the zone that failed."""
    max_body: Annotated[Size, Field(ge=1024)] | None = None
    """The largest body that is kept to be sent again; a request with a larger one is not repeated. Each request under
    way may take so much memory. Without it, as much as the listener reads ahead: `limits.connection_buffer`, 32 KiB."""

    short_forms = ("attempts",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"attempts": value} if isinstance(value, int) and not isinstance(value, bool) else value


def compile_retry(spec: Retry, _site: Site) -> Fragment:
    """Return the retries as the route's retry policy, all of it but the time of one try, which `timeout` writes."""
    codes = sorted({item for item in spec.on if not isinstance(item, Condition)})
    words = [item.replace("_", "-") for item in dict.fromkeys(spec.on) if isinstance(item, Condition)]
    policy = route_v3.RetryPolicy(
        retry_on=",".join([*words, "retriable-status-codes"] if codes else words),
        num_retries=protobuf.UInt32Value(value=spec.attempts),
        retriable_status_codes=codes,
        retriable_request_headers=_repeatable(spec),
        retry_back_off=route_v3.RetryPolicy.RetryBackOff(
            base_interval=spec.back_off.base, max_interval=spec.back_off.max
        ),
    )
    if spec.back_off.retry_after is not None:
        header = route_v3.RetryPolicy.ResetHeader(name="retry-after", format=route_v3.RetryPolicy.SECONDS)
        policy.rate_limited_retry_back_off.reset_headers.append(header)
        policy.rate_limited_retry_back_off.max_interval.FromTimedelta(spec.back_off.retry_after)
    if spec.other_host:
        policy.retry_host_predicate.add(
            name="envoy.retry_host_predicates.previous_hosts",
            typed_config=pack(previous_hosts_v3.PreviousHostsPredicate()),
        )
        policy.host_selection_retry_max_attempts = 3
    if spec.other_priority:
        others = previous_priorities_v3.PreviousPrioritiesConfig(update_frequency=1)
        policy.retry_priority.name = "envoy.retry_priorities.previous_priorities"
        policy.retry_priority.typed_config.CopyFrom(pack(others))
    route = route_v3.Route(route=route_v3.RouteAction(retry_policy=policy))
    if spec.max_body is not None:
        route.request_body_buffer_limit.value = spec.max_body
    return Fragment(route=route)


def _repeatable(spec: Retry) -> Iterator[route_v3.HeaderMatcher]:
    """Yield what a request has one of if it may be repeated; nothing where every request may."""
    methods = spec.methods
    if methods is None and not _UNSEEN.issuperset(spec.on):
        methods = _IDEMPOTENT
        if not _GRPC.isdisjoint(spec.on):
            prefix = matcher_v3.StringMatcher(prefix="application/grpc")
            yield route_v3.HeaderMatcher(name="content-type", string_match=prefix)
    for method in methods or ():
        yield route_v3.HeaderMatcher(name=":method", string_match=matcher_v3.StringMatcher(exact=method))


POLICY = Policy(
    spec=Retry,
    stage=Stage.ROUTER,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_retry,
)
