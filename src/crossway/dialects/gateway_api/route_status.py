"""The status of routes: for each parent that they name, whether they are attached, and what of them is served.

https://gateway-api.sigs.k8s.io/reference/spec/#routestatus
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from crossway.dialects.contract import Key, Object
from crossway.dialects.gateway_api import grpc_route, http_route, stream_route
from crossway.dialects.gateway_api.attachment import Attachment, attachments
from crossway.dialects.gateway_api.conditions import ACCEPTED, CONTROLLER, Condition, Told, resolved, written
from crossway.dialects.gateway_api.reference import (
    GATEWAY,
    GRPC_ROUTE,
    HTTP_ROUTE,
    LISTENER_SET,
    TCP_ROUTE,
    TLS_ROUTE,
    UDP_ROUTE,
    ParentRef,
    Trouble,
)
from crossway.dialects.gateway_api.route import Rule
from crossway.dialects.kubernetes.service import SERVICE
from crossway.memo import Read
from crossway.model import errors

_RULES: Final[Mapping[str, Callable[[Read, Key, Any], Iterable[Rule]]]] = {
    HTTP_ROUTE: http_route.rules,
    GRPC_ROUTE: grpc_route.rules,
    TLS_ROUTE: stream_route.rules,
    TCP_ROUTE: stream_route.rules,
    UDP_ROUTE: stream_route.rules,
}
_PARENTS: Final = frozenset({GATEWAY, LISTENER_SET, SERVICE})
_UNSUPPORTED: Final = "UnsupportedValue"


def route_status(read: Read, found: Object[Any]) -> Told:
    """Return the status of a route."""
    rules = list(_RULES[found.key.kind](read, found.key, found.value.spec.rules))
    troubles = [trouble for rule in rules for trouble in rule.troubles]
    wrong = [Trouble(_UNSUPPORTED, finding.message, finding.path) for finding in errors(found.wrong)]
    wrong += [rule.fatal._replace(path=found.as_written(rule.fatal.path)) for rule in rules if rule.fatal is not None]
    broken = {item.path[2] if item.path[:2] == ("spec", "rules") and len(item.path) > 2 else None for item in wrong}
    count = len(rules) + sum(path[:-1] == ("spec", "rules") for path in found.gone)
    is_whole = not wrong or (None not in broken and len(broken) < count)
    conditions = [resolved(troubles)]
    if wrong and is_whole:
        message = f"some rules are closed: {wrong[0].message}"
        conditions.append(Condition("PartiallyInvalid", _UNSUPPORTED, message))
    parents = [
        {
            "parentRef": _written(item.ref),
            "controllerName": CONTROLLER,
            "conditions": written(found, _accepted(item, None if is_whole else wrong[0]), *conditions),
        }
        for item in read(attachments, found.key)
        if item.parent.kind in _PARENTS
    ]
    return {"parents": parents}


def _accepted(item: Attachment, wrong: Trouble | None) -> Condition:
    if not item.is_accepted:
        return Condition(ACCEPTED, item.reason, item.message, holds=False)
    if wrong is not None:
        return Condition(ACCEPTED, wrong.reason, wrong.message, holds=False)
    return Condition(ACCEPTED, ACCEPTED)


def _written(ref: ParentRef) -> Mapping[str, object]:
    """Return a parent as the route names it, with what is meant by default."""
    return {"group": ref.group, "kind": ref.kind} | ref.model_dump(by_alias=True, exclude_unset=True)
