"""Documents: pieces of text with an origin, as a source hands them over.

The pipeline recomputes by the identity of its inputs, so identity is what a document is compared by: a source gives
the same object again for as long as the text stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crossway.model.finding import FieldPath, Origin
from crossway.model.ref import Ref


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One piece of text. Two documents are equal only when they are one object."""

    name: str
    """Where it comes from, as the user wrote it; the ``document`` of every `Origin` in it."""
    text: str = field(repr=False)
    """What it says; kept out of `repr`, because people do write passwords into configurations."""
    about: Ref | None = None
    """The one resource that the text is of: its name, a colon and its settings, indented as they were in the file that
    they come from. `None` for a text that says itself what is in it."""
    line: int = 1
    """The line, in what is called `name`, with which the text begins."""
    places: Mapping[FieldPath, Origin] = field(default_factory=dict)
    """Where the resource (under the empty path) and some of its fields stand, for a text that was made of something
    else. What is not among them stands where the field stands that it is in."""
    settings: Mapping[str, object] | None = field(default=None, repr=False)
    """What the text says, for a resource that was translated from another language: it need not be read again, and
    what is wrong with it stays with it."""
    fallback: bool = False
    """Whether it stands only where no other document has a resource of the kind in the namespace."""
