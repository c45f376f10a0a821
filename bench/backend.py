"""The backend behind every gateway: answers 66 bytes as fast as it can, so that it is never what limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from bench.client import first
from bench.envoy import running_envoy
from bench.machine import Argv, BenchError, Process, free_port, running, written
from bench.packages import Packages

BODY: Final = '{"service": "backend", "answer": "ok", "padding": "0123456789abcd"}'

_NGINX: Final = Template("""\
daemon off; worker_processes 1; pid $directory/pid; error_log $directory/error.log warn;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; default_type application/json;
  client_body_temp_path $directory; proxy_temp_path $directory; fastcgi_temp_path $directory;
  uwsgi_temp_path $directory; scgi_temp_path $directory;
  server { listen 127.0.0.1:$port backlog=4096; location / { return 200 '$body'; } }
}
""")

_ENVOY: Final = Template("""\
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: $port}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: backend
          generate_request_id: false
          stream_idle_timeout: 0s
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: '$body'}}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
""")


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend that runs."""

    port: int
    name: str


@asynccontextmanager
async def backend(packages: Packages, directory: Path, body: str = BODY) -> AsyncIterator[Backend]:
    """Run a backend that answers *body*: nginx, or an Envoy by itself where there is no nginx to be had."""
    port = free_port()
    try:
        nginx = await packages.program("nginx")
    except BenchError as error:
        async with running_envoy(_ENVOY.substitute(port=port, body=body), directory) as process:
            yield await _answering(process, Backend(port, f"Envoy (nginx: {error})"))
        return
    configuration = written(directory / "nginx.conf", _NGINX.substitute(directory=directory, port=port, body=body))
    argv: Argv = [nginx.path, "-p", directory, "-c", configuration, "-e", directory / "error.log"]
    async with running(argv, directory, nginx.environment) as process:
        yield await _answering(process, Backend(port, "nginx"))


async def _answering(process: Process, served: Backend) -> Backend:
    try:
        await first(served.port, "backend", "/", within=10)
    except BenchError:
        raise BenchError(f"the backend does not answer: {process.last_words()}") from None
    return served
