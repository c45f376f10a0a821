"""Ingresses, and which controller each of them is for.

https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from crossway.dialects.contract import OBJECTS, Concept, Key, Mapped, Object, Refused, Translation, find, of
from crossway.dialects.kubernetes.objects import DEFAULT, Camel, KubernetesObject
from crossway.memo import Index, Read
from crossway.model import Finding, Severity

INGRESS: Final = "networking.k8s.io/Ingress"
OLD_INGRESS: Final = "extensions/Ingress"
"""As before Kubernetes 1.22."""
INGRESSES: Final = (INGRESS, OLD_INGRESS)
INGRESS_CLASS: Final = "networking.k8s.io/IngressClass"
CLASS_ANNOTATION: Final = "kubernetes.io/ingress.class"
_IS_DEFAULT: Final = "ingressclass.kubernetes.io/is-default-class"

CONTROLLERS: Final = {"kong": "ingress-controllers.konghq.com/kong"}
"""The controllers whose Ingresses are read: their usual class, and what classes call them."""


class BackendPort(Camel):
    """A port of a service."""

    number: Annotated[int | None, Mapped("routes.to")] = None
    name: Annotated[str | None, Mapped("routes.to")] = None


class ServiceBackend(Camel):
    """A service."""

    name: Annotated[str, Mapped("routes.to")]
    port: BackendPort = BackendPort()


class IngressBackend(Camel):
    """Where requests go."""

    service: ServiceBackend | None = None
    resource: Annotated[Any, Refused("requests go to services")] = None
    service_name: Annotated[str | None, Mapped("routes.to")] = None
    service_port: Annotated[int | str | None, Mapped("routes.to")] = None

    @property
    def name(self) -> str:
        """The name of the service."""
        return self.service.name if self.service else self.service_name or ""

    @property
    def port(self) -> int | str | None:
        """The number or the name of the port."""
        if self.service is not None:
            return self.service.port.number or self.service.port.name
        return self.service_port


class IngressPath(Camel):
    """A path, and where its requests go."""

    path: Annotated[str, Mapped("routes.matches.path")] = "/"
    path_type: Annotated[Literal["Prefix", "Exact", "ImplementationSpecific"], Mapped("routes.matches.path")] = (
        "ImplementationSpecific"
    )
    backend: IngressBackend


class IngressHttp(Camel):
    """The paths of a rule."""

    paths: tuple[IngressPath, ...] = ()


class IngressRule(Camel):
    """What becomes of requests for a host, or for every one."""

    host: Annotated[str, Mapped("routes.hostnames")] = ""
    http: IngressHttp = IngressHttp()


class IngressTls(Camel):
    """A certificate, and the hosts that it is for."""

    hosts: Annotated[tuple[str, ...], Mapped("gateways.listeners.tls.certificates")] = ()
    secret_name: Annotated[str | None, Mapped("certificates")] = None


class IngressSpec(Camel):
    """What an Ingress says."""

    ingress_class_name: Annotated[str | None, Mapped("whose Ingress it is")] = None
    default_backend: IngressBackend | None = None
    backend: IngressBackend | None = None
    rules: tuple[IngressRule, ...] = ()
    tls: tuple[IngressTls, ...] = ()

    @property
    def fallback(self) -> IngressBackend | None:
        """Where requests go that no rule takes."""
        return self.default_backend or self.backend


class Ingress(KubernetesObject):
    """An Ingress."""

    spec: IngressSpec = IngressSpec()

    @property
    def class_name(self) -> str:
        """The name of its class; empty if it has none."""
        return str(self.metadata.annotations.get(CLASS_ANNOTATION) or self.spec.ingress_class_name or "")


class IngressClassSpec(Camel):
    """What a class says."""

    controller: Annotated[str, Mapped("whose Ingresses they are")] = ""
    parameters: Annotated[Any, Refused("parameters of a class are those of one product")] = None


class IngressClass(KubernetesObject):
    """A class of Ingresses."""

    spec: IngressClassSpec = IngressClassSpec()


def _defaults(read: Read, key: Key) -> frozenset[str]:
    found = find(read, IngressClass, key) if key.kind == INGRESS_CLASS else None
    default = found is not None and str(found.value.metadata.annotations.get(_IS_DEFAULT)).lower() == "true"
    return frozenset({"default"}) if default else frozenset()


DEFAULT_CLASSES: Index[Key, str] = Index(OBJECTS, _defaults, "default classes of Ingresses", of(INGRESS_CLASS))


def controller_of(read: Read, ingress: Ingress) -> str:
    """Return the word for the controller that *ingress* is for, of `CONTROLLERS`; empty for none of these."""
    name = ingress.class_name
    if not name:
        defaults = read.group(DEFAULT_CLASSES, "default")
        name = defaults[0].name if defaults else ""
    found = find(read, IngressClass, Key(INGRESS_CLASS, DEFAULT, name))
    if found is None:
        return name if name in CONTROLLERS else ""
    return next((word for word, called in CONTROLLERS.items() if called == found.value.spec.controller), "")


def translate_ingress(read: Read, found: Object[Ingress]) -> Translation:
    """Return what there is to say of an Ingress that nobody reads."""
    if controller_of(read, found.value):
        return Translation()
    name = found.value.class_name
    what = f"of the class {name}" if name else "without a class"
    message = f"Ingresses {what} are not read, so it is left out"
    expected = f"a class of {' or '.join(sorted(CONTROLLERS))}"
    return Translation((), (Finding("dialect.kind_unknown", message, Severity.WARNING, expected=expected),))


INGRESS_CONCEPTS: Final[tuple[Concept[Any], ...]] = (
    Concept(INGRESS, Ingress, translate_ingress, ("v1", "v1beta1"), frozenset({"spec.rules[].http.paths[]"})),
    Concept(OLD_INGRESS, Ingress, translate_ingress, ("v1beta1",), frozenset({"spec.rules[].http.paths[]"})),
    Concept(INGRESS_CLASS, IngressClass, versions=("v1", "v1beta1")),
)
