"""The graph of who read what, and how the news of a change travels along it.

A change makes its direct readers dirty and everything beyond them doubtful. Nothing is computed then: a doubtful
node asks what it read when somebody asks for its value, and becomes clean again if none of that turned out different.

Law: the readers of a node that is not clean are not clean either. So the news stops at the first node that has it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable
from typing import Any, Final

ABSENT: Final = object()
"""The value of a node that has never been computed."""

FEW: Final = 8
"""Up to here a tuple of readers is smaller than a set (104 bytes against 728) and as quick to change."""


class State(enum.Enum):
    """How much of a value may still be believed."""

    CLEAN = "clean"
    """All of it."""
    CHECK = "check"
    """Something further down has changed; it may not have reached this far."""
    DIRTY = "dirty"
    """Something it read is different, or it was never computed, or computing it failed."""
    RUNNING = "running"
    """It is being computed."""


CLEAN, CHECK, DIRTY, RUNNING = State  # each a global: looking a member up in its class is a call in Python 3.11


class Cell:
    """Something that can be read: by itself a piece of input, which is never out of date."""

    __slots__ = ("readers",)

    state: State = CLEAN

    def __init__(self) -> None:
        self.readers: tuple[Node, ...] | set[Node] = ()

    def link(self, reader: Node) -> None:
        """Let *reader* hear of changes."""
        if isinstance(self.readers, set):
            self.readers.add(reader)
        elif len(self.readers) < FEW:
            self.readers = (*self.readers, reader)
        else:
            self.readers = {*self.readers, reader}

    def unlink(self, reader: Node) -> None:
        """Let *reader* hear nothing any more."""
        if isinstance(self.readers, set):
            self.readers.discard(reader)
        else:
            self.readers = tuple(other for other in self.readers if other is not reader)

    def changed(self) -> None:
        """Spread the news that what is read here is different from now on."""
        heard: list[Node] = []
        for reader in self.readers:
            if reader.state is CLEAN:
                heard.append(reader)
            if reader.state is not RUNNING:  # a running one reads afresh
                reader.state = DIRTY
        while heard:
            node = heard.pop()
            if isinstance(node, Placement):
                node.pending[node.args[0]] = None
            for reader in node.readers:
                if reader.state is CLEAN:
                    reader.state = CHECK
                    heard.append(reader)


class Node(Cell):
    """One query with its arguments: the value it had, and what it read to compute it, in the order of reading."""

    __slots__ = ("args", "dependencies", "query", "state", "value")

    def __init__(self, query: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.readers = ()
        self.query = query
        self.args = args
        self.state = DIRTY
        self.value: Any = ABSENT  # a node is found by its query, and has the type that the query returns
        self.dependencies: tuple[Cell, ...] = ()

    def depend(self, seen: list[Cell]) -> None:
        """Hear of changes in *seen*, and in nothing else."""
        before = self.dependencies
        after = tuple(seen) if len(seen) < 2 else tuple(dict.fromkeys(seen))
        if after == before:
            return
        self.dependencies = after
        for cell in set(before).difference(after):
            cell.unlink(self)
        for cell in set(after).difference(before) if before else after:
            cell.link(self)

    def __str__(self) -> str:
        return f"{self.query.__name__}({', '.join(map(str, self.args))})"


class Placement(Node):
    """The node of one key of an index: its value is the groups where the key belongs."""

    __slots__ = ("groups", "pending")

    def __init__(self, query: Callable[..., Any], key: Hashable, pending: dict[Any, None]) -> None:
        super().__init__(query, (key,))
        self.groups: frozenset[Any] = frozenset()
        """Where the key stands now, which is what `value` was when keys were last moved."""
        self.pending = pending
        """Where the key is noted when its groups may be different."""


class Nodes(dict[tuple[Any, ...], Node]):
    """The nodes of one query by its arguments, each made when it is first looked for."""

    def __init__(self, query: Callable[..., Any]) -> None:
        super().__init__()
        self.query = query

    def __missing__(self, args: tuple[Any, ...]) -> Node:
        node = self[args] = Node(self.query, args)
        return node


class Graph(dict[Callable[..., Any], Nodes]):
    """All nodes, by query."""

    def __missing__(self, query: Callable[..., Any]) -> Nodes:
        nodes = self[query] = Nodes(query)
        return nodes
