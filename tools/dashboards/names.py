"""The names of metrics, as Prometheus has them: those of ours from the code that counts, those of Envoy from its pages.

https://www.envoyproxy.io/docs/envoy/v1.39.3/operations/stats_overview
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from crossway.compile import series
from crossway.runtime.exposition import SERIES
from crossway.telemetry.metrics import ControlMetrics

_CONTROL: Final = ControlMetrics()


def _name(metric: Counter | Gauge | Histogram) -> str:
    (family,) = metric.collect()
    return f"{family.name}_total" if isinstance(metric, Counter) else family.name


def _cluster(name: str) -> str:
    return f"envoy_cluster_{name}"


REVISION: Final = _name(_CONTROL.revision)
RESOURCES: Final = _name(_CONTROL.resources)
PROXIES: Final = _name(_CONTROL.proxies)
FINDINGS: Final = _name(_CONTROL.findings)
REFUSED: Final = _name(_CONTROL.refused)
CRASHES: Final = _name(_CONTROL.restarts)
CHANGE_SECONDS: Final = _name(_CONTROL.change_seconds)
CPU_SECONDS: Final = "crossway_process_cpu_seconds_total"
RESIDENT: Final = "crossway_process_resident_memory_bytes"

REQUESTS: Final = f"{series.PREFIX}_{series.REQUESTS}"
DURATION: Final = f"{series.PREFIX}_{series.DURATION}"
CONSUMER_REQUESTS: Final = f"{series.PREFIX}_{series.CONSUMER_REQUESTS}"
DROPPED: Final = "envoy_server_stats_overflow_counter"
DROPPED_LATENCIES: Final = "envoy_server_stats_overflow_histogram"

PLUGIN_CALLS, PLUGIN_ERRORS, PLUGIN_TIMEOUTS, PLUGIN_SECONDS, PLUGIN_CPU = (name for name, *_ in SERIES)

ANSWERS: Final = "envoy_http_downstream_rq_xx"
TIME: Final = "envoy_http_downstream_rq_time"
IN_PROGRESS: Final = "envoy_http_downstream_rq_active"
CLIENTS: Final = "envoy_listener_downstream_cx_active"
NO_ROUTE: Final = "envoy_http_no_route"
EXPIRATION: Final = "envoy_listener_ssl_certificate_expiration_unix_time_seconds"

BACKEND_ANSWERS: Final = _cluster("upstream_rq_xx")
BACKEND_TIME: Final = _cluster("upstream_rq_time")
BACKEND_REQUESTS: Final = _cluster("upstream_rq_total")
BACKEND_CONNECTIONS: Final = _cluster("upstream_cx_active")
CONNECT_FAILURES: Final = _cluster("upstream_cx_connect_fail")
TIMEOUTS: Final = _cluster("upstream_rq_timeout")
PENDING: Final = _cluster("upstream_rq_pending_active")
RETRIES: Final = _cluster("upstream_rq_retry")
RETRIES_THAT_HELPED: Final = _cluster("upstream_rq_retry_success")
OVERFLOW: Final = _cluster("upstream_rq_pending_overflow")
OPEN_CONNECTIONS: Final = _cluster("circuit_breakers_default_cx_open")
OPEN_REQUESTS: Final = _cluster("circuit_breakers_default_rq_open")
HEALTHY: Final = _cluster("membership_healthy")
ENDPOINTS: Final = _cluster("membership_total")
EJECTED: Final = _cluster("outlier_detection_ejections_active")

LIMITED: Final = "envoy_http_local_rate_limit_rate_limited"
LIMITED_EXACTLY: Final = _cluster("ratelimit_over_limit")
LIMITER_ERRORS: Final = _cluster("ratelimit_error")
WRONG_KEYS: Final = "envoy_extension_config_discovery_http_filter_api_key_auth_unauthorized"
WRONG_PASSWORDS: Final = "envoy_extension_config_discovery_http_filter_basic_auth_denied"
WRONG_TOKENS: Final = "envoy_extension_config_discovery_http_filter_jwt_authn_denied"
DENIED: Final = "envoy_http_rbac_denied"
WOULD_BE_DENIED: Final = "envoy_http_rbac_shadow_denied"
DENIED_ELSEWHERE: Final = _cluster("ext_authz_denied")
LIMITED_CONNECTIONS: Final = "envoy_connection_limit_limited_connections"

LIVE: Final = "envoy_server_live"
CONNECTED: Final = "envoy_control_plane_connected_state"
WARMING: Final = "envoy_cluster_manager_warming_clusters"
ALLOCATED: Final = "envoy_server_memory_allocated"
HEAP_PRESSURE: Final = "envoy_overload_envoy_resource_monitors_fixed_heap_pressure"
CONNECTION_PRESSURE: Final = "envoy_overload_envoy_resource_monitors_global_downstream_max_connections_pressure"
REFUSES_REQUESTS: Final = "envoy_overload_envoy_overload_actions_stop_accepting_requests_active"
REFUSES_CONNECTIONS: Final = "envoy_overload_envoy_overload_actions_stop_accepting_connections_active"

PROXY: Final = frozenset(name for name in list(vars().values()) if isinstance(name, str) and name.startswith("envoy_"))
"""Those of Envoy."""
