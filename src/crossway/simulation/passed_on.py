"""What the connection manager passes on: the headers of a request without those that end at a proxy, and with its own.

The lists are those of Envoy's own cleaning of requests from outside; a property test compares what a backend sees.
https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/http/http_conn_man/header_sanitizing
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crossway.protos import unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.original_ip_detection.custom_header import v3 as custom_header_v3
from crossway.simulation.condition import parse_address
from crossway.simulation.request import Request

REQUEST_ID: Final = "<request id>"
_HOPS: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "x-forwarded-client-cert"}
)
"""What belongs to one connection (RFC 9110, section 7.6.1), and the certificate that only a proxy can vouch for."""
_PRIVATE: Final = frozenset(
    f"x-envoy-{name}"
    for name in (
        "decorator-operation",
        "downstream-service-cluster",
        "downstream-service-node",
        "expected-rq-timeout-ms",
        "external-address",
        "force-trace",
        "hedge-on-per-try-timeout",
        "internal",
        "ip-tags",
        "max-retries",
        "original-host",
        "original-path",
        "original-url",
        "retriable-header-names",
        "retriable-status-codes",
        "retry-grpc-on",
        "retry-on",
        "upstream-alt-stat-name",
        "upstream-rq-per-try-timeout-ms",
        "upstream-rq-timeout-alt-response",
        "upstream-rq-timeout-ms",
    )
)
"""What Envoy takes as an order, and therefore from nobody outside."""


def passed_on(manager: hcm_v3.HttpConnectionManager, request: Request, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that routes give on, of a *request* that has *headers* left; in <> what nobody can know."""
    sent = {name: value for name, value in headers.items() if name not in _HOPS and name not in _PRIVATE}
    if "te" in sent:
        sent["te"] = "trailers"
        if "trailers" not in (token.strip() for token in headers["te"].split(",")):
            del sent["te"]
    if not any(_is_own_header(extension) for extension in manager.original_ip_detection_extensions):
        peer = parse_address(request.peer_ip)
        address = "<address of the proxy>" if peer is not None and peer.is_loopback else request.peer_ip
        sent["x-forwarded-for"] = ",".join(filter(None, (sent.get("x-forwarded-for"), address)))
    nearest = manager.use_remote_address.value
    believes = not nearest or manager.xff_num_trusted_hops
    if not (believes and sent.get("x-forwarded-proto") in ("http", "https")):
        sent["x-forwarded-proto"] = request.scheme
    if nearest or "x-request-id" not in sent:
        sent["x-request-id"] = REQUEST_ID
    return sent


def _is_own_header(extension: core_v3.TypedExtensionConfig) -> bool:
    """Return whether the client's address is taken from a header of its own, so that the usual one stays as it is."""
    return isinstance(unpack(extension.typed_config), custom_header_v3.CustomHeaderConfig)
