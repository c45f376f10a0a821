"""Texts of Istio, and what they become: native settings by kind and name, and what is said of them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_dialects, load_policies
from crossway.dialects.contract import Dialect
from crossway.model import Document

GATEWAY = (
    "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: edge}, spec: {selector: {istio: edge},"
    " servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}}"
)
ENTRY = (
    "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: a}, spec: {hosts: [a.test],"
    " ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}}"
)
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80}]}}"


@dataclass(frozen=True)
class Reading:
    """What texts became."""

    settings: dict[str, dict[str, Any]]
    """Under a kind and a name, which has the namespace before it where that is not the default one."""
    codes: list[str]
    messages: list[str]

    def one(self, kind: str) -> dict[str, Any]:
        """Return the only resource of a kind."""
        (settings,) = self.settings[kind].values()
        return settings  # type: ignore[no-any-return]

    @property
    def policies(self) -> dict[str, Any]:
        """The policies of the only gateway, but for what is tried again."""
        return {name: said for name, said in self.one("gateways").get("policies", {}).items() if name != "retry"}


def read(*texts: str) -> Reading:
    """Return what *texts*, each one object, become."""
    policies, dialects = _registries()
    loaded = Pipeline(policies, dialects=dialects).read([Document("a.yaml", "\n---\n".join(texts))])
    settings: dict[str, dict[str, Any]] = {}
    for document in loaded.documents:
        if document.about is not None and document.settings is not None:
            settings.setdefault(document.about.kind, {})[document.about.local] = dict(document.settings)
    findings = loaded.findings
    return Reading(settings, [item.code for item in findings], [item.message for item in findings])


def written(kind: str, spec: str, *, name: str = "a", metadata: str = "", group: str = "networking") -> str:
    """Return an object of Istio."""
    head = f"apiVersion: {group}.istio.io/v1, kind: {kind}, metadata: {{name: {name}{metadata and f', {metadata}'}}}"
    return f"{{{head}, spec: {{{spec}}}}}"


def routed(rules: str, *more: str, hosts: str = "['*']") -> Reading:
    """Return what a VirtualService with these rules becomes at one gateway, which sends to `a.test`."""
    service = written("VirtualService", f"hosts: {hosts}, gateways: [edge], http: [{rules}]")
    return read(GATEWAY, ENTRY, service, *more)


def guarded(*policies: str) -> Reading:
    """Return what one gateway becomes with these policies."""
    return read(GATEWAY, *policies)


def authorization(spec: str, *, name: str = "a", metadata: str = "namespace: istio-system") -> str:
    """Return an AuthorizationPolicy, for the proxies of the gateway."""
    chosen = f"selector: {{matchLabels: {{istio: edge}}}}, {spec}"
    return written("AuthorizationPolicy", chosen, name=name, metadata=metadata, group="security")


@cache
def _registries() -> tuple[Any, tuple[Dialect, ...]]:
    return load_policies(), load_dialects()
