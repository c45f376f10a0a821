"""The status of BackendTLSPolicies: for each gateway that sends to their services, whether they hold.

https://gateway-api.sigs.k8s.io/reference/spec/#policystatus
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from crossway.dialects.contract import OBJECTS, Key, Object, of
from crossway.dialects.gateway_api.attachment import attachments
from crossway.dialects.gateway_api.backend_tls import BackendTlsPolicy, checked_by, claims
from crossway.dialects.gateway_api.conditions import ACCEPTED, CONTROLLER, Condition, Told, resolved, written
from crossway.dialects.gateway_api.reference import ROUTES
from crossway.dialects.kubernetes.service import SERVICE
from crossway.memo import Index, Read
from crossway.model import errors

_MOST_ANCESTORS: Final = 16
"""How many a status may have (PolicyStatus.ancestors)."""


def _services(read: Read, key: Key) -> frozenset[Key]:
    found = read.input(OBJECTS, key) if key.kind in ROUTES else None
    return frozenset(_named(found)) if found is not None else frozenset()


def _named(route: Object[Any]) -> Iterator[Key]:
    for rule in route.value.spec.rules:
        for ref in rule.backend_refs:
            key = ref.key(route.key.namespace)
            if key.kind == SERVICE:
                yield key


ROUTES_BY_SERVICE: Final[Index[Key, Key]] = Index(OBJECTS, _services, "routes by service", of(*ROUTES))
"""The routes that send to a service."""


def policy_status(read: Read, found: Object[BackendTlsPolicy]) -> Told:
    """Return the status of a policy."""
    targets = [ref.key(found.key.namespace) for ref in found.value.spec.target_refs]
    routes = dict.fromkeys(route for target in targets for route in read.group(ROUTES_BY_SERVICE, target))
    ancestors = dict.fromkeys(
        item.gateway for route in routes for item in read(attachments, route) if item.is_accepted and item.gateway
    )
    made, troubles = checked_by(read, found.key)
    conditions = written(found, _accepted(read, found, is_checked=bool(made) or not troubles), resolved(troubles))
    return {
        "ancestors": [
            {"ancestorRef": _reference(gateway), "controllerName": CONTROLLER, "conditions": conditions}
            for gateway in list(ancestors)[:_MOST_ANCESTORS]
        ]
    }


def _accepted(read: Read, found: Object[BackendTlsPolicy], *, is_checked: bool) -> Condition:
    if wrong := errors(found.wrong):
        return Condition(ACCEPTED, "Invalid", wrong[0].message, holds=False)
    found_claims = read(claims, found.key)
    if not any(claim.reason == ACCEPTED for claim in found_claims):
        return Condition(ACCEPTED, found_claims[0].reason, found_claims[0].message, holds=False)
    if not is_checked:
        message = "no authority is left that could check the endpoints"
        return Condition(ACCEPTED, "NoValidCACertificate", message, holds=False)
    return Condition(ACCEPTED, ACCEPTED)


def _reference(gateway: Key) -> dict[str, str]:
    group, _, kind = gateway.kind.rpartition("/")
    return {"group": group, "kind": kind, "namespace": gateway.namespace, "name": gateway.name}
