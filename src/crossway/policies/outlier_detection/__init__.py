"""Outlier detection: endpoints that fail on real requests get none for a while (passive health checks)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import SERVICE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Count, Duration, Percent, Spec, parse_duration
from crossway.model.part import Part
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.google import protobuf


class SuccessRate(Part):
    """Eject endpoints that succeed clearly less often than the others of the service."""

    min_endpoints: Annotated[Count, Field(ge=2)] = 5
    """Compare only where this many endpoints had enough requests: of a few, none stands out."""
    min_requests: Annotated[Count, Field(ge=1)] = 100
    """Look only at endpoints with this many requests in an interval: a few say nothing."""
    deviations: Annotated[float, Field(gt=0, le=1000)] = 1.9
    """How far below the mean an endpoint may be, in standard deviations."""


class FailurePercentage(Part):
    """Eject endpoints that fail more often than a fixed share of their requests."""

    threshold: Percent = 85.0
    """Eject at this percentage of failures."""
    min_endpoints: Annotated[Count, Field(ge=1)] = 1
    """Act only where this many endpoints had enough requests."""
    min_requests: Annotated[Count, Field(ge=1)] = 50
    """Look only at endpoints with this many requests in an interval: a few say nothing."""


class OutlierDetection(Spec):
    """Eject endpoints that fail on real requests. `outlier_detection: {}` acts on five server errors in a row."""

    consecutive_errors: Annotated[Count, Field(ge=1)] | None = 5
    """Eject after this many answers with a 5xx status, or none at all, in a row. `null` does not count them."""
    consecutive_gateway_errors: Annotated[Count, Field(ge=1)] | None = None
    """Eject after this many 502, 503 or 504 in a row: the backend is away, rather than its code at fault."""
    consecutive_connection_errors: Annotated[Count, Field(ge=1)] | None = None
    """Eject after this many connections in a row that failed or timed out. Where it is set, the other counters see only
    answers that the backend gave itself."""
    interval: Annotated[Duration, Field(gt=timedelta())] = parse_duration("10s")
    """How often rates are looked at and ejected endpoints come back."""
    ejection_time: Annotated[Duration, Field(gt=timedelta())] = parse_duration("30s")
    """How long the first ejection lasts; each further one lasts as much longer."""
    max_ejection_time: Annotated[Duration, Field(gt=timedelta())] = parse_duration("5m")
    """No ejection lasts longer."""
    max_ejected: Percent = 50.0
    """Never eject more than this percentage of the endpoints, so that the rest is not overrun. The only endpoint of a
    service is therefore never ejected."""
    success_rate: SuccessRate | None = None
    """Compare the endpoints with each other; `{}` takes the usual thresholds."""
    failure_percentage: FailurePercentage | None = None
    """Compare each endpoint with a fixed share; `{}` takes the usual thresholds."""

    @model_validator(mode="after")
    def _fields_fit(self) -> OutlierDetection:
        if self.max_ejection_time < self.ejection_time:
            raise ValueError("max_ejection_time is not below ejection_time")
        counters = (self.consecutive_errors, self.consecutive_gateway_errors, self.consecutive_connection_errors)
        if not any(counters) and not self.success_rate and not self.failure_percentage:
            raise ValueError("nothing is watched: write at least one of the counters, success_rate, failure_percentage")
        if any(part is not None and part != int(part) for part in (self.max_ejected, self._threshold)):
            raise ValueError("max_ejected and threshold are whole percentages")
        return self

    @property
    def _threshold(self) -> float | None:
        return self.failure_percentage.threshold if self.failure_percentage else None


def compile_outlier_detection(spec: OutlierDetection, _site: Site) -> Fragment:
    """Return the outlier detection of the cluster; every detector that is not asked for is switched off."""
    detection = cluster_v3.OutlierDetection(
        interval=spec.interval,
        base_ejection_time=spec.ejection_time,
        max_ejection_time=spec.max_ejection_time,
        max_ejection_percent=_number(int(spec.max_ejected)),
        consecutive_5xx=_number(spec.consecutive_errors),
        enforcing_consecutive_5xx=_switch(spec.consecutive_errors),
        consecutive_gateway_failure=_number(spec.consecutive_gateway_errors),
        enforcing_consecutive_gateway_failure=_switch(spec.consecutive_gateway_errors),
        split_external_local_origin_errors=spec.consecutive_connection_errors is not None,
        consecutive_local_origin_failure=_number(spec.consecutive_connection_errors),
        enforcing_success_rate=_switch(spec.success_rate),
        enforcing_local_origin_success_rate=_switch(None),
        enforcing_failure_percentage=_switch(spec.failure_percentage),
    )
    if rate := spec.success_rate:
        detection.success_rate_minimum_hosts.value = rate.min_endpoints
        detection.success_rate_request_volume.value = rate.min_requests
        detection.success_rate_stdev_factor.value = round(rate.deviations * 1000)
    if share := spec.failure_percentage:
        detection.failure_percentage_threshold.value = int(share.threshold)
        detection.failure_percentage_minimum_hosts.value = share.min_endpoints
        detection.failure_percentage_request_volume.value = share.min_requests
    return Fragment(cluster=cluster_v3.Cluster(outlier_detection=detection))


def _number(value: int | None) -> protobuf.UInt32Value | None:
    return None if value is None else protobuf.UInt32Value(value=value)


def _switch(detector: object) -> protobuf.UInt32Value:
    """Return how often a detection is acted on, in percent: always, or never."""
    return protobuf.UInt32Value(value=0 if detector is None else 100)


POLICY: Final = Policy(
    spec=OutlierDetection,
    stage=Stage.ROUTER,
    applies=Target.SERVICE,
    targets=SERVICE_TARGETS,
    compile=compile_outlier_detection,
)
