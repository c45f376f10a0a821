"""Kubernetes Gateway API, from documents: https://gateway-api.sigs.k8s.io."""

from typing import Final

from crossway.dialects.contract import Dialect
from crossway.dialects.gateway_api.attachment import ROUTES_BY_PARENT
from crossway.dialects.gateway_api.backend_tls import BACKEND_TLS, POLICIES_BY_TARGET
from crossway.dialects.gateway_api.gateway import SETS_BY_GATEWAY
from crossway.dialects.gateway_api.grpc_route import GRPC_ROUTES
from crossway.dialects.gateway_api.http_route import HTTP_ROUTES
from crossway.dialects.gateway_api.opening import GATEWAYS
from crossway.dialects.gateway_api.policy_status import ROUTES_BY_SERVICE
from crossway.dialects.gateway_api.reference import REFERENCES
from crossway.dialects.gateway_api.status import STATUSES
from crossway.dialects.gateway_api.stream_route import STREAM_ROUTES
from crossway.dialects.gateway_api.writing import write
from crossway.dialects.kubernetes.objects import KUBERNETES

DIALECT: Final = Dialect(
    "gateway_api",
    "Kubernetes Gateway API v1.6",
    KUBERNETES,
    (*REFERENCES, *GATEWAYS, GRPC_ROUTES, HTTP_ROUTES, *STREAM_ROUTES, BACKEND_TLS),
    (SETS_BY_GATEWAY, ROUTES_BY_PARENT, ROUTES_BY_SERVICE, POLICIES_BY_TARGET),
    write=write,
    statuses=STATUSES,
)
