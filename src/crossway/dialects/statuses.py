"""Statuses: what is told of the objects of documents, in the words of their language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossway.dialects.contract import OBJECTS, STATUSES, Key, Object
from crossway.memo import Read


@dataclass(frozen=True, slots=True)
class Reported:
    """An object, and its status."""

    about: Object[Any]
    status: Mapping[str, object]


def statuses(read: Read) -> tuple[Reported, ...]:
    """Return the status of every object that has one, in the order of their names."""
    told = (read(reported, key) for key in read.keys(OBJECTS))
    return tuple(item for item in told if item is not None)


def reported(read: Read, key: Key) -> Reported | None:
    """Return the status of one object, if it has one."""
    found, tell = read.input(OBJECTS, key), read.input(STATUSES, key.kind)
    status = tell(read, found) if found is not None and tell is not None else None
    return None if found is None or status is None else Reported(found, status)
