"""Gateways with the policies that hold for their proxies, be they gateways of Istio or of Gateway API."""

from __future__ import annotations

from typing import Any

from crossway.dialects.contract import Made, Object, Translation
from crossway.dialects.istio.extensions import closing, modules
from crossway.dialects.istio.gateway import Gateway, translate_listeners
from crossway.dialects.istio.guards import guards
from crossway.dialects.istio.rules import EVERYTHING
from crossway.dialects.istio.selection import Proxies, proxies_of, proxies_of_target
from crossway.dialects.istio.telemetry import observed
from crossway.memo import Read


def translate_gateway(read: Read, found: Object[Gateway]) -> Translation:
    """Return what a Gateway of Istio makes, and what holds at the gateway that it belongs to."""
    translation = translate_listeners(read, found)
    added = read(attached, proxies_of(found.value.spec.selector))
    return Translation((*translation.made, *added), translation.findings)


def translate_api_gateway(read: Read, found: Object[Any]) -> Translation:
    """Return what Istio's policies add to a Gateway of Gateway API."""
    return Translation(read(attached, proxies_of_target(found.key)))


def attached(read: Read, proxies: Proxies) -> tuple[Made, ...]:
    """Return what policies add to the gateway that *proxies* are."""
    guarding = guards(read, proxies)
    source = closing(read, proxies)
    if source is not None:
        settings = {"policies": {"authorize": {"deny": [EVERYTHING]}}}
        guarding = (Made(proxies.gateway, settings, source, overlay=True),)
    return (*guarding, *observed(read, proxies), *modules(read, proxies))
