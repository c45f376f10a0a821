"""Memo: recomputation of what depends on a change, and of nothing else.

A program is a set of small pure queries over input tables. A query receives `read` and gets everything through it:
other queries, entries, keys, groups. What it read is what it depends on; nobody declares a dependency and nobody
invalidates anything. A value that comes out equal to the one before keeps the old object, and the change stops there.

Law: for any sequence of updates, `Memo.get` returns what a new `Memo` with the same tables would return.

Queries keep it true. They depend on their arguments and on what they read, and on nothing else; they return frozen
values, of which two that are equal may stand for each other; they let pass what a read raises. An exception is not
a value: it is not kept, and the query runs again when it is asked for. A `Memo` belongs to one thread.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVarTuple

from crossway.errors import Bug
from crossway.memo.graph import ABSENT, CHECK, CLEAN, DIRTY, RUNNING, Cell, Graph, Node
from crossway.memo.rows import Groups, Rows
from crossway.memo.tables import G, Index, K, Table, V

Args = TypeVarTuple("Args")
Root = tuple[Callable[..., object], tuple[Hashable, ...]]
"""A query and its arguments after `Read`."""


class Read:
    """What one run of a query sees of the world; everything seen is noted. It is good until the query returns."""

    __slots__ = ("_memo", "_node", "_outer", "_seen")

    def __init__(self, memo: Memo, node: Node, outer: Read | None) -> None:
        self._memo = memo
        self._node = node
        self._outer = outer
        self._seen: list[Cell] = []

    def __call__(self, query: Callable[[Read, *Args], V], *args: *Args) -> V:
        """Return the value of another query. The arguments are hashable; a query is a function at module level."""
        node = self._memo._graph[query][args]
        self._note(node)
        if node.state is not CLEAN:
            self._memo._refresh(node)
        value: V = node.value
        return value

    def input(self, table: Table[K, V], key: K) -> V | None:
        """Return one entry, or `None` where there is none. Depends on that entry alone."""
        rows = self._memo._rows[table]
        self._note(rows.cells[key])
        return rows.entries.get(key)

    def keys(self, table: Table[K, V]) -> tuple[K, ...]:
        """Return the keys of a table in ascending order. Depends on which keys there are, not on their entries."""
        rows: Rows[K, V] = self._memo._rows[table]
        self._note(rows.keys)
        return rows.order.ascending()

    def group(self, index: Index[K, G], group: G) -> tuple[K, ...]:
        """Return the keys in one group, in ascending order; none for an unknown group. Depends on that group alone."""
        rows = self._memo._settled(index).rows
        self._note(rows.cells[group])
        members = rows.entries.get(group)
        return members.order.ascending() if members is not None else ()

    def groups(self, index: Index[K, G]) -> tuple[G, ...]:
        """Return the groups that have keys, in ascending order. Depends on which groups there are."""
        rows = self._memo._settled(index).rows
        self._note(rows.keys)
        return rows.order.ascending()

    def _note(self, cell: Cell) -> None:
        if self._memo._running is not self:
            raise Bug(f"{self._node} reads after it returned, or lends its read to another query")
        self._seen.append(cell)


class Memo:
    """The content of the tables, and every value that was computed from it and still holds.

    Args:
        indexes: All indexes that queries read. The query of one may read the groups of those before it.

    """

    def __init__(self, indexes: Iterable[Index[Any, Any]] = ()) -> None:
        self.evaluations: Counter[str] = Counter()
        """How often each query ran, by its name. Whoever counts may clear it."""
        self._rows: defaultdict[Table[Any, Any], Rows[Any, Any]] = defaultdict(Rows)
        self._groups: dict[Index[Any, Any], Groups[Any, Any]] = {
            index: Groups(index, self._rows[index.table]) for index in indexes
        }
        self._graph = Graph()
        self._running: Read | None = None
        self._failures = 0

    @property
    def size(self) -> int:
        """The number of values that are remembered, those of index queries aside."""
        return sum(map(len, self._graph.values()))

    def update(self, table: Table[K, V], changes: Mapping[K, V | None]) -> None:
        """Change some entries of a table; `None` removes one. An entry that is equal to the one before stays."""
        self._outside("updates a table")
        rows: Rows[K, V] = self._rows[table]
        different = rows.difference(changes)
        rows.apply(different)
        for index, groups in self._groups.items():
            if index.table is table:
                only = index.only
                for key, value in different.items():
                    if (only is None or only(key)) and (value is None or key not in groups.placements):
                        groups.pending[key] = None

    def replace(self, table: Table[K, V], entries: Mapping[K, V]) -> None:
        """Make *entries* the whole content of a table, by updating what differs."""
        before: dict[K, V] = self._rows[table].entries
        if before == entries:  # ten times as quick as to look for differences
            return
        gone = dict.fromkeys(set(before).difference(entries))
        self.update(table, {**entries, **gone})

    def get(self, query: Callable[[Read, *Args], V], *args: *Args) -> V:
        """Return the value of a query, computed from the tables as they are now.

        Raises:
            Bug: Queries read each other in a circle, or break the rules of this module.
            Exception: Whatever the query raises.

        """
        self._outside("calls get instead of read")
        for groups in self._groups.values():
            if groups.pending:
                self._settle()
        node = self._graph[query][args]
        if node.state is not CLEAN:
            self._refresh(node)
        value: V = node.value
        return value

    def sweep(self, roots: Iterable[Root]) -> int:
        """Forget every value that none of *roots* was computed from, and return how many those were."""
        self._outside("sweeps")
        known = (self._graph[query].get(args) for query, args in roots if query in self._graph)
        work: list[Node] = [node for node in known if node is not None]
        for groups in self._groups.values():
            work.extend(groups.placements.values())
        reached: set[Cell] = set(work)
        while work:
            for cell in work.pop().dependencies:
                if isinstance(cell, Node) and cell not in reached:
                    reached.add(cell)
                    work.append(cell)
        size = self.size
        for query, nodes in list(self._graph.items()):
            for args in [args for args, node in nodes.items() if node not in reached]:
                nodes.pop(args).depend([])
            if not nodes:
                del self._graph[query]
        for rows in (*self._rows.values(), *(groups.rows for groups in self._groups.values())):
            rows.sweep()
        return size - self.size

    def _outside(self, act: str) -> None:
        if self._running is not None:
            raise Bug(f"{self._running._node} {act} while it runs")

    def _settled(self, index: Index[K, G]) -> Groups[K, G]:
        groups = self._groups.get(index)
        if groups is None:
            raise Bug(f"index {index.name} is read, but the memo was made without it")
        if not groups.settled:
            raise Bug(f"index {index.name} is read by its own query, or by the query of an index before it")
        return groups

    def _settle(self) -> None:
        """Put every key of every index into its groups."""
        for groups in self._groups.values():
            groups.settled = False
        for groups in self._groups.values():
            for key in groups.pending:
                if key in groups.source.entries:
                    self._refresh(groups.placement(key))
            groups.move()
            groups.settled = True
        for index, groups in self._groups.items():
            if groups.pending:
                raise Bug(f"index {index.name} depends on an index that the memo was given after it")

    def _refresh(self, node: Node) -> None:
        """Make *node* clean, by finding that all it read is as before or else by running its query."""
        if node.state is RUNNING:
            raise Bug(f"queries read each other in a circle: {self._circle(node)}")
        read = self._running = Read(self, node, self._running)
        try:
            if node.state is CHECK and self._holds(node):
                node.state = CLEAN
            else:
                self._run(node, read)
        finally:
            self._running = read._outer

    def _holds(self, node: Node) -> bool:
        """Refresh what *node* read, in that order: it may have read the later because of the earlier."""
        for cell in node.dependencies:
            if cell.state is not CLEAN and isinstance(cell, Node):
                self._refresh(cell)
                if node.state is DIRTY:
                    return False
        return True

    def _run(self, node: Node, read: Read) -> None:
        failures = self._failures
        self.evaluations[node.query.__name__] += 1
        node.state = RUNNING
        try:
            value = node.query(read, *node.args)
            if self._failures != failures:
                raise Bug(f"{node} caught what a query that it reads raised")
            same = node.value is not ABSENT and (value is node.value or value == node.value)
        except BaseException:
            node.state = DIRTY
            self._failures += 1
            raise
        finally:
            node.depend(read._seen)
        node.state = CLEAN
        if not same:
            node.value = value
            if node.readers:
                node.changed()

    def _circle(self, node: Node) -> str:
        path = [node]
        read = self._running
        while read is not None and read._node is not node:
            path.append(read._node)
            read = read._outer
        return " -> ".join(map(str, [node, *reversed(path)]))
