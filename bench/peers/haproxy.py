"""HAProxy: a map from the first segment of the path to the backend; an entry is added through the runtime socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template
from typing import Final

from bench.machine import BenchError, running, written
from bench.packages import Packages, version
from bench.peers.peer import Apply, Peer, Running
from bench.work import Work

_FILE: Final = Template("""\
global
  nbthread 1
  maxconn 4096
  stats socket $directory/socket level admin
defaults
  mode http
  timeout client 1h
  timeout server 1h
  timeout connect 5s
  timeout http-keep-alive 1h
  http-reuse always
frontend edge
  bind 127.0.0.1:$port
  acl host req.hdr(host),field(1,:) -m str -i $host
  use_backend %[path,field(2,/),map_str($directory/routes.map,none)] if host
  default_backend none
backend none
  http-request return status 404
backend service
  server one 127.0.0.1:$backend
""")


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    haproxy = await packages.program("haproxy")
    entries = (f"{prefix[1:]} service\n" for prefix in work.prefixes())
    table = written(directory / "routes.map", "".join(entries))
    text = _FILE.substitute(directory=directory, port=work.port, backend=work.backend, host=work.host(0))
    file = written(directory / "haproxy.cfg", text)

    async def prepare(grown: Work) -> Apply:
        async def apply() -> None:
            await _tell(directory / "socket", f"add map {table} {grown.prefix(grown.routes - 1)[1:]} service")

        return apply

    async with running([haproxy.path, "-db", "-f", file], directory, haproxy.environment) as process:
        yield Running(process, await version(haproxy, "-v"), prepare)


async def _tell(socket: Path, command: str) -> None:
    reader, writer = await asyncio.open_unix_connection(socket)
    writer.write(f"{command}\n".encode())
    answer = (await reader.read()).decode().strip()
    writer.close()
    if answer:
        raise BenchError(answer)


PEER = Peer("HAProxy", "runtime socket, `add map`: one entry, nothing is read anew", _running)
