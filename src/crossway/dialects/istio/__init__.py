"""Istio's gateway kinds, and what of the mesh a gateway needs to know."""

from typing import Final

from crossway.dialects.contract import Concept, Dialect
from crossway.dialects.istio.destination import BY_DESTINATION
from crossway.dialects.istio.destination_rule import DESTINATION_RULE, DestinationRule, translate_destination_rule
from crossway.dialects.istio.gateway import GATEWAY, Gateway, translate_gateway
from crossway.dialects.istio.objects import VERSIONS
from crossway.dialects.istio.routes import translate_virtual_service
from crossway.dialects.istio.service_entry import (
    BY_HOST,
    SERVICE_ENTRY,
    WORKLOAD_ENTRY,
    ServiceEntry,
    WorkloadEntry,
    translate_service_entry,
)
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
    ),
    (BY_HOST, BY_DESTINATION),
)
