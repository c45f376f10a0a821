"""DestinationRule: how a service is talked to, and the subsets of its endpoints.

What it says of a service is an overlay on the service that a Service or a ServiceEntry makes; a subset is a service of
its own, with the endpoints that carry its labels.
https://istio.io/latest/docs/reference/config/networking/destination-rule/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Ignored, Key, Made, Mapped, Object, Refused, Translation, find
from crossway.dialects.istio.destination import Port, ports, settings
from crossway.dialects.istio.objects import NETWORKING, PortSelector, full_host
from crossway.dialects.kubernetes.material import SECRET, SecretObject, authorities, certificate
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Ref, Severity

DESTINATION_RULE: Final = f"{NETWORKING}/DestinationRule"

_ALGORITHMS: Final = {
    "ROUND_ROBIN": "round_robin",
    "LEAST_REQUEST": "least_request",
    "LEAST_CONN": "least_request",
    "RANDOM": "random",
    "UNSPECIFIED": None,
}


class HTTPCookie(Camel):
    """A cookie whose value is the key."""

    name: Annotated[str, Mapped("policies.load_balancing.hash_by.cookie")]
    ttl: Annotated[str | None, Mapped("policies.load_balancing.hash_by.cookie.ttl")] = None
    path: Annotated[str | None, Mapped("policies.load_balancing.hash_by.cookie.path")] = None
    attributes: Annotated[Any, Ignored("a cookie that is set here has the attributes that are safe")] = None


class RingHash(Camel):
    """A ring."""

    minimum_ring_size: Annotated[int | None, Mapped("policies.load_balancing.table_size")] = None


class Maglev(Camel):
    """A table."""

    table_size: Annotated[int | None, Mapped("policies.load_balancing.table_size")] = None


class ConsistentHash(Camel):
    """The same endpoint for the same key."""

    http_header_name: Annotated[str | None, Mapped("policies.load_balancing.hash_by.header")] = None
    http_cookie: HTTPCookie | None = None
    use_source_ip: Annotated[bool, Mapped("policies.load_balancing.hash_by")] = False
    http_query_parameter_name: Annotated[str | None, Mapped("policies.load_balancing.hash_by.query")] = None
    ring_hash: RingHash | None = None
    maglev: Maglev | None = None
    minimum_ring_size: Annotated[int | None, Mapped("policies.load_balancing.table_size")] = None


class LoadBalancer(Camel):
    """Which endpoint gets a request."""

    simple: Annotated[
        Literal["UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"] | None,
        Mapped("policies.load_balancing.algorithm"),
    ] = None
    consistent_hash: ConsistentHash | None = None
    warmup: Annotated[Any, Ignored("a new endpoint gets its share at once")] = None
    warmup_duration_secs: Annotated[str | None, Mapped("policies.load_balancing.slow_start.window")] = None
    locality_lb_setting: Annotated[Any, Ignored("which zone is sent to is decided by zones of load_balancing")] = None


class TcpKeepalive(Camel):
    """Probes on idle connections."""

    probes: Annotated[Any, Ignored("dead connections are found by health checks and outlier detection")] = None
    time: Annotated[Any, Ignored("dead connections are found by health checks and outlier detection")] = None
    interval: Annotated[Any, Ignored("dead connections are found by health checks and outlier detection")] = None


class TcpSettings(Camel):
    """Bounds of connections."""

    max_connections: Annotated[int | None, Mapped("policies.circuit_breaker.max_connections")] = None
    connect_timeout: Annotated[str | None, Mapped("policies.connection.connect_timeout")] = None
    tcp_keepalive: TcpKeepalive | None = None
    max_connection_duration: Annotated[Any, Ignored("connections to endpoints last as long as they are good")] = None
    idle_timeout: Annotated[Any, Ignored("idle connections are closed by the endpoint")] = None


class HttpSettings(Camel):
    """Bounds of requests."""

    http1_max_pending_requests: Annotated[
        int | None, Field(alias="http1MaxPendingRequests"), Mapped("policies.circuit_breaker.max_pending_requests")
    ] = None
    http2_max_requests: Annotated[
        int | None, Field(alias="http2MaxRequests"), Mapped("policies.circuit_breaker.max_requests")
    ] = None
    max_retries: Annotated[int | None, Mapped("policies.circuit_breaker.max_retries")] = None
    max_requests_per_connection: Annotated[int | None, Mapped("policies.connection.max_requests")] = None
    idle_timeout: Annotated[str | None, Mapped("policies.connection.idle_timeout")] = None
    h2_upgrade_policy: Annotated[
        Literal["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"] | None,
        Field(alias="h2UpgradePolicy"),
        Mapped("services.protocol"),
    ] = None
    use_client_protocol: Annotated[bool, Mapped("services.protocol")] = False
    max_concurrent_streams: Annotated[Any, Ignored("endpoints say themselves how many streams they take")] = None


class ConnectionPool(Camel):
    """Bounds of what is under way."""

    tcp: TcpSettings | None = None
    http: HttpSettings | None = None


class OutlierDetection(Camel):
    """Which endpoints are left out for a while."""

    consecutive_errors: Annotated[int | None, Mapped("policies.outlier_detection.consecutive_errors")] = None
    consecutive5xx_errors: Annotated[
        int | None, Field(alias="consecutive5xxErrors"), Mapped("policies.outlier_detection.consecutive_errors")
    ] = None
    consecutive_gateway_errors: Annotated[
        int | None, Mapped("policies.outlier_detection.consecutive_gateway_errors")
    ] = None
    consecutive_local_origin_failures: Annotated[
        int | None, Mapped("policies.outlier_detection.consecutive_connection_errors")
    ] = None
    split_external_local_origin_errors: Annotated[Any, Ignored("errors of connections are always counted apart")] = None
    interval: Annotated[str | None, Mapped("policies.outlier_detection.interval")] = None
    base_ejection_time: Annotated[str | None, Mapped("policies.outlier_detection.ejection_time")] = None
    max_ejection_percent: Annotated[int | None, Mapped("policies.outlier_detection.max_ejected")] = None
    min_health_percent: Annotated[int | None, Mapped("policies.load_balancing.panic_threshold")] = None


class ClientTls(Camel):
    """TLS towards the endpoints."""

    mode: Annotated[Literal["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"], Mapped("services.tls")] = "DISABLE"
    client_certificate: Annotated[str | None, Mapped("certificates.certificate")] = None
    private_key: Annotated[str | None, Mapped("certificates.key")] = None
    ca_certificates: Annotated[str | None, Mapped("certificates.ca")] = None
    credential_name: Annotated[str | None, Mapped("services.tls.certificate, services.tls.ca")] = None
    ca_crl: Annotated[str | None, Mapped("certificates.crl")] = None
    sni: Annotated[str | None, Mapped("services.tls.sni")] = None
    subject_alt_names: Annotated[tuple[str, ...], Mapped("services.tls.names")] = ()
    insecure_skip_verify: Annotated[bool, Mapped("services.tls.verify")] = False


class TrafficPolicyPort(Camel):
    """How one port of a service is talked to."""

    port: PortSelector | None = None
    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None


class TrafficPolicy(Camel):
    """How a service is talked to."""

    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None
    port_level_settings: tuple[TrafficPolicyPort, ...] = ()
    tunnel: Annotated[Any, Refused("services are reached without a tunnel")] = None
    proxy_protocol: Annotated[Any, Refused("a PROXY protocol header is asked for by services.proxy_protocol")] = None
    retry_budget: Annotated[Any, Ignored("retries are bounded by max_retries of circuit_breaker")] = None


class Subset(Camel):
    """A part of the endpoints."""

    name: Annotated[str, Mapped("services, the name")]
    labels: Annotated[Mapping[str, str], Mapped("services.endpoints")] = Field(default_factory=dict)
    traffic_policy: TrafficPolicy | None = None


class DestinationRuleSpec(Camel):
    """What a rule says of a service."""

    host: Annotated[str, Mapped("services")]
    traffic_policy: TrafficPolicy | None = None
    subsets: tuple[Subset, ...] = ()
    export_to: Annotated[Any, Ignored("every namespace sees every service")] = None
    workload_selector: Annotated[Any, Refused("rules for some clients alone belong to the mesh")] = None


class DestinationRule(KubernetesObject):
    """How a service is talked to."""

    spec: DestinationRuleSpec


class _Tls:
    """Makes the TLS settings of a service, and the certificates they name."""

    def __init__(self, read: Read, found: Object[DestinationRule]) -> None:
        self._read = read
        self._found = found
        self.made: list[Made] = []
        self.findings: list[Finding] = []

    def settings(self, tls: ClientTls, path: FieldPath) -> dict[str, object] | None:
        """Return the settings; `None` for clear text."""
        if tls.mode == "ISTIO_MUTUAL":
            message = "identities of the mesh are not in force yet, so endpoints are spoken to in clear text"
            self.findings.append(Finding("mesh.not_in_force", message, Severity.WARNING, path=(*path, "mode")))
        if tls.mode in ("DISABLE", "ISTIO_MUTUAL"):
            return None
        said: dict[str, object] = {"sni": tls.sni, "names": list(tls.subject_alt_names)}
        if tls.insecure_skip_verify:
            said["verify"] = False
        namespace = self._found.key.namespace
        if tls.credential_name:
            said |= self._of_secret(tls, path)
        elif tls.client_certificate or tls.ca_certificates:
            files = {"certificate": tls.client_certificate, "key": tls.private_key, "ca": tls.ca_certificates}
            files |= {"crl": tls.ca_crl}
            ref = Ref("certificates", f"{self._found.key.name}_tls", namespace)
            given = {name: file for name, file in files.items() if file}
            self.made.append(Made(ref, given, self._found.source, {(): path}))
            said |= {"certificate": ref.name} if tls.client_certificate else {}
            said |= {"ca": ref.name} if tls.ca_certificates else {}
        return {name: value for name, value in said.items() if value not in (None, [])}

    def _of_secret(self, tls: ClientTls, path: FieldPath) -> dict[str, object]:
        name = tls.credential_name or ""
        said: dict[str, object] = {}
        wanted: list[tuple[str, Callable[[Object[SecretObject]], Made | Finding], tuple[str, ...]]] = [
            ("ca", authorities, (name, f"{name}-cacert"))
        ]
        if tls.mode == "MUTUAL":
            wanted.append(("certificate", certificate, (name,)))
        for field, make, names in wanted:
            for one in names:
                secret = find(self._read, SecretObject, Key(SECRET, self._found.key.namespace, one))
                result = make(secret) if secret else None
                if isinstance(result, Made):
                    self.made.append(result)
                    said[field] = result.ref.name
                    break
            else:
                message = f"there is no secret {name} with what tls needs ({field}) in {self._found.key.namespace}"
                self.findings.append(Finding("istio.credential", message, path=(*path, "credentialName")))
                said[field] = name
        return said


def translate_destination_rule(read: Read, found: Object[DestinationRule]) -> Translation:
    """Return overlays on the ports of a service, and a service for each subset and port."""
    spec = found.value.spec
    host = full_host(spec.host, found.value.namespace)
    known = ports(read, host)
    tls = _Tls(read, found)
    made: list[Made] = []
    for port in known:
        said = _policy(spec.traffic_policy, port, tls, ("spec", "trafficPolicy"))
        if said:
            made.append(Made(port.ref, said, found.source, {(): ("spec", "trafficPolicy")}, overlay=True))
        for index, subset in enumerate(spec.subsets):
            path: FieldPath = ("spec", "subsets", index)
            base = settings(read, host, port.number, subset.labels)
            own = _policy(subset.traffic_policy, port, tls, (*path, "trafficPolicy"))
            whole = _over(base, _over(said, own))
            made.append(Made(port.subset(subset.name), whole, found.source, {(): path}))
            if not whole["endpoints"]:
                message = f"no endpoint of {spec.host} is known to carry the labels of {subset.name}"
                hint = "documents of EndpointSlices and Pods, or of WorkloadEntries, say them"
                finding = Finding("istio.empty_subset", message, Severity.WARNING, path=path, hint=hint)
                tls.findings.append(finding)
    if not known:
        message = f"there is no Service and no ServiceEntry for {spec.host}, so this changes nothing"
        tls.findings.append(Finding("istio.unknown_host", message, Severity.WARNING, path=("spec", "host")))
    return Translation((*made, *tls.made), tuple(dict.fromkeys(tls.findings)))


def _over(base: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    """Return *base* with *more*, where *more* is right; policies are taken one by one."""
    policies = {**_mapping(base.get("policies")), **_mapping(more.get("policies"))}
    return {**base, **more, **({"policies": policies} if policies else {})}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _policy(policy: TrafficPolicy | None, port: Port, tls: _Tls, path: FieldPath) -> dict[str, object]:
    """Return what a policy says of a port. Settings of the port take the place of all others, as in Istio."""
    if policy is None:
        return {}
    for index, own in enumerate(policy.port_level_settings):
        if own.port is not None and own.port.number == port.number:
            return _settings(own, tls, (*path, "portLevelSettings", index))
    return _settings(policy, tls, path)


def _settings(policy: TrafficPolicy | TrafficPolicyPort, tls: _Tls, path: FieldPath) -> dict[str, object]:
    said: dict[str, object] = {}
    if policy.tls is not None and (secured := tls.settings(policy.tls, (*path, "tls"))) is not None:
        said["tls"] = secured
    policies: dict[str, object] = {}
    if policy.load_balancer is not None:
        balancing = _balancing(policy.load_balancer, tls, path)
        policies |= {"load_balancing": balancing} if balancing else {}
    if policy.connection_pool is not None:
        policies |= dict(_pool(policy.connection_pool))
        http = policy.connection_pool.http
        if http is not None and http.h2_upgrade_policy == "UPGRADE":
            said["protocol"] = "http2"
        if http is not None and http.use_client_protocol:
            said["protocol"] = "match"
    if policy.outlier_detection is not None:
        policies["outlier_detection"] = _outliers(policy.outlier_detection)
        if policy.outlier_detection.min_health_percent:
            balancing = {"panic_threshold": policy.outlier_detection.min_health_percent}
            policies["load_balancing"] = {**balancing, **_mapping(policies.get("load_balancing"))}
    return {**said, **({"policies": policies} if policies else {})}


def _balancing(balancer: LoadBalancer, tls: _Tls, path: FieldPath) -> dict[str, object]:
    said: dict[str, object] = {}
    hashing = balancer.consistent_hash
    if hashing is not None:
        key: object = "source_ip"
        if hashing.http_header_name:
            key = {"header": hashing.http_header_name}
        elif hashing.http_query_parameter_name:
            key = {"query": hashing.http_query_parameter_name}
        elif hashing.http_cookie is not None:
            cookie = hashing.http_cookie
            fields = {"name": cookie.name, "ttl": cookie.ttl, "path": cookie.path}
            key = {"cookie": {name: value for name, value in fields.items() if value}}
        size = hashing.maglev.table_size if hashing.maglev else hashing.minimum_ring_size
        size = hashing.ring_hash.minimum_ring_size if hashing.ring_hash else size
        said = {"algorithm": "maglev" if hashing.maglev else "ring_hash", "hash_by": key, "table_size": size}
    elif balancer.simple == "PASSTHROUGH":
        message = "a gateway has no original destination to pass through to"
        tls.findings.append(Finding("istio.unsayable", message, path=(*path, "loadBalancer", "simple")))
    elif balancer.simple is not None:
        said = {"algorithm": _ALGORITHMS[balancer.simple]}
    if balancer.warmup_duration_secs:
        said["slow_start"] = {"window": balancer.warmup_duration_secs}
    return {name: value for name, value in said.items() if value}


def _pool(pool: ConnectionPool) -> Iterator[tuple[str, dict[str, object]]]:
    tcp, http = pool.tcp or TcpSettings(), pool.http or HttpSettings()
    breaker = {
        "max_connections": tcp.max_connections,
        "max_pending_requests": http.http1_max_pending_requests,
        "max_requests": http.http2_max_requests,
        "max_retries": http.max_retries,
    }
    connection = {
        "connect_timeout": tcp.connect_timeout,
        "max_requests": http.max_requests_per_connection or None,
        "idle_timeout": http.idle_timeout,
    }
    for name, fields in (("circuit_breaker", breaker), ("connection", connection)):
        said: dict[str, object] = {field: value for field, value in fields.items() if value is not None}
        if said:
            yield name, said


def _outliers(detection: OutlierDetection) -> dict[str, object]:
    errors = (
        detection.consecutive5xx_errors if detection.consecutive5xx_errors is not None else detection.consecutive_errors
    )
    said: dict[str, object] = {
        "consecutive_errors": errors,
        "consecutive_gateway_errors": detection.consecutive_gateway_errors,
        "consecutive_connection_errors": detection.consecutive_local_origin_failures,
        "interval": detection.interval,
        "ejection_time": detection.base_ejection_time,
        "max_ejected": detection.max_ejection_percent,
    }
    return {name: value for name, value in said.items() if value}
