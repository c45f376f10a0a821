"""Every concept that the Kong Ingress Controller reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from crossway.dialects.contract import Concept, Translate
from crossway.dialects.kong.controller.consumer import (
    KONG_CONSUMER,
    KONG_GROUP,
    KongConsumer,
    KongConsumerGroup,
    translate_consumer,
)
from crossway.dialects.kong.controller.ingress import translate_ingress
from crossway.dialects.kong.controller.plugin import CLUSTER_PLUGIN, KONG_PLUGIN, KongPlugin, translate_plugin
from crossway.dialects.kong.controller.upstream import (
    KONG_INGRESS,
    KONG_VAULT,
    UPSTREAM_POLICY,
    KongIngress,
    KongUpstreamPolicy,
    KongVault,
    translate_policy,
    translate_service,
)
from crossway.dialects.kubernetes.ingress import INGRESSES
from crossway.dialects.kubernetes.service import SERVICE

CONCEPTS: Final[tuple[Concept[Any], ...]] = (
    Concept(KONG_PLUGIN, KongPlugin, translate_plugin, ("v1", "v1beta1")),
    Concept(CLUSTER_PLUGIN, KongPlugin, translate_plugin, ("v1", "v1beta1")),
    Concept(KONG_CONSUMER, KongConsumer, translate_consumer, ("v1", "v1beta1")),
    Concept(KONG_GROUP, KongConsumerGroup, versions=("v1", "v1beta1", "v1alpha1")),
    Concept(KONG_INGRESS, KongIngress, versions=("v1",)),
    Concept(UPSTREAM_POLICY, KongUpstreamPolicy, translate_policy, ("v1beta1",)),
    Concept(KONG_VAULT, KongVault, versions=("v1alpha1",)),
)
READERS: Final[Mapping[str, Translate[Any]]] = {
    **dict.fromkeys(INGRESSES, translate_ingress),
    SERVICE: translate_service,
}
"""What it makes of objects of Kubernetes itself."""
