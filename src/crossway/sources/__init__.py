"""Where documents come from: files, databases, clusters. One module for each kind, and one contract for all.

A source hands over text with an origin and knows nothing of what the text means. The law, held by one contract test:
a document whose text did not change is the same object as before, and no change after `Source.read` goes unseen.
"""

from collections.abc import AsyncGenerator
from typing import Protocol

from crossway.model import Findings
from crossway.model.document import Document

Reading = tuple[tuple[Document, ...], Findings]
"""All documents of a source, in a stable order, and what is wrong with those that are not among them."""


class Source(Protocol):
    """A place that documents come from."""

    def read(self) -> Reading:
        """Return what the source holds now."""

    def changes(self) -> AsyncGenerator[Reading, None]:
        """Yield what the source holds each time that this differs from what `read`, or the last yield, gave."""


__all__ = ["Reading", "Source"]
