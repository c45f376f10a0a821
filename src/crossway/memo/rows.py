"""What tables and indexes hold: entries that are tracked one by one, and their keys in order.

Law: a change costs what it touches. Changing one entry of a hundred thousand marks the readers of that entry; the
sorted keys are made when they are read, and mended rather than sorted again while few of them come and go.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final, Generic, TypeVar

from crossway.memo.graph import Cell, Placement
from crossway.memo.tables import G, Index, K

E = TypeVar("E")

MENDED: Final = 64
"""Up to so many keys are put in their places by bisection; more, and sorting again is quicker."""


class Order(Generic[K]):
    """The keys of a collection that others change, in ascending order."""

    __slots__ = ("_keys", "_late", "_tuple")

    def __init__(self, keys: Collection[K]) -> None:
        self._keys = keys
        self._tuple: tuple[K, ...] | None = None
        self._late: list[K] = []

    def touch(self, key: K) -> None:
        """Note that *key* came to the collection or left it."""
        if self._tuple is not None:
            self._late.append(key)
            if len(self._late) > MENDED:
                self._tuple = None
                self._late = []

    def ascending(self) -> tuple[K, ...]:
        """Return the keys that the collection has now."""
        if self._tuple is None:
            self._tuple = tuple(sorted(self._keys))
        elif self._late:
            self._tuple = self._mended(list(self._tuple))
            self._late = []
        return self._tuple

    def _mended(self, keys: list[K]) -> tuple[K, ...]:
        for key in self._late:
            place = bisect_left(keys, key)
            stands = place < len(keys) and keys[place] == key
            if stands and key not in self._keys:
                del keys[place]
            elif not stands and key in self._keys:
                keys.insert(place, key)
        return tuple(keys)


class Rows(Generic[K, E]):
    """Entries by key. A cell stands for each entry that was ever read, present or not, and one for the set of keys."""

    __slots__ = ("cells", "entries", "keys", "order")

    def __init__(self) -> None:
        self.entries: dict[K, E] = {}
        self.cells: defaultdict[K, Cell] = defaultdict(Cell)
        self.keys = Cell()
        self.order = Order(self.entries)

    def difference(self, changes: Mapping[K, E | None]) -> dict[K, E | None]:
        """Return those *changes* that change something. An equal value is no change: the old object stays."""
        before = map(self.entries.get, changes)
        return {
            key: value
            for (key, value), old in zip(changes.items(), before, strict=True)
            if value is not old and value != old
        }

    def apply(self, changes: Mapping[K, E | None]) -> None:
        """Take *changes*, `None` for an entry that goes, and tell the readers of each, changed or not."""
        entries = self.entries
        count = len(entries)
        moved = False
        for key, value in changes.items():
            if value is None:
                entries.pop(key, None)
            else:
                entries[key] = value
            if len(entries) != count:
                count = len(entries)
                moved = True
                self.order.touch(key)
            if (cell := self.cells.get(key)) is not None:
                cell.changed()
        if moved:
            self.keys.changed()

    def sweep(self) -> None:
        """Forget the cells that nobody reads."""
        for key in [key for key, cell in self.cells.items() if not cell.readers]:
            del self.cells[key]


class Members(Generic[K]):
    """The keys of one group."""

    __slots__ = ("keys", "order")

    def __init__(self) -> None:
        self.keys: set[K] = set()
        self.order = Order(self.keys)


class Groups(Generic[K, G]):
    """The content of an index: which groups there are, which keys each has, and which keys are yet to be placed."""

    __slots__ = ("pending", "placements", "query", "rows", "settled", "source")

    def __init__(self, index: Index[K, G], source: Rows[K, Any]) -> None:
        self.query = index.query
        self.source = source
        self.settled = True
        """Whether the groups are what they have to be, so that they can be read."""
        self.rows: Rows[G, Members[K]] = Rows()
        """Non-empty groups only."""
        self.placements: dict[K, Placement] = {}
        self.pending: dict[K, None] = {}

    def placement(self, key: K) -> Placement:
        """Return the node that says where *key* belongs."""
        node = self.placements.get(key)
        if node is None:
            node = self.placements[key] = Placement(self.query, key, self.pending)
        return node

    def move(self) -> None:
        """Put each pending key where its placement says; one that left the table leaves the index."""
        present = self.source.entries
        touched: dict[G, Members[K]] = {}
        for key in self.pending:
            node = self.placement(key)
            target: frozenset[G] = node.value if key in present else frozenset()
            for group in node.groups ^ target:
                members = touched.get(group) or self.rows.entries.get(group) or Members()
                touched[group] = members
                (members.keys.add if group in target else members.keys.remove)(key)
                members.order.touch(key)
            node.groups = target
            if key not in present:
                node.depend([])
                del self.placements[key]
        self.pending.clear()
        self.rows.apply({group: members if members.keys else None for group, members in touched.items()})
