"""Where a foreign object stands, and where its fields do: looked up only when there is something to say about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crossway.dialects.native import position
from crossway.model import FieldPath, Origin


@dataclass(slots=True, eq=False)
class Piece:
    """A text that was read by itself: one document of a stream, or a whole file. It is known by its text."""

    document: str
    """What `Document.name` says."""
    text: str = field(repr=False)
    line: int = 1
    """Where it begins, as of the last reading."""

    def origin(self, path: FieldPath, *, key: bool = False) -> Origin:
        """Return where the field at *path* stands; its key if *key* is set. The first step is the number of a root."""
        line, column = position.in_yaml(self.text, path, key=key)
        return Origin(self.document, self.line - 1 + line, column)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where one object stands."""

    piece: Piece
    path: FieldPath
    """From the number of the root in the piece to the object."""

    def origin(self, path: FieldPath = (), *, key: bool = False) -> Origin:
        """Return where the field at *path* of the object stands."""
        return self.piece.origin((*self.path, *path), key=key)


Place = tuple[Source, FieldPath]
"""A field of an object."""


class Places(Mapping[FieldPath, Origin]):
    """Where the fields of a resource stand that was made of objects: `Document.places`, worked out when asked for."""

    def __init__(self, places: Mapping[FieldPath, Place]) -> None:
        """Make them of the fields that they were made of; the empty path stands for the resource as a whole."""
        self._places = places

    def __getitem__(self, path: FieldPath) -> Origin:
        source, within = self._places[path]
        return source.origin(within)

    def __iter__(self) -> Iterator[FieldPath]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
