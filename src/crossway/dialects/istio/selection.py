"""Selection: which proxies a policy of Istio is for, and which policies hold for the proxies of a gateway.

Policies name proxies by their labels, or the Gateway that they belong to; without either they are for their namespace,
and in the root namespace for all. Whatever proxies are meant that are no gateway belongs to the mesh.
https://istio.io/latest/docs/reference/config/type/workload-selector/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from pydantic import Field

from crossway.dialects.contract import OBJECTS, Foreign, Ignored, Key, Mapped, Object, every, find, of
from crossway.dialects.istio.gateway import GATEWAY, ISTIO_SYSTEM, Gateway, gateway_ref
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.dialects.kubernetes.service import SERVICE, Service
from crossway.memo import Index, Read
from crossway.model import Ref

API_GATEWAY: Final = "gateway.networking.k8s.io/Gateway"
_GATEWAY_NAME: Final = ("gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name")
"""The labels by which the proxies of a Gateway of Gateway API carry its name."""

Label = tuple[str, str]
F = TypeVar("F", bound=Foreign)


class Selector(Camel):
    """Which proxies are meant: those that carry all of these labels."""

    match_labels: Annotated[Mapping[str, str], Mapped("gateways, workloads.labels")] = Field(default_factory=dict)


class PolicyTarget(Camel):
    """What a policy is attached to."""

    group: Annotated[str, Mapped("gateways")] = ""
    kind: Annotated[str, Mapped("gateways")]
    name: Annotated[str, Mapped("gateways")]
    namespace: Annotated[str | None, Ignored("a policy is for what is in its own namespace")] = None


class Selecting(Camel):
    """What all policies say of where they hold."""

    selector: Selector | None = None
    target_ref: PolicyTarget | None = None
    target_refs: tuple[PolicyTarget, ...] = ()

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the proxies that are meant; empty where it is not said by labels."""
        return self.selector.match_labels if self.selector else {}

    @property
    def targets(self) -> tuple[PolicyTarget, ...]:
        """What it is attached to."""
        return (self.target_ref, *self.target_refs) if self.target_ref else self.target_refs


class PolicyObject(KubernetesObject):
    """An object that holds for some proxies."""

    spec: Selecting = Selecting()


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies of a gateway."""

    gateway: Ref
    """The gateway of the model that they are."""
    labels: frozenset[Label]
    """What is known of their labels."""
    namespace: str = ""
    """Where they run; empty where that is not known for sure."""
    target: str = ""
    """The name of the Gateway of Gateway API in `namespace` that they belong to; empty for others."""


def proxies_of(selector: Mapping[str, str]) -> Proxies:
    """Return the proxies that the selector of a Gateway means. Their labels ``istio`` and ``app`` go together."""
    labels = dict(selector)
    if "istio" in labels:
        labels.setdefault("app", f"istio-{labels['istio']}")
    elif labels.get("app", "").startswith("istio-"):
        labels["istio"] = labels["app"].removeprefix("istio-")
    return Proxies(gateway_ref(selector), frozenset(labels.items()))


def proxies_of_target(key: Key) -> Proxies:
    """Return the proxies that belong to a Gateway of Gateway API."""
    labels = frozenset((label, key.name) for label in _GATEWAY_NAME)
    return Proxies(Ref("gateways", key.name, key.namespace), labels, key.namespace, key.name)


def policies(read: Read, schema: type[F], kind: str, proxies: Proxies) -> tuple[Object[F], ...]:
    """Return the policies of a *kind* that hold for *proxies*, in the order of their names."""
    found = (find(read, schema, key) for key in read(selected, kind, proxies))
    return tuple(item for item in found if item is not None)


def selected(read: Read, kind: str, proxies: Proxies) -> tuple[Key, ...]:
    """Return which policies of a *kind* hold for *proxies*, in the order of their names."""
    keys = dict.fromkeys(read.group(POLICIES, (kind, "namespace", ISTIO_SYSTEM)))
    if proxies.target:
        keys |= dict.fromkeys(read.group(POLICIES, (kind, f"gateway {proxies.namespace}", proxies.target)))
    chosen = dict.fromkeys(
        key
        for label, value in sorted(proxies.labels)
        for key in read.group(POLICIES, (kind, label, value))
        if _means(read, key, proxies)
    )
    homes = _homes(read, proxies, chosen)
    keys |= dict.fromkeys(key for key in chosen if key.namespace in homes or key.namespace == ISTIO_SYSTEM)
    for home in homes:
        keys |= dict.fromkeys(read.group(POLICIES, (kind, "namespace", home)))
    return tuple(sorted(keys))


def _means(read: Read, key: Key, proxies: Proxies) -> bool:
    """Return whether the policy *key*, which names one label of *proxies*, names none that they have otherwise."""
    found = find(read, PolicyObject, key)
    known = dict(proxies.labels)
    wanted = found.value.spec.labels if found is not None else {}
    return all(known.get(label, value) == value for label, value in wanted.items())


def _homes(read: Read, proxies: Proxies, chosen: Mapping[Key, None]) -> list[str]:
    """Return the namespaces where *proxies* run: where a Service leads to them, else where policies are for them."""
    if proxies.namespace:
        return [proxies.namespace]
    of_services = {key.namespace for label in proxies.labels for key in read.group(SERVICES_BY_LABEL, label)}
    of_policies = {key.namespace for key in chosen}
    return sorted(of_services) or ([ISTIO_SYSTEM] if ISTIO_SYSTEM in of_policies else sorted(of_policies))


def gateways(read: Read) -> tuple[Proxies, ...]:
    """Return the proxies of all Gateways."""
    found = {proxies_of(gateway.value.spec.selector): None for gateway in every(read, Gateway, GATEWAY)}
    keys = read.group(OF_API, "")
    return (*found, *(proxies_of_target(key) for key in sorted(keys)))


def holds_at(read: Read, key: Key) -> tuple[Ref, ...]:
    """Return the gateways at which the policy *key* holds."""
    return tuple(proxies.gateway for proxies in read(gateways) if key in read(selected, key.kind, proxies))


def _policies(read: Read, key: Key) -> frozenset[tuple[str, str, str]]:
    found = find(read, PolicyObject, key)
    if found is None:
        return frozenset()
    spec = found.value.spec
    names = {(f"gateway {key.namespace}", target.name) for target in spec.targets if target.kind == "Gateway"}
    if not spec.targets:
        names |= set(spec.labels.items()) or {("namespace", key.namespace)}
    return frozenset((key.kind, *name) for name in names)


POLICIES: Index[Key, tuple[str, str, str]] = Index(
    OBJECTS, _policies, "policies by what they select", lambda key: ".istio.io/" in key.kind
)
"""The policies of a kind by each label that they select, by the Gateway that they are attached to, or by namespace."""


def _labels(read: Read, key: Key) -> frozenset[Label]:
    found = find(read, Service, key)
    selector = found.value.spec.selector if found else None
    pairs = selector.items() if isinstance(selector, Mapping) else ()
    return frozenset((str(name), str(value)) for name, value in pairs)


SERVICES_BY_LABEL: Index[Key, Label] = Index(OBJECTS, _labels, "services by the labels they select", of(SERVICE))
"""The Services of Kubernetes by each label of what they lead to."""


def _of_api(_: Read, __: Key) -> frozenset[str]:
    return frozenset({""})


OF_API: Index[Key, str] = Index(OBJECTS, _of_api, "gateways of Gateway API", of(API_GATEWAY))
"""Every Gateway of Gateway API."""
