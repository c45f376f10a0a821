"""Texts of the Gateway API, and what is made of them."""

from typing import Any

from crossway.daemon.registry import load_dialects
from crossway.dialects.contract import Key
from crossway.dialects.gateway_api.reference import GROUP
from crossway.dialects.translator import Translated, Translator
from crossway.model import Document

SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80}]}}"


def written(kind: str, name: str, spec: str, *, metadata: str = "", version: str = "v1") -> str:
    """Return the text of an object of the Gateway API."""
    head = f"apiVersion: {GROUP}/{version}, kind: {kind}, metadata: {{name: {name}{metadata and f', {metadata}'}}}"
    return f"{{{head}, spec: {{{spec}}}}}"


def gateway(listeners: str, name: str = "edge", *, more: str = "", metadata: str = "") -> str:
    """Return a Gateway; *more* is the rest of what it says."""
    return written("Gateway", name, f"gatewayClassName: crossway, listeners: [{listeners}], {more}", metadata=metadata)


def route(rules: str, name: str = "web", *, more: str = "", kind: str = "HTTPRoute", parents: str = "") -> str:
    """Return a route of the gateway ``edge``, or of *parents*."""
    return written(kind, name, f"parentRefs: [{parents or '{name: edge}'}], rules: [{rules}], {more}")


def key(kind: str, name: str = "web", namespace: str = "default") -> Key:
    """Return the identity of an object of the Gateway API."""
    return Key(f"{GROUP}/{kind}", namespace, name)


class Scene:
    """What some objects become."""

    def __init__(self, *texts: str) -> None:
        self.translator = Translator(load_dialects())
        self.result = self.read(*texts)

    def read(self, *texts: str) -> Translated:
        """Return what other objects become."""
        return self.translator.read([Document("a.yaml", "\n---\n".join(texts))])

    def made(self, kind: str) -> dict[str, Any]:
        """Return the resources of one kind, by name."""
        found = (one for one in self.result.documents if one.about is not None and one.about.kind == kind)
        return {one.about.name: one.settings for one in found if one.about is not None}

    @property
    def said(self) -> list[str]:
        """The codes of what is wrong."""
        return [finding.code for finding in self.result.findings]


def rule(text: str, *others: str) -> Any:
    """Return the route that a rule of an HTTPRoute becomes, in the best of worlds."""
    scene = Scene(gateway("{name: http, port: 80, protocol: HTTP}"), SERVICE, route(f"{{{text}}}"), *others)
    assert scene.said == []
    (settings,) = scene.made("routes").values()
    return settings
