"""Annotations of the Kong Ingress Controller.

https://developer.konghq.com/kubernetes-ingress-controller/reference/annotations/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator, ConfigDict

from crossway.dialects.contract import Concept, Foreign, Ignored, Mapped, Object, Refused
from crossway.dialects.fate import examine
from crossway.dialects.kubernetes.objects import KubernetesObject
from crossway.model import Findings

PREFIX: Final = "konghq.com/"
HEADERS: Final = f"{PREFIX}headers."
WHERE: Final = ("metadata", "annotations")

_CLUSTER: Final = "it is about the cluster, and says nothing about requests"


def _kebab(name: str) -> str:
    return f"{PREFIX}{name.replace('_', '-')}"


def _words(value: object) -> object:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def _flag(value: object) -> object:
    return {"true": True, "false": False}.get(value.strip().lower(), value) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Number = Annotated[int | None, BeforeValidator(lambda value: int(value) if str(value).isdigit() else value)]


class Annotations(Foreign):
    """Annotations: their names without `konghq.com/`."""

    model_config = ConfigDict(alias_generator=_kebab)

    plugins: Annotated[Words, Mapped("policies")] = ()
    override: Annotated[str | None, Mapped("what the KongIngress says")] = None
    tags: Annotated[Any, Ignored("words for people and tools")] = None


class RouteAnnotations(Annotations):
    """Of an Ingress."""

    protocols: Annotated[Words | None, Mapped("routes.matches.headers")] = None
    strip_path: Annotated[Flag, Mapped("routes.policies.rewrite")] = False
    preserve_host: Annotated[Flag, Mapped("routes.policies.rewrite.host")] = True
    https_redirect_status_code: Annotated[Number, Mapped("routes.redirect.status")] = None
    regex_priority: Annotated[Number, Mapped("routes.priority")] = None
    regex_prefix: Annotated[str, Mapped("routes.matches.path")] = "/~"
    methods: Annotated[Words | None, Mapped("routes.matches.methods")] = None
    host_aliases: Annotated[Words, Mapped("routes.hostnames")] = ()
    path_handling: Annotated[str, Mapped("routes.policies.rewrite")] = "v0"
    snis: Annotated[
        str | None, Refused("requests are told apart by their host, and not by the name in the handshake")
    ] = None
    rewrite: Annotated[str | None, Mapped("routes.policies.rewrite")] = None
    request_buffering: Annotated[Any, Ignored("bodies of any size pass through as they come")] = None
    response_buffering: Annotated[Any, Ignored("bodies of any size pass through as they come")] = None


class ServiceAnnotations(Annotations):
    """Of a Service."""

    protocol: Annotated[str | None, Mapped("services.protocol, services.tls")] = None
    path: Annotated[str | None, Mapped("routes.policies.rewrite")] = None
    host_header: Annotated[str | None, Mapped("routes.policies.rewrite.host")] = None
    connect_timeout: Annotated[Number, Mapped("services.policies.connection.connect_timeout")] = None
    read_timeout: Annotated[Number, Mapped("services.policies.timeout.idle")] = None
    write_timeout: Annotated[Number, Mapped("services.policies.timeout.idle")] = None
    retries: Annotated[Number, Mapped("services.policies.retry")] = None
    upstream_policy: Annotated[str | None, Mapped("services.policies.load_balancing")] = None
    client_cert: Annotated[str | None, Mapped("services.tls.certificate")] = None
    ca_certificates_secrets: Annotated[Words, Refused("write a BackendTLSPolicy with the authorities")] = ()
    ca_certificates_configmap: Annotated[Words, Refused("write a BackendTLSPolicy with the authorities")] = ()
    tls_verify: Annotated[Flag, Mapped("services.tls.verify")] = False
    tls_verify_depth: Annotated[Any, Ignored("a chain is verified as a whole")] = None


A = TypeVar("A", bound=Annotations)


def notes_of(found: Object[Any], schema: type[A]) -> tuple[A, Findings]:
    """Return what the annotations of an object say, and what is wrong with them; the paths begin at the object."""
    value: KubernetesObject = found.value
    said = {
        name: text
        for name, text in value.metadata.annotations.items()
        if str(name).startswith(PREFIX) and not str(name).startswith(HEADERS)
    }
    made, wrong, _ = examine(Concept("annotations", schema), said)
    placed = tuple(replace(finding, path=(*WHERE, *finding.path)) for finding in wrong)
    return (made if isinstance(made, schema) else schema(), placed)


def headers(found: Object[Any]) -> Mapping[str, tuple[str, ...]]:
    """Return the conditions on headers that annotations say, one for each header."""
    value: KubernetesObject = found.value
    return {
        str(name).removeprefix(HEADERS): tuple(word.strip() for word in str(text).split(","))
        for name, text in value.metadata.annotations.items()
        if str(name).startswith(HEADERS)
    }
