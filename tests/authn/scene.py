"""Consumers, a clock and a store for the methods of authentication."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from crossway.authn.roster import Roster
from crossway.model import Consumer, Ref
from crossway.sources.store import Store


class Clock:
    """A time that passes when a test says so."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **duration: float) -> None:

        self.now += timedelta(**duration)


def roster(namespace: str = "default", **consumers: Mapping[str, object]) -> Roster:
    """Return a roster of consumers with these credentials."""
    resources = {
        Ref("consumers", name, namespace): Consumer.model_validate({"credentials": credentials})
        for name, credentials in consumers.items()
    }
    return Roster(lambda: resources)


@asynccontextmanager
async def store(directory: Path, clock: Clock) -> AsyncIterator[Store]:
    """Give an empty store."""
    found = await Store.open(f"sqlite:///{directory}/store.db", clock)
    try:
        yield found
    finally:
        await found.close()
