"""The status of every object: what a controller writes there, from documents alone.

https://gateway-api.sigs.k8s.io/guides/implementers/#resource-details

Law: what is attached, open and found is what the translation says, since both ask the same queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from crossway.dialects.contract import Object, Status
from crossway.dialects.gateway_api.conditions import ACCEPTED, CONTROLLER, Condition, Told, written
from crossway.dialects.gateway_api.gateway_status import gateway_status, listener_set_status
from crossway.dialects.gateway_api.policy_status import policy_status
from crossway.dialects.gateway_api.reference import (
    BACKEND_TLS_POLICY,
    GATEWAY,
    GATEWAY_CLASS,
    LISTENER_SET,
    ROUTES,
    GatewayClass,
)
from crossway.dialects.gateway_api.route_status import route_status
from crossway.memo import Read

FEATURES: Final = (
    "BackendTLSPolicy",
    "BackendTLSPolicySANValidation",
    "GRPCRoute",
    "GRPCRouteNamedRouteRule",
    "Gateway",
    "GatewayAddressEmpty",
    "GatewayBackendClientCertificate",
    "GatewayFrontendClientCertificateValidation",
    "GatewayFrontendClientCertificateValidationInsecureFallback",
    "GatewayHTTPListenerIsolation",
    "GatewayHTTPSListenerDetectMisdirectedRequests",
    "GatewayPort8080",
    "HTTPRoute",
    "HTTPRoute303RedirectStatusCode",
    "HTTPRoute307RedirectStatusCode",
    "HTTPRoute308RedirectStatusCode",
    "HTTPRouteBackendProtocolH2C",
    "HTTPRouteBackendProtocolWebSocket",
    "HTTPRouteBackendRequestHeaderModification",
    "HTTPRouteBackendTimeout",
    "HTTPRouteCORS",
    "HTTPRouteDestinationPortMatching",
    "HTTPRouteHostRewrite",
    "HTTPRouteMethodMatching",
    "HTTPRouteNamedRouteRule",
    "HTTPRouteParentRefPort",
    "HTTPRoutePathRedirect",
    "HTTPRoutePathRewrite",
    "HTTPRoutePortRedirect",
    "HTTPRouteQueryParamMatching",
    "HTTPRouteRequestMirror",
    "HTTPRouteRequestMultipleMirrors",
    "HTTPRouteRequestPercentageMirror",
    "HTTPRouteRequestTimeout",
    "HTTPRouteResponseHeaderModification",
    "HTTPRouteRetry",
    "HTTPRouteSchemeRedirect",
    "ListenerSet",
    "ReferenceGrant",
    "TCPRoute",
    "TLSRoute",
    "TLSRouteModeMixed",
    "TLSRouteModeTerminate",
    "UDPRoute",
)
"""What of the API is supported (GEP-2162)."""


def class_status(_: Read, found: Object[GatewayClass]) -> Told | None:
    """Return the status of a class; `None` if another controller serves it."""
    spec = found.value.spec
    if spec.controller_name != CONTROLLER:
        return None
    accepted = Condition(ACCEPTED, ACCEPTED)
    if spec.parameters_ref is not None:
        message = "there are no parameters for a class"
        accepted = Condition(ACCEPTED, "InvalidParameters", message, holds=False)
    version = Condition("SupportedVersion", "SupportedVersion")
    return {"conditions": written(found, accepted, version), "supportedFeatures": [{"name": name} for name in FEATURES]}


STATUSES: Final[Mapping[str, Status[Any]]] = {
    GATEWAY_CLASS: class_status,
    GATEWAY: gateway_status,
    LISTENER_SET: listener_set_status,
    BACKEND_TLS_POLICY: policy_status,
    **dict.fromkeys(ROUTES, route_status),
}
"""The status of the objects of each kind."""
