"""Metrics: requests and latency by route and service, and requests by consumer, in the proxy's own counters.

What is counted for a service, a listener and the proxy as a whole is always there; this policy adds what multiplies by
the configuration. It counts at the end of a request, where the access log is written: also what the gateway answers
itself.

Law: however many routes, services and consumers there are, the number of series has a bound. What is past it is
counted as dropped, and costs neither memory nor the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile import identity
from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.compile.program import BACKEND
from crossway.compile.series import CONSUMER_REQUESTS, DURATION, PREFIX, REQUESTS
from crossway.compile.variables import FIELDS, first_of, noted
from crossway.model import Spec
from crossway.protos import pack
from crossway.protos.envoy.config.accesslog import v3 as accesslog_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.access_loggers.stats import v3 as stats_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf

STATUSES: Final = 10
"""How many series there are for one route and service, or one consumer: each has answers of some statuses."""

_WHERE: Final = {"route": "%ROUTE_NAME%", "service": first_of(FIELDS["service"], noted(BACKEND))}
_STATUS: Final = {"status": "%RESPONSE_CODE%"}
_WHO: Final = {"consumer": f"%REQ({identity.CONSUMER})%"}

Most = Annotated[int, Field(ge=1, le=10_000)]


class Metrics(Spec):
    """Count requests and their latency by route and service, and by consumer, for Prometheus; off by default.

    `metrics: true` counts by route and service. Services, listeners and limits are counted without it.
    """

    enabled: bool = True
    """Whether anything of this is counted."""
    routes: bool = True
    """Count requests by route, service and status, and their latency by route and service. The service is the one that
    a request was passed on to; it is empty for what the gateway answers itself, and for compositions."""
    consumers: bool = False
    """Count requests by consumer and status, once one was recognised. Off by default: it shows names of customers to
    whoever reads metrics."""
    max_routes: Most = 1000
    """At most so many pairs of route and service have a latency, on each listener, and requests ten statuses of each. A
    pair costs a proxy 1 kB of memory, 2.5 kB for each of its workers, and 2 kB of the page that is scraped. The second
    match of a route, `orders#1`, is a pair of its own."""
    max_consumers: Most = 1000
    """At most so many consumers are counted, on each listener, with ten statuses each, 200 bytes for one. Whoever comes
    first has a place until the listener is changed; the others are counted by route only."""

    short_forms = ("enabled",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"enabled": value} if isinstance(value, bool) else value

    @model_validator(mode="after")
    def _any(self) -> Metrics:
        if not self.routes and not self.consumers:
            raise ValueError("with neither routes nor consumers nothing is counted; write metrics: false")
        return self


def compile_metrics(spec: Metrics, _site: Site) -> Fragment:
    """Return the loggers that count, each in a scope of its own that knows the bound."""
    if not spec.enabled:
        return Fragment()
    manager = hcm_v3.HttpConnectionManager()
    if spec.routes:
        logger = _logger(spec.max_routes)
        logger.counters.append(_counter(REQUESTS, _WHERE | _STATUS))
        logger.histograms.append(
            stats_v3.Config.Histogram(
                stat=_stat(DURATION, _WHERE), unit=stats_v3.Config.Histogram.Milliseconds, value_format="%DURATION%"
            )
        )
        # A proxy of TCP is given the loggers of its listener, too: its connections are no requests.
        manager.access_log.append(_logged("crossway.metrics.routes", logger, wanted=":method"))
    if spec.consumers:
        logger = _logger(spec.max_consumers)
        logger.counters.append(_counter(CONSUMER_REQUESTS, _WHO | _STATUS))
        manager.access_log.append(_logged("crossway.metrics.consumers", logger, wanted=identity.CONSUMER))
    return Fragment(connection_manager=manager)


def _logger(most: int) -> stats_v3.Config:
    """Return a logger that counts nothing yet, and adds no series once it has as many as it has room for.

    A `sharing_name` would give several listeners one room; with it, Envoy 1.39.3 crashes when it has validated a
    configuration.
    """
    scope = type_v3.Scope(
        prefix=PREFIX,
        max_counters=protobuf.UInt32Value(value=most * STATUSES),
        max_histograms=protobuf.UInt32Value(value=most),
    )
    return stats_v3.Config(stats_scope=scope)


def _counter(name: str, labels: Mapping[str, str]) -> stats_v3.Config.Counter:
    return stats_v3.Config.Counter(stat=_stat(name, labels), value_fixed=protobuf.UInt64Value(value=1))


def _stat(name: str, labels: Mapping[str, str]) -> stats_v3.Config.Stat:
    tags = [stats_v3.Config.Tag(name=label, value_format=value) for label, value in labels.items()]
    return stats_v3.Config.Stat(name=name, tags=tags)


def _logged(name: str, logger: stats_v3.Config, *, wanted: str) -> accesslog_v3.AccessLog:
    """Return *logger* for what has the request header *wanted*."""
    there = accesslog_v3.HeaderFilter(header=route_v3.HeaderMatcher(name=wanted, present_match=True))
    return accesslog_v3.AccessLog(
        name=name, filter=accesslog_v3.AccessLogFilter(header_filter=there), typed_config=pack(logger)
    )


POLICY: Final = Policy(
    spec=Metrics,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_metrics,
)
