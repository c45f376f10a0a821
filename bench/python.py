"""The CPU of a request that passes Python in the proxy, against the same request without it, and against other ways.

The rivals take turns as in `cost`. What Python does to time is told here too: what a composition adds to its slowest
call (`bench.composition`), what a plugin that burns a core does to the routes beside it (`bench.burning`), and how soon
new code answers (`bench.reloading`).
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from string import Template
from typing import Final

from bench import burning, composition, reloading
from bench.apps import APPS, plugins
from bench.backend import backend
from bench.client import Answer, first, succeeds
from bench.cost import Rival, ratio, take_turns
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.machine import ROOT, Process, free_port, running
from bench.table import Line
from bench.work import Work, plain

HOST, PATH = "any.example.com", "/"
CHECKED, NOTE = "/checked", "/notes/7"
READY_WITHIN = 30.0
CACHED = 2_048
"""Bytes of the answer that is kept."""

_RELIABLE: Final = Template("""\
gateways:
  edge:
    policies: {access_log: false$patch}
    listeners: {http: {port: $port, address: 127.0.0.1}}
services:
  backend: http://127.0.0.1:$backend
  spare: http://127.0.0.1:$backend
  processor: {endpoints: ["127.0.0.1:$server"], protocol: http2}
routes:
  all:
    to: [{service: backend, weight: 90}, {service: spare, weight: 10}]
    policies: {timeout: 5s, retry: {attempts: 2, on: [connect_failure, "5xx"]}$plugins}
  processor: {hostnames: [processor.example.com], to: processor}
""")
_EXT_PROC: Final = """\
, envoy_patch: {http_filters: [{name: stamp, before: router, config: {
      "@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor,
      grpc_service: {envoy_grpc: {cluster_name: processor}},
      processing_mode: {request_header_mode: SEND, response_header_mode: SEND}}}]}"""

_MOUNT: Final = Template("""\
from crossway import Crossway

cw = Crossway()
cw.gateway(listeners={"http": {"port": $port, "address": "127.0.0.1"}}, policies={"access_log": False})
cw.mount("/", site)
""")


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about Python in the proxy."""
    for cost in (_head, _around, _cache, _application):
        for line in await cost(lab):
            yield line
    for measured in (composition.measure, burning.measure, reloading.measure):
        async for line in measured(lab):
            yield line


async def _head(lab: Lab) -> list[Line]:
    """Return the lines about a plugin that sees the heads of requests alone, and about the native route beside it."""
    alone, mixed = Work(free_port(), lab.backend.port, 1), Work(free_port(), lab.backend.port, 1)
    native = f"  checked: {{matches: [{{path: {CHECKED}}}], to: backend}}\n"
    checked = f"  checked: {{matches: [{{path: {CHECKED}}}], to: backend, policies: {{plugins: [check]}}}}\n"
    async with (
        crossway_run(plain(alone) + native, lab.directory / "python-none") as without,
        crossway_run(plugins("check") + plain(mixed) + checked, lab.directory / "python-beside") as beside,
    ):
        rivals = {
            "plain": Rival(without.process, PROXY, alone.port, HOST, PATH),
            "native": Rival(beside.process, PROXY, mixed.port, HOST, PATH),
            "head": Rival(beside.process, PROXY, mixed.port, HOST, CHECKED),
        }
        await first(mixed.port, HOST, CHECKED, READY_WITHIN)
        taken = await take_turns(lab, rivals, lab.times(16, 5))
    what = "CPU per request, plugin that checks the head and sets a header, against plain"
    return [
        ratio(what, taken["head"], taken["plain"], 3),
        ratio("the same, a native route on a listener with Python routes", taken["native"], taken["plain"], 1.03),
    ]


async def _around(lab: Lab) -> list[Line]:
    """Return the lines about a plugin around the call, and about the same edits by a server that Envoy asks."""
    ways = {"plain": ("", ""), "around": ("", ", plugins: [stamp]"), "ext_proc": (_EXT_PROC, "")}
    rivals: dict[str, Rival] = {}
    asked = free_port()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(_module(lab.directory / "ext_proc", "bench.ext_proc", f"{asked}"))
        for name, (patch, stamp) in ways.items():
            port = free_port()
            config = _RELIABLE.substitute(port=port, backend=lab.backend.port, server=asked, patch=patch, plugins=stamp)
            text = plugins("stamp") + config
            gateway = await stack.enter_async_context(crossway_run(text, lab.directory / f"python-{name}"))
            await first(port, HOST, PATH, READY_WITHIN, succeeds if name == "plain" else _is_stamped)
            helpers = (server,) if name == "ext_proc" else ()
            rivals[name] = Rival(gateway.process, PROXY, port, HOST, PATH, beside=helpers)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    what = "CPU per request, plugin around the call, with retries, a timeout and weights, against plain"
    return [
        ratio(what, taken["around"], taken["plain"], 4),
        ratio("the same, against ext_proc to a Python gRPC server", taken["around"], taken["ext_proc"], 1 / 3.5),
        ratio("ext_proc to a Python gRPC server, against plain", taken["ext_proc"], taken["plain"]),
    ]


def _is_stamped(answer: Answer) -> bool:
    return answer.status == 200 and answer.headers.get("x-stamped") == "yes"


async def _cache(lab: Lab) -> list[Line]:
    """Return the line about an answer out of the memory of the proxy."""
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(backend(lab.packages, lab.directory / "cached", "x" * CACHED))
        rivals: dict[str, Rival] = {}
        for name, policies in (("asked", ""), ("kept", "    policies: {cache: 1h}\n")):
            work = Work(free_port(), served.port, 1)
            running_it = crossway_run(plain(work) + policies, lab.directory / f"cache-{name}")
            gateway = await stack.enter_async_context(running_it)
            rivals[name] = Rival(gateway.process, PROXY, work.port, HOST, PATH)
        await first(rivals["kept"].port, HOST, PATH, READY_WITHIN, _is_kept)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    what = f"CPU per request, cache hit from memory, {CACHED:,} bytes, against plain"
    return [ratio(what, taken["kept"], taken["asked"], 1.2)]


def _is_kept(answer: Answer) -> bool:
    return answer.status == 200 and "hit" in answer.headers.get("cache-status", "")


async def _application(lab: Lab) -> list[Line]:
    """Return the line about an application in ASGI that runs in the proxy."""
    port, served = free_port(), free_port()
    app = (APPS / "notes.py").read_text() + _MOUNT.substitute(port=port)
    behind = Work(free_port(), served, 1)
    flags = ["--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=error", f"--app-dir={APPS}"]
    async with (
        crossway_run(app, lab.directory / "mounted", name="app.py") as mounted,
        _module(lab.directory / "uvicorn", "uvicorn", "notes:site", f"--port={served}", *flags) as server,
        crossway_run(plain(behind), lab.directory / "behind") as proxy,
    ):
        rivals = {
            "behind": Rival(proxy.process, PROXY, behind.port, HOST, NOTE, beside=(server,)),
            "mounted": Rival(mounted.process, PROXY, port, HOST, NOTE),
        }
        for rival in rivals.values():
            await first(rival.port, HOST, NOTE, READY_WITHIN)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    what = "CPU per request, Starlette application in the proxy, against the same on uvicorn behind it"
    return [ratio(what, taken["mounted"], taken["behind"], 0.6)]


@asynccontextmanager
async def _module(directory: Path, *arguments: str) -> AsyncIterator[Process]:
    """Run a module of Python."""
    async with running([sys.executable, "-m", *arguments], directory, {"PYTHONPATH": str(ROOT)}) as process:
        yield process
