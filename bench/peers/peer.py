"""What a peer has to say to be measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.machine import Process
from bench.packages import Packages
from bench.work import Work

Apply = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Running:
    """A peer that runs."""

    process: Process
    version: str
    prepare: Callable[[Work], Awaitable[Apply]]
    """Gets ready a configuration with one more route. What is awaited then is the step a person would wait from."""


Run = Callable[[Packages, Work, Path], AbstractAsyncContextManager[Running]]
"""Runs a peer in a directory of its own for as long as the context lasts; `BenchError` if it cannot be had."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A gateway that can be measured."""

    name: str
    how: str
    """How its configuration is changed while it runs."""
    running: Run


def replace(path: Path, text: str) -> Apply:
    """Write *text* where no watch of the directory sees it; return the step that puts it in the place of *path*."""
    beside = path.parent.parent / f".{path.name}.new"
    beside.write_text(text)

    async def apply() -> None:
        beside.replace(path)

    return apply
