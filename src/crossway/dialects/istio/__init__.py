"""Istio: its gateway kinds, the policies that hold at gateways, and what of the mesh is kept for later."""

from typing import Final

from crossway.dialects.contract import Concept, Dialect
from crossway.dialects.istio.authorization_policy import AUTHORIZATION_POLICY, AuthorizationPolicy
from crossway.dialects.istio.destination import BY_DESTINATION
from crossway.dialects.istio.destination_rule import DESTINATION_RULE, DestinationRule, translate_destination_rule
from crossway.dialects.istio.extensions import (
    ENVOY_FILTER,
    WASM_PLUGIN,
    EnvoyFilter,
    WasmPlugin,
    translate_envoy_filter,
    translate_wasm_plugin,
)
from crossway.dialects.istio.gateway import GATEWAY, Gateway
from crossway.dialects.istio.gateway_policies import translate_api_gateway, translate_gateway
from crossway.dialects.istio.guards import (
    translate_authorization_policy,
    translate_peer_authentication,
    translate_request_authentication,
)
from crossway.dialects.istio.mesh import MESH_ONLY
from crossway.dialects.istio.objects import VERSIONS
from crossway.dialects.istio.peer_authentication import PEER_AUTHENTICATION, PeerAuthentication
from crossway.dialects.istio.request_authentication import REQUEST_AUTHENTICATION, RequestAuthentication
from crossway.dialects.istio.routes import translate_virtual_service
from crossway.dialects.istio.selection import API_GATEWAY, OF_API, POLICIES, SERVICES_BY_LABEL
from crossway.dialects.istio.service_entry import (
    BY_HOST,
    SERVICE_ENTRY,
    WORKLOAD_ENTRY,
    ServiceEntry,
    WorkloadEntry,
    translate_service_entry,
)
from crossway.dialects.istio.telemetry import TELEMETRY, Telemetry, translate_telemetry
from crossway.dialects.istio.virtual_service import VIRTUAL_SERVICE, VirtualService
from crossway.dialects.kubernetes.objects import KUBERNETES

DIALECT: Final = Dialect(
    "istio",
    "Istio",
    KUBERNETES,
    (
        Concept(GATEWAY, Gateway, translate_gateway, VERSIONS),
        Concept(
            VIRTUAL_SERVICE, VirtualService, translate_virtual_service, VERSIONS, frozenset({"spec.http[].match[]"})
        ),
        Concept(DESTINATION_RULE, DestinationRule, translate_destination_rule, VERSIONS),
        Concept(SERVICE_ENTRY, ServiceEntry, translate_service_entry, VERSIONS),
        Concept(WORKLOAD_ENTRY, WorkloadEntry, versions=VERSIONS),
        Concept(
            REQUEST_AUTHENTICATION,
            RequestAuthentication,
            translate_request_authentication,
            VERSIONS,
            frozenset({"spec.jwtRules[]"}),
            frozenset({"spec.jwtRules"}),
        ),
        Concept(
            AUTHORIZATION_POLICY,
            AuthorizationPolicy,
            translate_authorization_policy,
            VERSIONS,
            frozenset({"spec.rules[]"}),
            frozenset({"spec.rules"}),
        ),
        Concept(PEER_AUTHENTICATION, PeerAuthentication, translate_peer_authentication, VERSIONS),
        Concept(TELEMETRY, Telemetry, translate_telemetry, ("v1", "v1alpha1")),
        Concept(WASM_PLUGIN, WasmPlugin, translate_wasm_plugin, ("v1alpha1",)),
        Concept(ENVOY_FILTER, EnvoyFilter, translate_envoy_filter, VERSIONS),
        *MESH_ONLY,
    ),
    (BY_HOST, BY_DESTINATION, POLICIES, SERVICES_BY_LABEL, OF_API),
    {API_GATEWAY: translate_api_gateway},
)
