"""Effects: what the filters of a rule do, as policies and redirects of the model.

https://gateway-api.sigs.k8s.io/reference/spec/#httproutefilter

Law: a filter that cannot be kept is never passed over. A copy that goes nowhere is left out; where nobody can be asked
about a request, none may pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossway.dialects.contract import Key, find
from crossway.dialects.gateway_api.backend import Reached, reach
from crossway.dialects.gateway_api.filter import AnyFilter, HeaderFilter, HttpFilter, RuleFilter, native_host
from crossway.dialects.gateway_api.reference import ObjectRef, Trouble
from crossway.dialects.kubernetes.own import POLICIES, PolicySet
from crossway.dialects.kubernetes.service import service_name
from crossway.memo import Read
from crossway.model import FieldPath


@dataclass
class Effect:
    """What the filters of a rule do."""

    policies: dict[str, Any] = field(default_factory=dict)
    redirect: dict[str, object] | None = None
    services: list[Reached] = field(default_factory=list)
    """The services that are sent copies or asked."""
    over_http2: list[Reached] = field(default_factory=list)
    """Those of them that are asked over gRPC."""
    troubles: list[Trouble] = field(default_factory=list)
    """Which copies go nowhere."""
    extensions: list[tuple[Mapping[str, Any], int]] = field(default_factory=list)
    """The policies that Gateway API has no filters for, each set with the number of the filter that names it."""
    fatal: Trouble | None = None
    """Why no request may pass: nobody can be asked about it, or an extension is not there."""


def effect(read: Read, route: Key, filters: Sequence[RuleFilter], path: FieldPath) -> Effect:
    """Return what the filters at *path* of a route do."""
    made = Effect()
    copies: list[object] = []
    for index, item in enumerate(filters):
        here: FieldPath = (*path, index)
        if item.request_header_modifier:
            _edit(made, "request", item.request_header_modifier)
        elif item.response_header_modifier:
            _edit(made, "response", item.response_header_modifier)
        elif item.request_mirror:
            reached = reach(read, route, item.request_mirror.backend_ref, (*here, "requestMirror", "backendRef"))
            if isinstance(reached, Reached):
                made.services.append(reached)
                copies.append(item.request_mirror.native(service_name(reached.ref, route.namespace)))
            else:
                made.troubles.append(reached)
        elif item.extension_ref:
            found = _policies(read, route, item.extension_ref, here)
            if isinstance(found, Trouble):
                made.fatal = found
            else:
                made.extensions.append((found, index))
        elif isinstance(item, HttpFilter):
            _http(read, route, item, here, made)
    if copies:
        made.policies["mirror"] = copies[0] if len(copies) == 1 else copies
    return made


def _http(read: Read, route: Key, item: HttpFilter, path: FieldPath, made: Effect) -> None:
    """Add what a filter does that only an HTTPRoute has."""
    if item.request_redirect:
        made.redirect = item.request_redirect.native()
    elif item.url_rewrite:
        made.policies["rewrite"] = made.policies.get("rewrite", {}) | item.url_rewrite.native()
    elif item.cors:
        made.policies["cors"] = item.cors.native()
    elif item.external_auth:
        reached = reach(read, route, item.external_auth.backend_ref, (*path, "externalAuth", "backendRef"))
        if isinstance(reached, Reached):
            made.services.append(reached)
            made.over_http2 += [reached] if item.external_auth.protocol == "GRPC" else []
            made.policies["ext_authz"] = item.external_auth.native(service_name(reached.ref, route.namespace))
        else:
            made.fatal = reached


def edits(filters: Sequence[AnyFilter]) -> dict[str, Any]:
    """Return the policies of filters that only change headers."""
    made = Effect()
    for item in filters:
        if item.request_header_modifier:
            _edit(made, "request", item.request_header_modifier)
        elif item.response_header_modifier:
            _edit(made, "response", item.response_header_modifier)
    return made.policies


def _policies(read: Read, route: Key, named: ObjectRef, path: FieldPath) -> Mapping[str, Any] | Trouble:
    """Return the policies of an extension. Without it, no request may pass (HTTPRouteFilter.extensionRef)."""
    key = named.key(route.namespace)
    if key.kind != POLICIES:
        return Trouble("InvalidKind", f"{key.kind} is no kind of filter; {POLICIES} is one", path)
    found = find(read, PolicySet, key)
    if found is None or found.wrong:
        return Trouble("BackendNotFound", f"there is no usable {key}", path)
    return found.value.spec


def _edit(made: Effect, direction: str, change: HeaderFilter) -> None:
    """Add changes of headers to *made*. The host is changed by a rewrite."""
    changes = change.edits()
    written = changes.get("set", {})
    if direction == "request" and "host" in written:
        made.policies.setdefault("rewrite", {}).setdefault("host", native_host(written.pop("host")))
        if not written:
            del changes["set"]
    if changes:
        made.policies.setdefault("headers", {})[direction] = changes
