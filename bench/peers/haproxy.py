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
from bench.peers.peer import Apply, Peer, Policies, Running
from bench.work import CONSUMERS, MEMBER, Work

_FILE: Final = Template("""\
global
  nbthread 1
  maxconn 4096
  stats socket $directory/socket level admin
  log stdout format raw local0
defaults
  mode http
  timeout client 1h
  timeout server 1h
  timeout connect 5s
  timeout http-keep-alive 1h
  http-reuse always
frontend edge
  bind 127.0.0.1:$port
$policies  acl host req.hdr(host),field(1,:) -m str -i $host
  use_backend %[path,field(2,/),map_str($directory/routes.map,none)] if host
  default_backend none
backend none
  http-request return status 404
backend service
  server one 127.0.0.1:$backend
""")

_POLICIES: Final = Template("""\
  log global
  log-format '{"time": "%[date,utime(%Y-%m-%dT%H:%M:%SZ)]", "client": "%ci", "method": "%HM",\
 "host": "%[var(txn.host),json(utf8s)]", "path": "%[var(txn.uri),json(utf8s)]", "protocol": "%HV", "status": %ST,\
 "bytes_received": %U, "bytes_sent": %B, "duration": %Tr, "upstream": "%si:%sp", "upstream_duration": %Tw,\
 "consumer": "%[var(txn.consumer)]", "user_agent": "%[var(txn.agent),json(utf8s)]",\
 "referer": "%[var(txn.referer),json(utf8s)]", "request_id": "%ID"}'
  unique-id-format %[uuid()]
  stick-table type string len 32 size 10k expire 10s store http_req_rate(1s)
  http-request set-var(txn.host) req.hdr(host)
  http-request set-var(txn.uri) url
  http-request set-var(txn.agent) req.hdr(user-agent)
  http-request set-var(txn.referer) req.hdr(referer)
  http-request set-var(txn.consumer) req.hdr(x-api-key),map_str($directory/keys.map)
  http-request deny deny_status 401 unless { var(txn.consumer) -m found }
  http-request deny deny_status 403 unless METH_GET { var(txn.consumer),map_str($directory/groups.map) $group }
  http-request track-sc0 var(txn.consumer)
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt $limit }
""")
POLICIES: Final = Policies("keys and groups in map files, stick-table, log-format to stdout", log="haproxy.log")


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    haproxy = await packages.program("haproxy")
    entries = (f"{prefix[1:]} service\n" for prefix in work.prefixes())
    table = written(directory / "routes.map", "".join(entries))
    policies = _policies(work.limit, directory) if work.limit is not None else ""
    text = _FILE.substitute(
        directory=directory, port=work.port, backend=work.backend, host=work.host(0), policies=policies
    )
    file = written(directory / "haproxy.cfg", text)

    async def prepare(grown: Work) -> Apply:
        async def apply() -> None:
            await _tell(directory / "socket", f"add map {table} {grown.prefix(grown.routes - 1)[1:]} service")

        return apply

    async with running([haproxy.path, "-db", "-f", file], directory, haproxy.environment) as process:
        yield Running(process, await version(haproxy, "-v"), prepare)


def _policies(limit: int, directory: Path) -> str:
    """Return the rules of the stack of policies; the maps that they read are written."""
    written(directory / "keys.map", "".join(f"{one.key} {one.name}\n" for one in CONSUMERS))
    written(directory / "groups.map", "".join(f"{one.name} {one.group}\n" for one in CONSUMERS))
    return _POLICIES.substitute(directory=directory, group=MEMBER.group, limit=limit)


async def _tell(socket: Path, command: str) -> None:
    reader, writer = await asyncio.open_unix_connection(socket)
    writer.write(f"{command}\n".encode())
    answer = (await reader.read()).decode().strip()
    writer.close()
    if answer:
        raise BenchError(answer)


PEER = Peer("HAProxy", "runtime socket, `add map`: one entry, nothing is read anew", _running, POLICIES)
