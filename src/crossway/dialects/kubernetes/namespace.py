"""Namespaces of Kubernetes: their labels say which routes may come from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Concept, Ignored, Key, Mapped, find
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.memo import Read

NAMESPACE: Final = "/Namespace"
_NAME_LABEL: Final = "kubernetes.io/metadata.name"


class Namespace(KubernetesObject):
    """A namespace."""

    spec: Annotated[Any, Ignored("it is about deleting the namespace")] = None


class Requirement(Camel):
    """One condition on labels."""

    key: Annotated[str, Mapped("which namespaces are meant")]
    operator: Annotated[Literal["In", "NotIn", "Exists", "DoesNotExist"], Mapped("which namespaces are meant")]
    values: Annotated[tuple[str, ...], Mapped("which namespaces are meant")] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether *labels* meet it."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels


class LabelSelector(Camel):
    """Conditions on labels, all of which must hold; without any, everything is meant (LabelSelector)."""

    match_labels: Annotated[Mapping[str, str], Mapped("which objects are meant")] = Field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an object with these labels is meant."""
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            requirement.matches(labels) for requirement in self.match_expressions
        )


def namespace_labels(read: Read, name: str) -> Mapping[str, str]:
    """Return the labels of a namespace. Every one has its name as a label, one without a document too."""
    found = find(read, Namespace, Key(NAMESPACE, "default", name))
    return {**(found.value.metadata.labels if found else {}), _NAME_LABEL: name}


NAMESPACES: Final[tuple[Concept[Any], ...]] = (Concept(NAMESPACE, Namespace, versions=("v1",)),)
