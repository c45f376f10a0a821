"""Circuit breakers: bounds on what one proxy lays on a service at once. What exceeds them is answered 503 at once.

Without a bound there is none, except for retries: a gateway must carry what it is given, but a failing backend must
not be buried under retries.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import SERVICE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Count, Percent, Spec
from crossway.model.part import Part
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf

_UNLIMITED: Final = 2**32 - 1

Limit = Annotated[int, Field(ge=0, lt=_UNLIMITED)]


class RetryBudget(Part):
    """Retries as a share of the requests under way: many where there is traffic, few where there is little."""

    percent: Percent = 20.0
    """The percentage of the requests under way that may be retries."""
    minimum: Annotated[Count, Field(ge=0)] = 3
    """So many retries at once are always allowed, however little traffic there is."""


class CircuitBreaker(Spec):
    """Bound what one proxy lays on a service at once; the bounds hold for each proxy and all of its threads."""

    max_connections: Limit | None = None
    """Connections to all endpoints together. Requests of HTTP/1.1 that find none free wait for one."""
    max_pending_requests: Limit | None = None
    """Requests that wait for a connection. 0 lets none wait."""
    max_requests: Limit | None = None
    """Requests under way."""
    max_retries: Limit | None = None
    """Retries under way, as a fixed number instead of `retry_budget`."""
    retry_budget: RetryBudget | None = None
    """Retries under way, as a share of the requests. Without `max_retries` and without this, a fifth of the requests,
    but at least 3, so that a backend in trouble is not buried under retries."""

    @model_validator(mode="after")
    def _one_bound_of_retries(self) -> CircuitBreaker:
        if self.max_retries is not None and self.retry_budget is not None:
            raise ValueError("write one of max_retries and retry_budget")
        return self


def compile_circuit_breaker(spec: CircuitBreaker, _site: Site) -> Fragment:
    """Return the thresholds of the cluster, all of them said: Envoy's own are 1024, and 3 retries."""
    thresholds = cluster_v3.CircuitBreakers.Thresholds(
        max_connections=_limit(spec.max_connections),
        max_pending_requests=_limit(spec.max_pending_requests),
        max_requests=_limit(spec.max_requests),
        max_retries=_limit(spec.max_retries),
    )
    if spec.max_retries is None:
        budget = spec.retry_budget or RetryBudget()
        thresholds.retry_budget.MergeFrom(
            cluster_v3.CircuitBreakers.Thresholds.RetryBudget(
                budget_percent=type_v3.Percent(value=budget.percent),
                min_retry_concurrency=protobuf.UInt32Value(value=budget.minimum),
            )
        )
    return Fragment(cluster=cluster_v3.Cluster(circuit_breakers=cluster_v3.CircuitBreakers(thresholds=[thresholds])))


def _limit(value: int | None) -> protobuf.UInt32Value:
    return protobuf.UInt32Value(value=_UNLIMITED if value is None else value)


POLICY: Final = Policy(
    spec=CircuitBreaker,
    stage=Stage.ROUTER,
    applies=Target.SERVICE,
    targets=SERVICE_TARGETS,
    compile=compile_circuit_breaker,
    default=CircuitBreaker(),
)
