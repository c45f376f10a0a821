"""Connection limit: how many connections a listener holds, and how many new ones it takes in a time.

What is too much is closed before TLS and HTTP cost anything. All clients count together here: what a single client
may do is bounded by `rate_limit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Count, Rate, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.filters.network.connection_limit import v3 as connection_limit_v3
from crossway.protos.envoy.extensions.filters.network.local_ratelimit import v3 as local_ratelimit_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf


class ConnectionLimit(Spec):
    """Bound the connections to a listener. In one line, how many at once: `connection_limit: 1000`.

    The proxy as a whole has a bound too, `crossway run --max-connections`, which holds where nothing is said here. Both
    count in each proxy by itself, and so does each route of a TCP or TLS listener. HTTP/3 has no connections that
    could be counted here.
    """

    connections: Annotated[Count, Field(ge=1)] | None = None
    """The number of connections at once; one more is closed."""
    rate: Rate | None = None
    """How many connections may be opened in a time, such as `100/second`; one more is closed."""
    burst: Annotated[Count, Field(ge=1)] | None = None
    """How many may be opened at once after a rest; as many as `rate` says without it."""

    short_forms = ("connections",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"connections": value} if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _fields_fit(self) -> ConnectionLimit:
        if self.connections is None and self.rate is None:
            raise ValueError("a limit has at least one of connections, rate")
        if self.burst is not None and self.rate is None:
            raise ValueError("burst goes with rate")
        return self


def compile_connection_limit(spec: ConnectionLimit, site: Site) -> Fragment:
    """Return the filters: the rate first, since what it refuses is no connection any more."""
    return Fragment(network_filters=tuple(_filters(spec, f"{site.about.local}/{site.listener}")))


def _filters(spec: ConnectionLimit, place: str) -> Iterator[listener_v3.Filter]:
    if spec.rate is not None:
        bucket = type_v3.TokenBucket(
            max_tokens=spec.burst or spec.rate.requests,
            tokens_per_fill=protobuf.UInt32Value(value=spec.rate.requests),
            fill_interval=timedelta(seconds=spec.rate.per.seconds),
        )
        rate = local_ratelimit_v3.LocalRateLimit(stat_prefix="connections", token_bucket=bucket, share_key=place)
        yield listener_v3.Filter(name="envoy.filters.network.local_ratelimit", typed_config=pack(rate))
    if spec.connections is not None:
        limit = connection_limit_v3.ConnectionLimit(
            stat_prefix="connections", max_connections=protobuf.UInt64Value(value=spec.connections)
        )
        yield listener_v3.Filter(name="envoy.filters.network.connection_limit", typed_config=pack(limit))


POLICY = Policy(
    spec=ConnectionLimit,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_connection_limit,
)
