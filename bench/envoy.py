"""The yardsticks: Envoys with configurations written by hand.

The tuned one is tuned for nothing but proxying: what Envoy does by default and plain proxying does not need is off,
such as request ids, idle timers, route timeouts, its own headers, per-route statistics. Nobody should put it on the
internet. The guarded one does what Crossway does by default for a listener at the edge, written by hand after Envoy's
own guide (https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/best_practices/edge): it shows what is ours.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template
from typing import Final

from bench.client import first
from bench.machine import Process, free_port, running, written
from crossway.fleet.binary import envoy_binary

_TUNED: Final = Template("""\
node: {id: bench, cluster: bench}
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 127.0.0.1, port_value: $port}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          server_header_transformation: PASS_THROUGH
          $manner
          $routes
          access_log: $access_log
          http_filters:
          $filters
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
              suppress_envoy_headers: true
              dynamic_stats: false
  clusters:
  - name: backend
    type: STATIC
    circuit_breakers:
      thresholds: [{max_requests: 1000000, max_pending_requests: 1000000, max_connections: 1000000}]
    load_assignment:
      cluster_name: backend
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: $backend}}}
""")


_BARE: Final = """\
generate_request_id: false
          stream_idle_timeout: 0s
          skip_xff_append: true"""

_GUARDED: Final = """\
use_remote_address: true
          always_set_request_id_in_response: true
          normalize_path: true
          merge_slashes: true
          path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT
          stream_idle_timeout: 300s
          request_headers_timeout: 10s
          max_request_headers_kb: 60
          common_http_protocol_options:
            idle_timeout: 900s
            max_headers_count: 100
            headers_with_underscores_action: REJECT_REQUEST
          http2_protocol_options:
            max_concurrent_streams: 100
            initial_stream_window_size: 65536
            initial_connection_window_size: 1048576
          early_header_mutation_extensions:
          - name: envoy.http.early_header_mutation.header_mutation
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation
              mutations:
              - {remove: forwarded}
              - {remove: x-forwarded-for}
              - {remove: x-forwarded-host}
              - {remove: x-forwarded-port}
              - {remove: x-real-ip}"""

_EVERYTHING: Final = """\
route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: /}, route: {cluster: backend, timeout: 0s}}]"""


def tuned(
    port: int,
    backend: int,
    routes: str = _EVERYTHING,
    *,
    guarded: bool = False,
    filters: Sequence[object] = (),
    access_log: Sequence[object] = (),
) -> str:
    """Return the configuration that proxies from *port* to *backend* by *routes*, a field of the connection manager.

    Requests pass *filters* before, and *access_log* is where they are written down, both in the form of JSON.
    """
    return _TUNED.substitute(
        port=port,
        backend=backend,
        routes=routes,
        manner=_GUARDED if guarded else _BARE,
        filters="\n          ".join(f"- {json.dumps(each)}" for each in filters),
        access_log=json.dumps(access_log),
    )


@asynccontextmanager
async def running_envoy(configuration: str, directory: Path) -> AsyncIterator[Process]:
    """Run an Envoy with one worker on *configuration*, YAML."""
    path = written(directory / "envoy.yaml", configuration)
    flags = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    async with running([envoy_binary(), "--config-path", path, *flags], directory) as process:
        yield process


@asynccontextmanager
async def tuned_envoy(backend: int, directory: Path, *, guarded: bool = False) -> AsyncIterator[tuple[Process, int]]:
    """Run the tuned or the guarded Envoy in front of *backend*; gives the process and the port it listens on."""
    port = free_port()
    async with running_envoy(tuned(port, backend, guarded=guarded), directory) as process:
        await first(port, "backend", "/", within=20)
        yield process, port
