"""References: how one resource names another."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_NAMESPACE = "default"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """The identity of a resource: its kind, its namespace and its name.

    The kind is the plural word that stands in the configuration: ``gateways``, ``routes``, ``services`` ...
    """

    kind: str
    name: str
    namespace: str = DEFAULT_NAMESPACE

    @classmethod
    def parse(cls, kind: str, text: str, namespace: str) -> Ref:
        """Return the resource that *text*, written inside *namespace*, means: ``name`` or ``namespace/name``."""
        head, slash, tail = text.partition("/")
        return cls(kind, tail, head) if slash else cls(kind, text, namespace)

    @property
    def local(self) -> str:
        """The name as people write it: without the namespace where that is the default one."""
        return self.name if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}/{self.name}"

    def __str__(self) -> str:
        return f"{self.kind}.{self.local}"
