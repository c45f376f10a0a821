"""What a program of queries is declared with: tables to read from, and indexes over them.

Both are plain values made at module level and compared by identity. They hold nothing: one `Memo` keeps the content
of a table, another `Memo` keeps another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from crossway.memo.engine import Read


class Key(Protocol):
    """What names an entry or a group: hashable, and in one total order with the others of its table or index."""

    def __hash__(self) -> int: ...

    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401 - only its own kind, which a protocol cannot say


K = TypeVar("K", bound=Key)
V = TypeVar("V")
G = TypeVar("G", bound=Key)


@dataclass(frozen=True, eq=False)
class Table(Generic[K, V]):
    """The identity of one input table. Its values are frozen, and two that are equal may stand for each other."""

    name: str


@dataclass(frozen=True, eq=False)
class Index(Generic[K, G]):
    """A partition of a table's keys into groups, kept up to date key by key.

    The query says to which groups one key belongs, and may read what any query reads, except this index and those
    that the `Memo` was given after it.
    """

    table: Table[K, Any]
    query: Callable[[Read, K], frozenset[G]]
    name: str
    only: Callable[[K], bool] | None = None
    """Whether a key may be in any group, by itself: for others the query is not asked. `None` if all may."""
