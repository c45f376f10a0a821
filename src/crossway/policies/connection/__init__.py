"""Connections to backends: how they are opened, how long they are kept, and how they are watched."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from crossway.compile.contract import SERVICE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Count, Duration, Size, Spec, parse_duration
from crossway.model.part import Part
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.upstreams.http import v3 as upstream_http_v3
from crossway.protos.google import protobuf


class TcpKeepalive(Part):
    """Probes by which the operating system finds dead peers, and keeps firewalls from forgetting a quiet connection."""

    idle: Annotated[Duration, Field(ge=timedelta(seconds=1))] = parse_duration("60s")
    """Begin to probe after this time without traffic; whole seconds."""
    interval: Annotated[Duration, Field(ge=timedelta(seconds=1))] = parse_duration("10s")
    """The time between two probes; whole seconds."""
    probes: Annotated[Count, Field(ge=1)] = 3
    """After this many unanswered probes the connection is dead."""


class Connection(Spec):
    """Shape the connections from a proxy to the endpoints of a service."""

    connect_timeout: Annotated[Duration, Field(gt=timedelta())] = parse_duration("5s")
    """How long opening a connection may take, TLS included."""
    idle_timeout: Annotated[Duration, Field(ge=timedelta())] = parse_duration("4s")
    """Close a connection that carried no request for this long; `0` never. It has to be shorter than the backend's own
    keep-alive timeout, or requests meet connections that the backend is just closing and fail with 503. The default is
    below the 5 seconds of Node.js, Apache httpd and uvicorn; raise it for backends that keep connections longer."""
    max_requests: Annotated[Count, Field(ge=1)] | None = None
    """Close a connection after this many requests, so that new endpoints get their share; no bound without it."""
    max_lifetime: Annotated[Duration, Field(gt=timedelta())] | None = None
    """Close a connection this long after it was opened, once its requests are done; no bound without it."""
    tcp_keepalive: TcpKeepalive | None = None
    """Let the operating system probe quiet connections; `{}` takes the usual times."""
    buffer: Annotated[Size, Field(ge=1024)] = 32 * 1024
    """How much is read ahead of a slower client on each connection. Bodies of any size pass through it."""


def compile_connection(spec: Connection, _site: Site) -> Fragment:
    """Return the connection settings of the cluster, and the pool's in its HTTP options."""
    cluster = cluster_v3.Cluster(
        connect_timeout=spec.connect_timeout,
        per_connection_buffer_limit_bytes=protobuf.UInt32Value(value=spec.buffer),
    )
    if keepalive := spec.tcp_keepalive:
        cluster.upstream_connection_options.tcp_keepalive.MergeFrom(
            core_v3.TcpKeepalive(
                keepalive_time=_seconds(keepalive.idle),
                keepalive_interval=_seconds(keepalive.interval),
                keepalive_probes=protobuf.UInt32Value(value=keepalive.probes),
            )
        )
    pool = core_v3.HttpProtocolOptions(
        idle_timeout=spec.idle_timeout,
        max_connection_duration=spec.max_lifetime,
        max_requests_per_connection=protobuf.UInt32Value(value=spec.max_requests) if spec.max_requests else None,
    )
    return Fragment(
        cluster=cluster, http_options=upstream_http_v3.HttpProtocolOptions(common_http_protocol_options=pool)
    )


def _seconds(duration: timedelta) -> protobuf.UInt32Value:
    return protobuf.UInt32Value(value=math.ceil(duration.total_seconds()))


POLICY: Final = Policy(
    spec=Connection,
    stage=Stage.ROUTER,
    applies=Target.SERVICE,
    targets=SERVICE_TARGETS,
    compile=compile_connection,
    default=Connection(),
)
