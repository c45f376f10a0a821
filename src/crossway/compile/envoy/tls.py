"""TLS on both sides of the proxy. Keys and certificates come by name, in a lane of their own (SDS)."""

from __future__ import annotations

from typing import Final

from google.protobuf.message import Message

from crossway.compile.envoy import names
from crossway.model import (
    BackendProtocol,
    BackendTls,
    ClientCertificates,
    ListenerTls,
    ProxyProtocol,
    Ref,
    Service,
    TlsProfile,
    is_ip_address,
)
from crossway.plan.gateway import ListenerPlan
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.transport_sockets.proxy_protocol import v3 as proxy_protocol_v3
from crossway.protos.envoy.extensions.transport_sockets.quic import v3 as quic_v3
from crossway.protos.envoy.extensions.transport_sockets.raw_buffer import v3 as raw_buffer_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3

# Mozilla, "Server Side TLS", intermediate: what remains of it in BoringSSL, in its order. TLS 1.3 needs no list.
INTERMEDIATE_CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)


def secret_config(name: str) -> tls_v3.SdsSecretConfig:
    """Return the reference to the secret *name*."""
    config = tls_v3.SdsSecretConfig(name=name)
    config.sds_config.resource_api_version = core_v3.ApiVersion.V3
    config.sds_config.ads.SetInParent()
    return config


def downstream_context(listener: ListenerPlan, protocols: tuple[str, ...]) -> tls_v3.DownstreamTlsContext:
    """Return how *listener* terminates TLS, offering *protocols* by ALPN."""
    tls = listener.settings.tls
    assert tls is not None, f"{listener.name} does not terminate TLS"
    context = tls_v3.DownstreamTlsContext()
    common = context.common_tls_context
    common.alpn_protocols.extend(protocols)
    for certificate in listener.certificates:
        common.tls_certificate_sds_secret_configs.append(secret_config(names.secret(certificate)))
    _profile(common, tls)
    if tls.client:
        _ask_clients(context, tls.client, listener.authorities)
    return context


def _ask_clients(
    context: tls_v3.DownstreamTlsContext, client: ClientCertificates, authorities: tuple[Ref, ...]
) -> None:
    """Ask clients for certificates. Envoy insists on one only where it knows authorities, heeded or not."""
    context.require_client_certificate.value = client.required
    common = context.common_tls_context
    if client.verify:
        common.validation_context_sds_secret_config.CopyFrom(secret_config(names.authorities(*authorities)))
        return
    anyone = tls_v3.CertificateValidationContext(
        trust_chain_verification=tls_v3.CertificateValidationContext.ACCEPT_UNTRUSTED
    )
    if client.required:
        combined = common.combined_validation_context
        combined.default_validation_context.CopyFrom(anyone)
        combined.validation_context_sds_secret_config.CopyFrom(secret_config(names.authorities(*authorities)))
    else:
        common.validation_context.CopyFrom(anyone)


def _profile(common: tls_v3.CommonTlsContext, tls: ListenerTls) -> None:
    parameters = tls_v3.TlsParameters
    if tls.profile is TlsProfile.MODERN:
        common.tls_params.tls_minimum_protocol_version = parameters.TLSv1_3
    else:
        common.tls_params.tls_minimum_protocol_version = parameters.TLSv1_2
        common.tls_params.cipher_suites.extend(INTERMEDIATE_CIPHERS)
    common.tls_params.tls_maximum_protocol_version = parameters.TLSv1_3


def downstream_transport(listener: ListenerPlan, protocols: tuple[str, ...]) -> core_v3.TransportSocket:
    """Return the transport socket of a TCP listener that terminates TLS."""
    return _socket("envoy.transport_sockets.tls", downstream_context(listener, protocols))


def quic_transport(listener: ListenerPlan) -> core_v3.TransportSocket:
    """Return the transport socket of the HTTP/3 twin of a listener."""
    context = quic_v3.QuicDownstreamTransport(downstream_tls_context=downstream_context(listener, ("h3",)))
    context.downstream_tls_context.common_tls_context.ClearField("tls_params")  # QUIC is TLS 1.3, always
    return _socket("envoy.transport_sockets.quic", context)


def backend_transport(ref: Ref, service: Service) -> core_v3.TransportSocket | None:
    """Return the transport socket towards the endpoints of *service*; `None` for clear text without anything."""
    inner: core_v3.TransportSocket | None = None
    if service.tls:
        context = _upstream_context(ref, service.tls)
        if service.protocol is BackendProtocol.HTTP3:
            quic = quic_v3.QuicUpstreamTransport(upstream_tls_context=context)
            inner = _socket("envoy.transport_sockets.quic", quic)
        else:
            inner = _socket("envoy.transport_sockets.tls", context)
    if service.proxy_protocol is None:
        return inner
    if inner is None:
        inner = _socket("envoy.transport_sockets.raw_buffer", raw_buffer_v3.RawBuffer())
    versions = core_v3.ProxyProtocolConfig.Version
    version = versions.V2 if service.proxy_protocol is ProxyProtocol.V2 else versions.V1
    wrapper = proxy_protocol_v3.ProxyProtocolUpstreamTransport(
        config=core_v3.ProxyProtocolConfig(version=version), transport_socket=inner
    )
    return _socket("envoy.transport_sockets.upstream_proxy_protocol", wrapper)


def backend_authorities(ref: Ref, tls: BackendTls) -> tuple[Ref, ...]:
    """Return the certificates that the endpoints of the service *ref* are checked against."""
    return tuple(Ref.parse("certificates", name, ref.namespace) for name in tls.ca)


def _upstream_context(ref: Ref, tls: BackendTls) -> tls_v3.UpstreamTlsContext:
    context = tls_v3.UpstreamTlsContext(sni=tls.sni or "")
    common = context.common_tls_context
    if tls.certificate:
        certificate = Ref.parse("certificates", tls.certificate, ref.namespace)
        common.tls_certificate_sds_secret_configs.append(secret_config(names.secret(certificate)))
    if not tls.verify:
        return context
    expected = tls.names or ((tls.sni,) if tls.sni else ())
    combined = common.combined_validation_context
    combined.default_validation_context.SetInParent()
    for name in expected:
        matcher = combined.default_validation_context.match_typed_subject_alt_names.add()
        kinds = tls_v3.SubjectAltNameMatcher
        matcher.san_type = kinds.IP_ADDRESS if is_ip_address(name) else kinds.URI if ":" in name else kinds.DNS
        matcher.matcher.exact = name
    if tls.ca:
        authorities = backend_authorities(ref, tls)
        combined.validation_context_sds_secret_config.CopyFrom(secret_config(names.authorities(*authorities)))
    else:
        combined.validation_context_sds_secret_config.name = names.MACHINE_AUTHORITIES
    return context


def _socket(name: str, message: Message) -> core_v3.TransportSocket:
    return core_v3.TransportSocket(name=name, typed_config=pack(message))
