"""nginx: a location for each route; a changed file, then HUP."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template
from typing import Final

from bench.machine import Argv, running, written
from bench.packages import Packages, version
from bench.peers.peer import Apply, Peer, Policies, Running
from bench.work import CONSUMERS, MEMBER, Work

_FILE: Final = Template("""\
daemon off; worker_processes 1; pid $directory/pid; error_log $directory/error.log error;
events { worker_connections 4096; }
http {
  keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path $directory; proxy_temp_path $directory; fastcgi_temp_path $directory;
  uwsgi_temp_path $directory; scgi_temp_path $directory;
  upstream backend { server 127.0.0.1:$backend; keepalive 64; keepalive_requests 1000000000; }
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $$host;
$maps  server {
    listen 127.0.0.1:$port; server_name $host;
$policies    location / { return 404; }
$locations  }
}
""")

_MAPS: Final = Template("""\
  map $$http_x_api_key $$consumer { default ""; $keys}
  map $$consumer $$group { default ""; $groups}
  map "$$group $$request_method" $$allowed { default ""; "$group GET" 1; }
  limit_req_zone $$consumer zone=consumers:1m rate=${limit}r/s;
  limit_req_status 429;
  log_format json escape=json '{"time": "$$time_iso8601", "client": "$$remote_addr", "method": "$$request_method",'
    ' "host": "$$host", "path": "$$request_uri", "protocol": "$$server_protocol", "status": $$status,'
    ' "bytes_received": $$request_length, "bytes_sent": $$bytes_sent, "duration": $$request_time,'
    ' "upstream": "$$upstream_addr", "upstream_duration": "$$upstream_response_time", "consumer": "$$consumer",'
    ' "user_agent": "$$http_user_agent", "referer": "$$http_referer", "request_id": "$$request_id"}';
""")
_POLICIES: Final = Template("""\
    if ($$consumer = "") { return 401; }
    if ($$allowed = "") { return 403; }
    limit_req zone=consumers burst=$limit nodelay;
    access_log $log json buffer=64k flush=1s;
""")
POLICIES: Final = Policies("keys, groups and methods in `map`, limit_req, log_format")


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    nginx = await packages.program("nginx")
    file = written(directory / "nginx.conf", _configuration(work, directory))
    argv: Argv = [nginx.path, "-p", directory, "-c", file, "-e", directory / "error.log"]
    async with running(argv, directory, nginx.environment) as process:

        async def prepare(grown: Work) -> Apply:
            file.write_text(_configuration(grown, directory))

            async def apply() -> None:
                process.signal(signal.SIGHUP)

            return apply

        yield Running(process, await version(nginx, "-v"), prepare)


def _configuration(work: Work, directory: Path) -> str:
    locations = "".join(f"    location {prefix}/ {{ proxy_pass http://backend; }}\n" for prefix in work.prefixes())
    maps, policies = "", "    access_log off;\n"
    if work.limit is not None:
        keys = "".join(f"{one.key} {one.name}; " for one in CONSUMERS)
        groups = "".join(f"{one.name} {one.group}; " for one in CONSUMERS)
        maps = _MAPS.substitute(keys=keys, groups=groups, group=MEMBER.group, limit=work.limit)
        policies = _POLICIES.substitute(limit=work.limit, log=directory / POLICIES.log)
    return _FILE.substitute(
        directory=directory,
        port=work.port,
        backend=work.backend,
        host=work.host(0),
        maps=maps,
        policies=policies,
        locations=locations,
    )


PEER = Peer("nginx", "file, then HUP", _running, POLICIES)
