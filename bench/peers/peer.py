"""What a peer has to say to be measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.machine import Process
from bench.packages import Packages
from bench.work import Consumer, Work

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


def api_key(consumer: Consumer) -> Mapping[str, str]:
    """Return the header with the key of *consumer*."""
    return {"x-api-key": consumer.key}


@dataclass(frozen=True, slots=True)
class Policies:
    """What a peer has of the stack of policies as it is installed."""

    how: str
    """By which of its means it has them, and what it does not have."""
    credentials: Callable[[Consumer], Mapping[str, str]] = api_key
    """Returns the headers by which a request shows whose it is."""
    authorizes: bool = True
    """Whether it tells a consumer who may from one who may not."""
    limits: bool = True
    log: str = "access.log"
    """The file in its directory with the access log."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A gateway that can be measured."""

    name: str
    how: str
    """How its configuration is changed while it runs."""
    running: Run
    policies: Policies | None = None
    """`None`: it is not measured under policies."""


def replace(path: Path, text: str) -> Apply:
    """Write *text* where no watch of the directory sees it; return the step that puts it in the place of *path*."""
    beside = path.parent.parent / f".{path.name}.new"
    beside.write_text(text)

    async def apply() -> None:
        beside.replace(path)

    return apply
