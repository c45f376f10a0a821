"""What a peer has to say to be measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

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


class Run(Protocol):
    """Runs a peer in a directory of its own; `BenchError` if it cannot be had."""

    def __call__(self, packages: Packages, work: Work, directory: Path) -> AbstractAsyncContextManager[Running]:
        """Run it for as long as the context lasts."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A gateway that can be measured."""

    name: str
    how: str
    """How its configuration is changed while it runs."""
    running: Run


def replace(path: Path, text: str) -> Callable[[], Awaitable[None]]:
    """Write *text* beside *path*; return the step that puts it in its place."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text)

    async def apply() -> None:
        beside.replace(path)

    return apply
