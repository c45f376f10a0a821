"""Fault: delays and errors on purpose, to see whether clients can live with them.

What is injected happens in place of the backend, or before it is asked. All limits, logins and headers are as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.compile.headers import compile_header
from crossway.model import Count, Duration, HeaderMatch, HeaderName, Part, Percent, Spec
from crossway.protos.envoy.extensions.filters.http.fault import v3 as fault_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf


def _some(percent: float) -> float:
    if not round(percent * 10_000):
        raise ValueError("a fault with a share of 0% never happens; the smallest share is 0.0001%")
    return percent


Share = Annotated[Percent, AfterValidator(_some)]


class Delay(Part):
    """A pause before the backend is asked. In one line, its duration."""

    duration: Duration
    """How long. It counts for no timeout of the route, which begins when the backend is asked."""
    percentage: Share = 100.0
    """The share of the requests, in percent. All of them by default."""

    short_forms = ("duration",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return value if isinstance(value, Mapping | Delay) else {"duration": value}

    @model_validator(mode="after")
    def _lasts(self) -> Delay:
        if self.duration < timedelta(milliseconds=1):
            raise ValueError("a delay is at least 1ms")
        return self


class Abort(Part):
    """An error in place of the backend's answer. In one line, its status."""

    status: Annotated[int, Field(ge=400, le=599)] | None = None
    """The status of the error; a gRPC call gets what stands for it there."""
    grpc_status: Annotated[int, Field(ge=1, le=16)] | None = None
    """The status of the error for routes of gRPC: 14 is `UNAVAILABLE`. A request that is no gRPC call gets 200."""
    percentage: Share = 100.0
    """The share of the requests, in percent. All of them by default."""

    short_forms = ("status",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"status": value} if isinstance(value, int) else value

    @model_validator(mode="after")
    def _one(self) -> Abort:
        if (self.status is None) == (self.grpc_status is None):
            raise ValueError("write one of status and grpc_status")
        return self


class Fault(Spec):
    """Delay requests or answer them with an error: `fault: {abort: {status: 503, percentage: 1%}}`.

    A request can be delayed and get an error then; each share is drawn by itself.
    """

    delay: Delay | None = None
    """Wait before the backend is asked."""
    abort: Abort | None = None
    """Answer with an error, and leave the backend alone."""
    headers: Mapping[HeaderName, HeaderMatch] = Field(default_factory=dict)
    """Only for requests that meet all of these conditions on headers, such as `{x-chaos: on}`. Without it, for all."""
    max_active: Annotated[Count, Field(ge=1)] | None = None
    """How many requests at most are under a fault at a time, in each proxy and over all routes of a listener; beyond
    it, requests pass unharmed. Without it, any number."""

    @model_validator(mode="after")
    def _does_something(self) -> Fault:
        if self.delay is None and self.abort is None:
            raise ValueError("write delay, abort or both; this injects nothing")
        return self


def compile_fault(spec: Fault, _site: Site) -> Fragment:
    """Return the faults as settings of the filter for the route."""
    fault = fault_v3.HTTPFault(
        headers=[compile_header(name, value) for name, value in spec.headers.items()],
        max_active_faults=None if spec.max_active is None else protobuf.UInt32Value(value=spec.max_active),
        disable_downstream_cluster_stats=True,
    )
    if spec.delay is not None:
        fault.delay.fixed_delay.FromTimedelta(spec.delay.duration)
        fault.delay.percentage.CopyFrom(_percentage(spec.delay.percentage))
    if spec.abort is not None:
        fault.abort.percentage.CopyFrom(_percentage(spec.abort.percentage))
        if spec.abort.status is not None:
            fault.abort.http_status = spec.abort.status
        else:
            fault.abort.grpc_status = spec.abort.grpc_status or 0
    return Fragment(per_route={"fault": fault})


def _percentage(percent: float) -> type_v3.FractionalPercent:
    return type_v3.FractionalPercent(numerator=round(percent * 10_000), denominator=type_v3.FractionalPercent.MILLION)


POLICY = Policy(
    spec=Fault,
    stage=Stage.ROUTER,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_fault,
    filters={"fault": fault_v3.HTTPFault(disable_downstream_cluster_stats=True)},
)
