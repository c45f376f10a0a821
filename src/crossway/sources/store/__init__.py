"""The store: a configuration that can be written, with every state that it ever had.

A changeset is proposed, and waits as a pending revision while it is proven elsewhere; settled, it is what the store
says, or is refused and never was. So what can be read here has been proven, whoever was killed meanwhile. SQLite keeps
the store of one machine, PostgreSQL that of several; the two answer every question alike, held by one contract test.
"""

from crossway.sources.store.credentials import StoredSecret
from crossway.sources.store.planes import Plane
from crossway.sources.store.store import Store

__all__ = ["Plane", "Store", "StoredSecret"]
