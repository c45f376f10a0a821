"""Tracked pure queries: what depends on a change is computed again, and nothing else.

::

    resources = Table[Ref, Resource]("resources")

    def title(read: Read, ref: Ref) -> str:
        resource = read.input(resources, ref)
        return resource.title if resource else "untitled"

    def page(read: Read) -> str:
        return ", ".join(read(title, ref) for ref in read.keys(resources))

    memo = Memo()
    memo.update(resources, {ref: resource})
    memo.get(page)
"""

from crossway.memo.engine import Memo, Read, Root
from crossway.memo.tables import Index, Key, Table

__all__ = ["Index", "Key", "Memo", "Read", "Root", "Table"]
