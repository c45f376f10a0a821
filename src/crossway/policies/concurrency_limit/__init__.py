"""Concurrency limit: how many requests of a route are under way at once. One more is answered 503 at once.

A fixed limit is for a backend that is known. An adaptive one finds out: it measures how fast answers come while little
is asked, and takes less in as soon as they become slower than that. Envoy has the adaptive one only; a fixed limit is
one whose least and most are the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Count, Duration, Percent, Spec
from crossway.model.part import Part
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.adaptive_concurrency import v3 as concurrency_v3
from crossway.protos.envoy.extensions.filters.http.filter_chain import v3 as filter_chain_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf

_UPDATE: Final = timedelta(milliseconds=100)
"""How often an adaptive limit follows the answers."""
_ANY: Final = timedelta(seconds=1)
"""What a fixed limit takes for the usual time of an answer, so that it measures none; nothing depends on it."""

_Gradient = concurrency_v3.GradientControllerConfig


class Adaptive(Part):
    """A limit that follows the time in which answers come (their median)."""

    minimum: Annotated[Count, Field(ge=1)] = 10
    """So many requests are always let through. It is also the limit while the usual time is measured: for so long as
    `samples` answers take, so 10 is more than the least that works, for the sake of those that come meanwhile."""
    headroom: Percent = 25.0
    """How much slower than usual answers may become, in percent, before less is let through."""
    measure_every: Annotated[Duration, Field(ge=timedelta(seconds=1))] = timedelta(minutes=1)
    """How often the usual time is measured, give or take a tenth, so that proxies do not measure all at once. Besides,
    it is measured when the proxy learns of a change to its routes."""
    samples: Annotated[Count, Field(ge=1)] = 50
    """The number of answers that are measured."""


class ConcurrencyLimit(Spec):
    """Bound the requests under way: in one line, `concurrency_limit: 100` or `concurrency_limit: adaptive`.

    The limit is counted for each match of a route in each proxy; what all routes lay on a service together is bounded
    by `circuit_breaker`. A request is under way until its answer is complete: a stream is for as long as it lasts.
    """

    max: Annotated[Count, Field(ge=1)] | None = None
    """The most requests under way at once. An adaptive limit goes no higher than this, or 1000 without it."""
    adaptive: Adaptive | None = None
    """Let the limit follow the time that answers take; without it, `max` is the limit."""

    short_forms = ("max", {"const": "adaptive"})

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if value == "adaptive":
            return {"adaptive": {}}
        return {"max": value} if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _can_be_reached(self) -> ConcurrencyLimit:
        if self.max is None and self.adaptive is None:
            raise ValueError("a limit has at least one of max, adaptive")
        if self.adaptive is not None and self.adaptive.minimum >= self.most:
            raise ValueError(f"adaptive.minimum is not below max, {self.most}: the limit has nowhere to go")
        return self

    @property
    def most(self) -> int:
        """The limit, or what an adaptive one does not exceed."""
        return 1000 if self.max is None else self.max


def compile_concurrency_limit(spec: ConcurrencyLimit, _site: Site) -> Fragment:
    """Return the limit as a filter of the route's own: Envoy's is for a whole listener."""
    controller = _Gradient(
        concurrency_limit_params=_Gradient.ConcurrencyLimitCalculationParams(
            max_concurrency_limit=protobuf.UInt32Value(value=spec.most), concurrency_update_interval=_UPDATE
        ),
        min_rtt_calc_params=_fixed(spec.most) if spec.adaptive is None else _adaptive(spec.adaptive),
    )
    limit = concurrency_v3.AdaptiveConcurrency(gradient_controller_config=controller)
    chain = filter_chain_v3.FilterChain(filters=[core_v3.TypedExtensionConfig(name="limit", typed_config=pack(limit))])
    return Fragment(per_route={"concurrency_limit": filter_chain_v3.FilterChainConfigPerRoute(filter_chain=chain)})


def _fixed(limit: int) -> _Gradient.MinimumRTTCalculationParams:
    return _Gradient.MinimumRTTCalculationParams(fixed_value=_ANY, min_concurrency=protobuf.UInt32Value(value=limit))


def _adaptive(adaptive: Adaptive) -> _Gradient.MinimumRTTCalculationParams:
    return _Gradient.MinimumRTTCalculationParams(
        interval=adaptive.measure_every,
        request_count=protobuf.UInt32Value(value=adaptive.samples),
        jitter=type_v3.Percent(value=10),
        min_concurrency=protobuf.UInt32Value(value=adaptive.minimum),
        buffer=type_v3.Percent(value=adaptive.headroom),
    )


POLICY = Policy(
    spec=ConcurrencyLimit,
    stage=Stage.LIMIT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_concurrency_limit,
    filters={"concurrency_limit": filter_chain_v3.FilterChainConfig()},
)
