"""Gateway: ports, hosts and certificates of the proxies that a selector names.

All Gateways with one selector are one gateway of the model, as they are one set of proxies. Servers in clear text share
a listener for each port, and the routes say the hosts; each server with TLS is a listener of its own.
https://istio.io/latest/docs/reference/config/networking/gateway/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Ignored, Key, Made, Mapped, Object, Refused, Translation, find
from crossway.dialects.istio.objects import NETWORKING, RETRY
from crossway.dialects.kubernetes.material import SECRET, SecretObject, authorities, certificate
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.dialects.kubernetes.service import PortNumber, service_name
from crossway.memo import Read
from crossway.model import DEFAULT_NAMESPACE, FieldPath, Finding, Ref
from crossway.model.values import is_ip_address

GATEWAY: Final = f"{NETWORKING}/Gateway"
ISTIO_SYSTEM: Final = "istio-system"
"""Where the proxies of a gateway usually run, and so where their secrets are."""

_HTTP: Final = frozenset({"HTTP", "HTTP2", "GRPC", "GRPC-WEB"})


class ServerPort(Camel):
    """The port of a server."""

    number: Annotated[PortNumber, Mapped("gateways.listeners.port")]
    protocol: Annotated[str, Mapped("gateways.listeners.protocol")]
    name: Annotated[str, Mapped("what a route calls it")] = ""
    target_port: Annotated[Any, Ignored("a proxy that listens by itself has no other port inside")] = None


class ServerTls(Camel):
    """How a server speaks TLS."""

    mode: Annotated[
        Literal["PASSTHROUGH", "SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL"],
        Mapped("gateways.listeners.tls"),
    ] = "PASSTHROUGH"
    https_redirect: Annotated[bool, Mapped("routes.redirect")] = False
    credential_name: Annotated[str | None, Mapped("gateways.listeners.tls.certificates")] = None
    credential_names: Annotated[tuple[str, ...], Mapped("gateways.listeners.tls.certificates")] = ()
    ca_cert_credential_name: Annotated[str | None, Mapped("gateways.listeners.tls.client.ca")] = None
    server_certificate: Annotated[str | None, Mapped("certificates.certificate")] = None
    private_key: Annotated[str | None, Mapped("certificates.key")] = None
    ca_certificates: Annotated[str | None, Mapped("certificates.ca")] = None
    ca_crl: Annotated[str | None, Mapped("certificates.crl")] = None
    min_protocol_version: Annotated[
        Literal["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"], Mapped("gateways.listeners.tls.profile")
    ] = "TLS_AUTO"
    max_protocol_version: Annotated[Any, Ignored("newer versions of TLS are safer, and clients choose")] = None
    cipher_suites: Annotated[Any, Ignored("the ciphers of the profile are those with forward secrecy")] = None
    subject_alt_names: Annotated[Any, Refused("names of clients are checked by the policy mtls of the routes")] = None
    verify_certificate_spki: Annotated[Any, Refused("clients are checked against authorities")] = None
    verify_certificate_hash: Annotated[Any, Refused("clients are checked against authorities")] = None


class Server(Camel):
    """One port of a gateway, for some hosts."""

    port: ServerPort
    hosts: Annotated[tuple[str, ...], Mapped("gateways.listeners.hostnames, routes.hostnames"), Field(min_length=1)]
    tls: ServerTls | None = None
    bind: Annotated[str, Mapped("gateways.listeners.address")] = ""
    name: Annotated[str, Mapped("gateways.listeners, the name")] = ""
    default_endpoint: Annotated[Any, Refused("a gateway sends to services")] = None

    @property
    def mode(self) -> str:
        """What happens to TLS: as in `ServerTls.mode`, or ``none`` for clear text."""
        return self.tls.mode if self.tls is not None and self.port.protocol.upper() not in _HTTP else "none"

    @property
    def speaks_http(self) -> bool:
        """Whether requests can be seen here."""
        protocol = self.port.protocol.upper()
        return protocol in _HTTP or (protocol == "HTTPS" and self.mode not in ("PASSTHROUGH", "AUTO_PASSTHROUGH"))


class GatewaySpec(Camel):
    """What a gateway says."""

    selector: Annotated[Mapping[str, str], Mapped("gateways, the name")] = Field(default_factory=dict)
    servers: tuple[Server, ...] = ()


class Gateway(KubernetesObject):
    """Ports of the proxies that a selector names."""

    spec: GatewaySpec


@dataclass(frozen=True, slots=True)
class Door:
    """One server of a Gateway, as a listener of the model."""

    gateway: Ref
    listener: str
    server: Server

    def hosts(self, namespace: str, own: str) -> Iterator[str]:
        """Yield the hosts that a route in *namespace* may have here, for a Gateway in the namespace *own*."""
        for text in self.server.hosts:
            space, slash, host = text.rpartition("/")
            if not slash or space == "*" or namespace == (own if space == "." else space):
                yield host


def gateway_ref(selector: Mapping[str, str]) -> Ref:
    """Return the gateway of the model that the proxies with these labels are."""
    name = selector.get("istio") or "_".join(selector[key] for key in sorted(selector)) or "istio"
    if set(selector) == {"app"}:
        name = name.removeprefix("istio-")
    return Ref("gateways", name, DEFAULT_NAMESPACE)


def doors(found: Object[Gateway]) -> tuple[Door, ...]:
    """Return the listener that each server of a Gateway is."""
    ref = gateway_ref(found.value.spec.selector)
    return tuple(Door(ref, _listener(found, index), server) for index, server in enumerate(found.value.spec.servers))


def _listener(found: Object[Gateway], index: int) -> str:
    server = found.value.spec.servers[index]
    protocol = "http" if server.port.protocol.upper() in _HTTP else server.port.protocol.lower()
    shared = f"{protocol}-{server.port.number}"
    if server.mode == "none":
        return shared if not server.bind else f"{shared}_{server.bind.replace(':', '.')}"
    return f"{shared}_{found.key.namespace}_{found.key.name}_{index}"


def translate_listeners(read: Read, found: Object[Gateway]) -> Translation:
    """Return the gateway with the listeners of this object, and the redirects that its servers ask for."""
    made: list[Made] = []
    findings: list[Finding] = []
    for index, door in enumerate(doors(found)):
        path: FieldPath = ("spec", "servers", index)
        settings = _settings(read, found, door, path, made, findings)
        if settings is not None:
            retry = {"policies": {"retry": RETRY}} if door.server.speaks_http else {}
            opened = {"listeners": {door.listener: settings}, **retry}
            made.append(Made(door.gateway, opened, found.source, {(): path}))
        tls = door.server.tls
        if tls is not None and tls.https_redirect and door.server.mode == "none":
            made.append(_redirect(found, door, index))
    return Translation(tuple(made), tuple(findings))


def _redirect(found: Object[Gateway], door: Door, index: int) -> Made:
    hosts = [host for host in door.hosts(found.key.namespace, found.key.namespace) if host != "*"]
    settings: dict[str, object] = {
        "gateways": [service_name(door.gateway, found.key.namespace)],
        "listeners": [door.listener],
        **({"hostnames": hosts} if hosts else {}),
        "priority": 2**30,
        "redirect": {"scheme": "https", "status": 301},
    }
    ref = Ref("routes", f"{found.key.name}_{index}_https", found.key.namespace)
    return Made(ref, settings, found.source, {(): ("spec", "servers", index)})


def _settings(
    read: Read, found: Object[Gateway], door: Door, path: FieldPath, made: list[Made], findings: list[Finding]
) -> dict[str, object] | None:
    """Return the listener that a server is; `None` if it cannot be opened."""
    server = door.server
    settings: dict[str, object] = {"port": server.port.number}
    if is_ip_address(server.bind):
        settings["address"] = server.bind
    elif server.bind:
        message = f"{server.bind} is no IP address, so this server is not opened"
        findings.append(Finding("istio.server", message, path=(*path, "bind")))
        return None
    protocol, mode = server.port.protocol.upper(), server.mode
    if mode != "none":
        hosts = list(dict.fromkeys(text.rpartition("/")[2] for text in server.hosts))
        if "*" not in hosts:
            settings["hostnames"] = hosts
    if mode in ("PASSTHROUGH", "AUTO_PASSTHROUGH"):
        return {**settings, "protocol": "tls"}
    if mode == "ISTIO_MUTUAL":
        message = "certificates of the mesh are not there yet, so this server is not opened"
        findings.append(Finding("istio.server", message, path=(*path, "tls", "mode")))
        return None
    if protocol in ("TCP", "TLS"):
        settings["protocol"] = "tcp"
    elif protocol not in _HTTP | {"HTTPS"}:
        message = f"{server.port.protocol} is not spoken, so this server is not opened"
        findings.append(Finding("istio.server", message, path=(*path, "port", "protocol")))
        return None
    if mode == "none":
        if protocol in ("HTTPS", "TLS"):
            message = f"{protocol} needs tls, so this server is not opened"
            findings.append(Finding("istio.server", message, path=path))
            return None
        return settings
    tls = _tls(read, found, server, path, made, findings)
    return {**settings, "tls": tls} if tls is not None else None


def _tls(
    read: Read, found: Object[Gateway], server: Server, path: FieldPath, made: list[Made], findings: list[Finding]
) -> dict[str, object] | None:
    """Return how a server ends TLS; its certificates are added to *made*."""
    tls = server.tls
    assert tls is not None
    names: list[str] = []
    here = (*path, "tls")
    if tls.server_certificate and tls.private_key:
        ref = Ref("certificates", f"{found.key.name}_{path[-1]}", DEFAULT_NAMESPACE)
        files = {"certificate": tls.server_certificate, "key": tls.private_key}
        made.append(Made(ref, files, found.source, {(): here}))
        names.append(ref.name)
    for name in tls.credential_names or filter(None, (tls.credential_name,)):
        secret = _secret(read, name, found.key.namespace)
        result = (
            certificate(secret) if secret else f"there is no secret {name} in {found.key.namespace} or {ISTIO_SYSTEM}"
        )
        if isinstance(result, Made):
            made.append(result)
            names.append(service_name(result.ref, DEFAULT_NAMESPACE))
        else:
            message = result.message if isinstance(result, Finding) else result
            findings.append(Finding("istio.credential", message, path=(*here, "credentialName")))
    if not names:
        findings.append(Finding("istio.server", "a server without a certificate is not opened", path=here))
        return None
    settings: dict[str, object] = {"certificates": names}
    if tls.min_protocol_version == "TLSV1_3":
        settings["profile"] = "modern"
    if tls.mode in ("MUTUAL", "OPTIONAL_MUTUAL"):
        ca = _client_authorities(read, found, tls, path, made)
        if ca is None:
            message = "there are no authorities for certificates of clients, so this server is not opened"
            findings.append(Finding("istio.credential", message, path=here))
            return None
        settings["client"] = {"ca": ca, **({"required": False} if tls.mode == "OPTIONAL_MUTUAL" else {})}
    return settings


def _client_authorities(
    read: Read, found: Object[Gateway], tls: ServerTls, path: FieldPath, made: list[Made]
) -> str | None:
    """Return the certificate that holds the authorities for clients: of a file, or of a secret."""
    if tls.ca_certificates:
        ref = Ref("certificates", f"{found.key.name}_{path[-1]}_ca", DEFAULT_NAMESPACE)
        files = {"ca": tls.ca_certificates, **({"crl": tls.ca_crl} if tls.ca_crl else {})}
        made.append(Made(ref, files, found.source, {(): (*path, "tls")}))
        return ref.name
    names = [tls.ca_cert_credential_name] if tls.ca_cert_credential_name else []
    names += [f"{tls.credential_name}-cacert", tls.credential_name or ""] if tls.credential_name else []
    for name in names:
        secret = _secret(read, name, found.key.namespace)
        result = authorities(secret) if secret else None
        if isinstance(result, Made):
            if secret is not None and secret.key.name != tls.credential_name:
                made.append(result)
            return service_name(result.ref, DEFAULT_NAMESPACE)
    return None


def _secret(read: Read, name: str, namespace: str) -> Object[SecretObject] | None:
    """Return a secret beside the Gateway, or beside the proxies: these are usually elsewhere, and it is theirs."""
    for place in (namespace, ISTIO_SYSTEM):
        found = find(read, SecretObject, Key(SECRET, place, name))
        if found is not None:
            return found
    return None
