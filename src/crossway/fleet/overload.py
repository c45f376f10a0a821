"""Overload: what a proxy gives up, and in which order, as it runs out of connections or memory.

First what nobody misses, last what everybody notices: idle connections go sooner, the streams that hold most are ended,
memory is given back to the machine, requests are answered 503, connections are refused. It is in the bootstrap because
that is where Envoy reads it, once; so it is no policy, and its bounds are options of `crossway run`. See
https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/operations/overload_manager/overload_manager
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from google.protobuf.message import Message

from crossway.fleet.capacity import Capacity
from crossway.protos import pack
from crossway.protos.envoy.config.overload import v3 as overload_v3
from crossway.protos.envoy.extensions.resource_monitors.downstream_connections import v3 as connections_v3
from crossway.protos.envoy.extensions.resource_monitors.fixed_heap import v3 as heap_v3

_Timers = overload_v3.ScaleTimersOverloadActionConfig

CONNECTIONS: Final = "envoy.resource_monitors.global_downstream_max_connections"
HEAP: Final = "envoy.resource_monitors.fixed_heap"
_IDLE: Final = timedelta(seconds=2)
"""How long a connection or a stream may be idle when memory has run out."""
_LARGE_STREAM: Final = 20
"""Streams that hold less than two to the power of this, in bytes, are not ended: they are not what is wrong."""


def overload_manager(capacity: Capacity) -> overload_v3.OverloadManager:
    """Return the overload manager that keeps a proxy within *capacity*."""
    connections = connections_v3.DownstreamConnectionsConfig(max_active_downstream_connections=capacity.connections)
    heap = heap_v3.FixedHeapConfig(max_heap_size_bytes=capacity.heap_bytes)
    return overload_v3.OverloadManager(
        refresh_interval=timedelta(milliseconds=100),
        resource_monitors=[
            overload_v3.ResourceMonitor(name=CONNECTIONS, typed_config=pack(connections)),
            overload_v3.ResourceMonitor(name=HEAP, typed_config=pack(heap)),
        ],
        buffer_factory_config=overload_v3.BufferFactoryConfig(minimum_account_to_track_power_of_two=_LARGE_STREAM),
        actions=_actions(),
    )


def _actions() -> Iterator[overload_v3.OverloadAction]:
    timers = _Timers(timer_scale_factors=[_timer(_Timers.HTTP_DOWNSTREAM_CONNECTION_IDLE)])
    timers.timer_scale_factors.append(_timer(_Timers.HTTP_DOWNSTREAM_STREAM_IDLE))
    yield _action("reduce_timeouts", _rising(0.80, 0.90), timers)
    yield _action("reset_high_memory_stream", _rising(0.85, 0.95))
    yield _action("shrink_heap", _above(0.90))
    yield _action("stop_accepting_requests", _above(0.95))
    yield _action("stop_accepting_connections", _above(0.98))


def _timer(timer: int) -> _Timers.ScaleTimer:
    return _Timers.ScaleTimer(timer=timer, min_timeout=_IDLE)


def _action(name: str, trigger: overload_v3.Trigger, settings: Message | None = None) -> overload_v3.OverloadAction:
    return overload_v3.OverloadAction(
        name=f"envoy.overload_actions.{name}",
        triggers=[trigger],
        typed_config=None if settings is None else pack(settings),
    )


def _rising(start: float, full: float) -> overload_v3.Trigger:
    """Act a little above *start*, and fully at *full*: shares of the heap."""
    scaled = overload_v3.ScaledTrigger(scaling_threshold=start, saturation_threshold=full)
    return overload_v3.Trigger(name=HEAP, scaled=scaled)


def _above(share: float) -> overload_v3.Trigger:
    return overload_v3.Trigger(name=HEAP, threshold=overload_v3.ThresholdTrigger(value=share))
