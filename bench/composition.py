"""What a composition of three calls costs, against the three calls that a client would make by itself.

One thing is the CPU of the proxy, with a backend that answers at once. Another is time, with backends that take theirs:
an Envoy with a delay for each path, since that is exact and takes no CPU meanwhile.
"""

from __future__ import annotations

import resource
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from statistics import median
from string import Template
from typing import Final

from bench.client import Connection, first
from bench.cost import Rival, ratio, take_turns
from bench.envoy import running_envoy
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.load import load
from bench.machine import BenchError, free_port
from bench.table import Line
from bench.work import Work, plain

HOST, ALL = "any.example.com", "/all"
CALLS: Final = {"user": 5, "orders": 10, "news": 20}
"""The calls, and how many milliseconds the backend takes for each, where it takes its time."""
SLOWEST: Final = max(CALLS, key=CALLS.__getitem__)
READY_WITHIN = 30.0

_SLOW: Final = Template("""\
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: $port}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: slow
          route_config: {virtual_hosts: [{name: all, domains: ["*"], routes: [$routes]}]}
          http_filters:
          - name: fault
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault}
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
""")
_ROUTE: Final = Template("""
            {match: {prefix: /$name}, direct_response: {status: 200, body: {inline_string: '{"name": "$name"}'}},
             response_headers_to_add: [{header: {key: content-type, value: application/json},
                                        append_action: OVERWRITE_IF_EXISTS_OR_ADD}],
             typed_per_filter_config: {fault: {
               "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault,
               delay: {fixed_delay: ${seconds}s, percentage: {numerator: 100}}}}}""")


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about compositions."""
    for line in await _cpu(lab):
        yield line
    yield await _latency(lab)


def _composing(work: Work) -> str:
    """Return the configuration with a route that composes, beside the one that does not."""
    steps = ", ".join(f"{name}: {{service: backend, path: /{name}}}" for name in CALLS)
    body = ", ".join(f"{name}: steps.{name}.body" for name in CALLS)
    compose = f"compose: {{steps: {{{steps}}}, body: {{{body}}}}}"
    return f"{plain(work)}  composed: {{matches: [{{path: {ALL}}}], policies: {{{compose}}}}}\n"


async def _cpu(lab: Lab) -> list[Line]:
    """Return the lines about CPU."""
    alone, composing = Work(free_port(), lab.backend.port, 1), Work(free_port(), lab.backend.port, 1)
    async with (
        crossway_run(plain(alone), lab.directory / "separate") as separate,
        crossway_run(_composing(composing), lab.directory / "composed") as composed,
    ):
        rivals = {
            "three": Rival(separate.process, PROXY, alone.port, HOST, f"/{SLOWEST}"),
            "one": Rival(composed.process, PROXY, composing.port, HOST, ALL),
        }
        await first(composing.port, HOST, ALL, READY_WITHIN)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
        client = {name: await _client_us(lab, rival) for name, rival in rivals.items()} if lab.wrk else {}
    one, three = taken["one"], [replace(each, cpu_us=len(CALLS) * each.cpu_us) for each in taken["three"]]
    lines = [ratio("CPU of the proxy, composition of three calls, against three requests of a client", one, three, 1)]
    if client:
        ours = [replace(each, cpu_us=each.cpu_us + client["one"]) for each in one]
        theirs = [replace(each, cpu_us=each.cpu_us + len(CALLS) * client["three"]) for each in three]
        lines.append(ratio("the same, with the CPU of the client, wrk", ours, theirs))
    return lines


async def _client_us(lab: Lab, rival: Rival) -> float:
    """Return the CPU of the load generator for a request: it is a process of its own, which has ended then."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = await load(lab.wrk, rival.port, rival.host, rival.path, seconds=3)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / done.requests * 1e6


async def _latency(lab: Lab) -> Line:
    """Return the line about how much longer a composition takes than its slowest call."""
    work = Work(free_port(), free_port(), 1)
    routes = ",".join(_ROUTE.substitute(name=name, seconds=ms / 1000) for name, ms in CALLS.items())
    took: dict[str, list[float]] = {ALL: [], f"/{SLOWEST}": []}
    async with (
        running_envoy(_SLOW.substitute(port=work.backend, routes=routes), lab.directory / "slow"),
        crossway_run(_composing(work), lab.directory / "waiting"),
        Connection(work.port) as connection,
    ):
        for path in took:
            await first(work.port, HOST, path, READY_WITHIN)
        for _ in range(lab.times(200, 40)):
            for path, times in took.items():
                began = time.monotonic()
                answer = await connection.get(HOST, path)
                times.append(1000 * (time.monotonic() - began))
                if answer.status != 200:
                    raise BenchError(f"{path} is answered {answer.status}")
    one, slowest = (median(times) for times in took.values())
    calls = "/".join(map(str, CALLS.values()))
    detail = f"p50 {one:.2f} against {slowest:.2f}, n={len(took[ALL])}; the calls take {calls} ms"
    return Line("composition of three calls, p50 beyond that of its slowest call", one - slowest, "ms", 1, detail)
