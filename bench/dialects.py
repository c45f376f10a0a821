"""Foreign configurations: ten thousand HTTPRoutes from documents to live, an edit among them, and converting them.

There are a thousand hosts, so that the table of one edit is small, as with native routes. Each route is a document of
its own in one stream, and the edit changes the value of one of them.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from statistics import median

from bench.client import first
from bench.gateway import crossway_run
from bench.lab import Lab
from bench.machine import BenchError, free_port, written
from bench.table import Line, spread

ROUTES = 10_000
HOSTS = 1_000
WITHIN = 60.0

_HEAD = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: edge}}
spec:
  gatewayClassName: crossway
  listeners: [{{name: http, port: {port}, protocol: HTTP}}]
---
apiVersion: v1
kind: Service
metadata: {{name: backend}}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: backend-1, labels: {{kubernetes.io/service-name: backend}}}}
addressType: IPv4
ports: [{{port: {backend}}}]
endpoints: [{{addresses: [127.0.0.1]}}]
"""
_ROUTE = """\
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: r{index:06d}
spec:
  parentRefs:
  - name: edge
  hostnames:
  - {host}
  rules:
  - matches:
    - path:
        type: PathPrefix
        value: {path}
    backendRefs:
    - name: backend
      port: 80
"""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about documents of Gateway API."""
    port = free_port()
    text = _text(port, lab.backend.port)
    began = time.monotonic()
    async with crossway_run(text, lab.directory / "dialects", WITHIN, "routes.yaml") as gateway:
        await first(port, _host(ROUTES - 1), f"{_path(ROUTES - 1)}/x", WITHIN)
        took = time.monotonic() - began
        yield Line(f"{ROUTES:,} HTTPRoutes, from the start of the process to live", took, "s", 10)
        edits: list[float] = []
        for edit in range(lab.times(10, 4)):
            index = (edit * 977) % ROUTES
            text = text.replace(f"value: {_path(index)}\n", f"value: /edited{edit:05d}\n")
            async with asyncio.TaskGroup() as tasks:
                answered = tasks.create_task(first(port, _host(index), f"/edited{edit:05d}/x", WITHIN))
                await asyncio.sleep(0.3)  # the watch is at rest, as between two edits of a person
                beside = gateway.file.with_suffix(".new")
                beside.write_text(text)
                renamed = time.monotonic()
                beside.replace(gateway.file)
            edits.append((answered.result() - renamed) * 1000)
    what = f"an edit among {ROUTES:,} HTTPRoutes, from the rename of the file to the first good answer"
    yield Line(what, median(edits), "ms", 150, spread(edits))
    for line in await _converted(lab, text):
        yield line


async def _converted(lab: Lab, text: str) -> list[Line]:
    directory = lab.directory / "convert"
    source = written(directory / "routes.yaml", text)
    target = directory / "native.yaml"
    took, most = await asyncio.to_thread(_run, "convert", source, "--output", target)
    if target.stat().st_size < ROUTES * 50:
        raise BenchError("convert wrote less than it was given")
    what = f"convert of a file with {ROUTES:,} HTTPRoutes"
    return [Line(what, took, "s", 10), Line(f"{what}: memory at most", most, "MB", 500)]


def _run(*words: str | Path) -> tuple[float, float]:
    """Run a verb to its end, and return the seconds that it took and the most MB that it had."""
    began = time.monotonic()
    command = [str(Path(sys.executable).parent / "crossway"), *map(str, words)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        assert child.stderr is not None
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise BenchError(said.decode(errors="replace"))
    return time.monotonic() - began, used.ru_maxrss / 1e3


def _text(port: int, backend: int) -> str:
    routes = (_ROUTE.format(index=index, host=_host(index), path=_path(index)) for index in range(ROUTES))
    return "".join((_HEAD.format(port=port, backend=backend), *routes))


def _host(index: int) -> str:
    return f"h{index % HOSTS:05d}.example.com"


def _path(index: int) -> str:
    return f"/r{index:06d}"
