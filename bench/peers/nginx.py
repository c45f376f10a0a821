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
from bench.peers.peer import Apply, Peer, Running
from bench.work import Work

_FILE: Final = Template("""\
daemon off; worker_processes 1; pid $directory/pid; error_log $directory/error.log error;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path $directory; proxy_temp_path $directory; fastcgi_temp_path $directory;
  uwsgi_temp_path $directory; scgi_temp_path $directory;
  upstream backend { server 127.0.0.1:$backend; keepalive 64; keepalive_requests 1000000000; }
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $$host;
  server {
    listen 127.0.0.1:$port; server_name $host;
    location / { return 404; }
$locations  }
}
""")


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
    return _FILE.substitute(
        directory=directory, port=work.port, backend=work.backend, host=work.host(0), locations=locations
    )


PEER = Peer("nginx", "file, then HUP", _running)
