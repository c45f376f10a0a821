"""References: how one resource names another."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

DEFAULT_NAMESPACE = "default"

NAME_PATTERN: Final = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
"""What a name looks like: letters, digits, '.', '_' and '-', the first and the last a letter or digit."""


_AUTHORITY_END: Final = re.compile("[/?#]")


class Ref(NamedTuple):
    """The identity of a resource: its kind, its name and its namespace.

    The kind is the plural word that stands in the configuration: ``gateways``, ``routes``, ``services`` ...
    A tuple, since it is the key of nearly every look-up, and a tuple is hashed without a call into Python.
    """

    kind: str
    name: str
    namespace: str = DEFAULT_NAMESPACE

    @classmethod
    def parse(cls, kind: str, text: str, namespace: str) -> Ref:
        """Return the resource that *text*, written inside *namespace*, means: ``name`` or ``namespace/name``.

        A URL means its origin, ``scheme://host:port``: a service without an entry of its own.
        """
        if "://" in text:
            scheme, _, rest = text.partition("://")
            return cls(kind, f"{scheme}://{_AUTHORITY_END.split(rest, 1)[0]}")
        head, slash, tail = text.partition("/")
        return cls(kind, tail, head) if slash else cls(kind, text, namespace)

    @property
    def local(self) -> str:
        """The name as people write it: without the namespace where that is the default one."""
        return self.name if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}/{self.name}"

    def __str__(self) -> str:
        return f"{self.kind}.{self.local}"
