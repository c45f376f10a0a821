"""The yardstick: an Envoy with a configuration written by hand and tuned for nothing but proxying.

What Envoy does by default and plain proxying does not need is off: request ids, idle timers, route timeouts, its own
headers, per-route statistics, limits of the circuit breakers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
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
          generate_request_id: false
          stream_idle_timeout: 0s
          server_header_transformation: PASS_THROUGH
          skip_xff_append: true
          $routes
          http_filters:
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


_EVERYTHING: Final = """\
route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: /}, route: {cluster: backend, timeout: 0s}}]"""


def tuned(port: int, backend: int, routes: str = _EVERYTHING) -> str:
    """Return the configuration that proxies from *port* to *backend* by *routes*, a field of the connection manager."""
    return _TUNED.substitute(port=port, backend=backend, routes=routes)


@asynccontextmanager
async def running_envoy(configuration: str, directory: Path) -> AsyncIterator[Process]:
    """Run an Envoy with one worker on *configuration*, YAML."""
    path = written(directory / "envoy.yaml", configuration)
    flags = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    async with running([envoy_binary(), "--config-path", path, *flags], directory) as process:
        yield process


@asynccontextmanager
async def tuned_envoy(backend: int, directory: Path) -> AsyncIterator[tuple[Process, int]]:
    """Run the tuned Envoy in front of *backend*; gives the process and the port it listens on."""
    port = free_port()
    async with running_envoy(tuned(port, backend), directory) as process:
        await first(port, "backend", "/", within=20)
        yield process, port
