"""Objects of Kubernetes: how they are recognised, what all of them have, and how they name each other.

https://kubernetes.io/docs/reference/kubernetes-api/ has the fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from crossway.dialects.contract import Entity, Foreign, Ignored, Key, Language, Mapped, Refused
from crossway.model import FieldPath

NATIVE_NAME: Final = "crossway.dev/name"
"""The annotation that says what an object is called natively."""
NATIVE_TIEBREAK: Final = "crossway.dev/tiebreak"
"""The annotation that says which of two routes is tried first, instead of the age of their objects."""

DEFAULT: Final = "default"
"""The namespace of an object that names none."""

_CLUSTER: Final = "it is about the cluster, and says nothing about requests"


class Camel(Foreign):
    """A piece of a schema whose fields are written in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


class Metadata(Camel):
    """What every object has (ObjectMeta)."""

    name: Annotated[str, Mapped("the name")]
    namespace: Annotated[str, Mapped("the namespace")] = DEFAULT
    labels: Annotated[Mapping[str, str], Mapped("what selectors choose by")] = Field(default_factory=dict)
    annotations: Annotated[Mapping[str, Any], Ignored("notes of tools; those that a dialect knows, it says itself")] = (
        Field(default_factory=dict)
    )
    creation_timestamp: Annotated[str | None, Mapped("routes.tiebreak")] = None
    generation: Annotated[int, Mapped("observedGeneration of a status")] = 0
    uid: Annotated[str | None, Ignored(_CLUSTER)] = None
    resource_version: Annotated[str | None, Ignored(_CLUSTER)] = None
    managed_fields: Annotated[Any, Ignored(_CLUSTER)] = None
    owner_references: Annotated[Any, Ignored(_CLUSTER)] = None
    finalizers: Annotated[Any, Ignored(_CLUSTER)] = None
    self_link: Annotated[Any, Ignored(_CLUSTER)] = None
    deletion_timestamp: Annotated[Any, Ignored("an object is there for as long as its document is")] = None
    deletion_grace_period_seconds: Annotated[Any, Ignored(_CLUSTER)] = None
    generate_name: Annotated[str | None, Refused("an object in a document has a name of its own")] = None


class KubernetesObject(Camel):
    """An object. Kinds add their `spec`."""

    api_version: Annotated[str, Mapped("the version of the schema")]
    kind: Annotated[str, Mapped("the kind")]
    metadata: Metadata
    status: Annotated[Any, Ignored("it is what a cluster says, and is worked out anew")] = None

    @property
    def name(self) -> str:
        """The name, unique among objects of its kind and namespace."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """The namespace that it is in."""
        return self.metadata.namespace

    @property
    def native_name(self) -> str | None:
        """What it is called natively, where it says so (`crossway.dev/name`)."""
        name = self.metadata.annotations.get(NATIVE_NAME)
        return str(name) if name else None

    @property
    def age(self) -> str:
        """A text that is less for an older object, and for the one with the lesser name of two as old."""
        return f"{self.metadata.creation_timestamp or ''}/{self.namespace}/{self.name}"


def split(root: object) -> Iterator[Entity] | None:
    """Return the objects that the root of a document is, or holds if it is a list of some."""
    if not isinstance(root, Mapping) or not isinstance(root.get("kind"), str) or "apiVersion" not in root:
        return None
    return _entities(root, ())


def _entities(root: Mapping[str, Any], path: FieldPath) -> Iterator[Entity]:
    kind, items = root["kind"], root.get("items")
    if kind.endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, Mapping) and isinstance(item.get("kind"), str):
                yield from _entities(item, (*path, "items", index))
        return
    group, _, version = str(root.get("apiVersion", "")).rpartition("/")
    metadata = root.get("metadata")
    named = metadata if isinstance(metadata, Mapping) else {}
    key = Key(f"{group}/{kind}", str(named.get("namespace") or DEFAULT), str(named.get("name", "")))
    yield Entity(key, version, path, root)


_WORKLOAD: Final = "workloads are started by the cluster"
_RIGHTS: Final = "rights inside the cluster do not concern requests"

KUBERNETES: Final = Language(
    "kubernetes",
    ("apiVersion",),
    split,
    {
        **dict.fromkeys(("apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "apps/ReplicaSet"), _WORKLOAD),
        **dict.fromkeys(("batch/Job", "batch/CronJob", "/PersistentVolumeClaim"), _WORKLOAD),
        **dict.fromkeys(("autoscaling/HorizontalPodAutoscaler", "policy/PodDisruptionBudget"), _WORKLOAD),
        **dict.fromkeys(("/ServiceAccount", "rbac.authorization.k8s.io/Role"), _RIGHTS),
        **dict.fromkeys(("rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/RoleBinding"), _RIGHTS),
        "rbac.authorization.k8s.io/ClusterRoleBinding": _RIGHTS,
        "apiextensions.k8s.io/CustomResourceDefinition": "it describes other objects",
    },
)
