"""Limits of clients: what one connection, and one request on it, may take in size, time and number.

The defaults are those of Envoy's guide for proxies that face the internet
(https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/best_practices/edge), except where a field says why not.
"""

from __future__ import annotations

import enum
import math
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Count, Duration, Size, Spec, parse_duration
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.google import protobuf

_KIB: Final = 1024
_STREAM_WINDOW: Final = 64 * _KIB
"""How much a client may send ahead on one HTTP/2 or HTTP/3 stream."""
_CONNECTION_WINDOW: Final = 1024 * _KIB
"""How much a client may send ahead on all streams of a connection."""


class Underscores(enum.StrEnum):
    """What becomes of a request with a header whose name has an underscore."""

    REJECT = "reject"
    """Refuse it: with 400, or by a reset of the stream over HTTP/2 and HTTP/3."""
    DROP = "drop"
    """Go on without the header."""
    ALLOW = "allow"
    """Leave it."""


class Limits(Spec):
    """Bound what clients may take, against slow and flooding ones."""

    request_headers: Annotated[Size, Field(ge=_KIB, le=8192 * _KIB)] = 60 * _KIB
    """The size of all headers of a request, rounded up to whole KiB; more is answered 431."""
    header_count: Annotated[Count, Field(ge=1)] = 100
    """The number of headers of a request; more is answered 431."""
    underscores: Underscores = Underscores.REJECT
    """What becomes of header names with an underscore: to many backends `x_user` is the same as `x-user`, and who sends
    the one slips past a rule about the other."""
    request_headers_timeout: Annotated[Duration, Field(ge=timedelta())] = parse_duration("10s")
    """How long sending the headers of a request may take, from their first byte; `0` has no bound."""
    request_timeout: Annotated[Duration, Field(ge=timedelta())] = timedelta()
    """How long sending a whole request, body included, may take; more is answered 408. `0`, the default, has no bound:
    a bound would cut large uploads and client streaming, and a stalled body meets `stream_idle_timeout`."""
    stream_idle_timeout: Annotated[Duration, Field(ge=timedelta())] = parse_duration("5m")
    """End a request on which nothing has moved, either way, for this long; `0` never. WebSockets and streams live
    longer if either side sends something now and then."""
    idle_timeout: Annotated[Duration, Field(ge=timedelta())] = parse_duration("15m")
    """Close a connection without requests after this time; `0` never. A load balancer in front should give up sooner:
    the longest usual ones keep connections for 10 minutes."""
    max_connection_duration: Annotated[Duration, Field(gt=timedelta())] | None = None
    """Close a connection this long after it was opened, once its requests are done; no bound without it."""
    max_requests_per_connection: Annotated[Count, Field(ge=1)] | None = None
    """Close a connection after this many requests; no bound without it."""
    concurrent_streams: Annotated[int, Field(ge=1, le=2**31 - 1)] = 100
    """Requests under way on one connection of HTTP/2 or HTTP/3."""
    connection_buffer: Annotated[Size, Field(ge=_KIB)] = 32 * _KIB
    """How much is read ahead of a slower backend, and held for a slower client, on each connection. Bodies of any size
    pass through it; one that a policy has to see as a whole is bounded by that policy."""


_UNDERSCORES: Final = {
    Underscores.REJECT: core_v3.HttpProtocolOptions.REJECT_REQUEST,
    Underscores.DROP: core_v3.HttpProtocolOptions.DROP_HEADER,
    Underscores.ALLOW: core_v3.HttpProtocolOptions.ALLOW,
}


def compile_limits(spec: Limits, _site: Site) -> Fragment:
    """Return the limits in the connection manager, and the buffer of the listener."""
    requests = spec.max_requests_per_connection
    streams = protobuf.UInt32Value(value=spec.concurrent_streams)
    stream_window = protobuf.UInt32Value(value=_STREAM_WINDOW)
    connection_window = protobuf.UInt32Value(value=_CONNECTION_WINDOW)
    manager = hcm_v3.HttpConnectionManager(
        max_request_headers_kb=protobuf.UInt32Value(value=math.ceil(spec.request_headers / _KIB)),
        request_headers_timeout=spec.request_headers_timeout,
        request_timeout=spec.request_timeout,
        stream_idle_timeout=spec.stream_idle_timeout,
        common_http_protocol_options=core_v3.HttpProtocolOptions(
            idle_timeout=spec.idle_timeout,
            max_connection_duration=spec.max_connection_duration,
            max_headers_count=protobuf.UInt32Value(value=spec.header_count),
            max_requests_per_connection=protobuf.UInt32Value(value=requests) if requests else None,
            headers_with_underscores_action=_UNDERSCORES[spec.underscores],
        ),
        http1_safe_max_connection_duration=spec.max_connection_duration is not None,
        http2_protocol_options=core_v3.Http2ProtocolOptions(
            max_concurrent_streams=streams,
            initial_stream_window_size=stream_window,
            initial_connection_window_size=connection_window,
        ),
        http3_protocol_options=core_v3.Http3ProtocolOptions(
            quic_protocol_options=core_v3.QuicProtocolOptions(
                max_concurrent_streams=streams,
                initial_stream_window_size=stream_window,
                initial_connection_window_size=connection_window,
            )
        ),
    )
    buffer = protobuf.UInt32Value(value=spec.connection_buffer)
    return Fragment(
        connection_manager=manager,
        listener=listener_v3.Listener(per_connection_buffer_limit_bytes=buffer),
    )


POLICY: Final = Policy(
    spec=Limits,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_limits,
    default=Limits(),
)
