"""What people write: the public, versioned resources, and what is said about them.

The model is public and forgiving; references are by name. What the compiler reads is the plan, and the two are
never the same classes.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from crossway.model import hostname
from crossway.model.artifact import Artifact, Artifacts, unfetched
from crossway.model.certificate import STORED_SECRET, Certificate, is_path
from crossway.model.consumer import Consumer, Credentials
from crossway.model.credential import (
    LOOPBACK,
    SHA,
    ApiKey,
    BasicCredential,
    Credential,
    Grant,
    JwtCredential,
    Label,
    MtlsCredential,
    OAuth2Client,
    Scope,
    SignatureAlgorithm,
    SignatureCredential,
    hashed,
)
from crossway.model.definition import Answers, Asked, Defined, Definition, DefinitionName, Pems, unusable
from crossway.model.document import Document
from crossway.model.finding import FieldPath, Finding, Findings, Origin, Severity, errors
from crossway.model.gateway import ClientCertificates, Gateway, Listener, ListenerTls, Protocol, TlsProfile
from crossway.model.namespace import Namespace
from crossway.model.part import (
    POLICIES_SCHEMA,
    READ_POLICY,
    Broken,
    CertificateName,
    Names,
    Part,
    Policies,
    ServiceName,
    Spec,
    SpecReader,
    attached_policies,
    did_you_mean,
    named_resources,
    problems,
)
from crossway.model.path import EVERY_PATH, PathKind, PathMatch, Regex
from crossway.model.plugin import Plugin
from crossway.model.provider import Provider, Providers, Silent, undiscovered
from crossway.model.rate import Rate, Unit, never_reached
from crossway.model.ref import DEFAULT_NAMESPACE, NAME_PATTERN, Ref
from crossway.model.route import (
    Backend,
    GrpcMatch,
    HeaderMatch,
    HeaderName,
    Match,
    Network,
    Redirect,
    Respond,
    Route,
    ValueMatch,
)
from crossway.model.service import BackendProtocol, BackendTls, Dns, DnsMode, Endpoint, ProxyProtocol, Service
from crossway.model.values import (
    REDACTED,
    Count,
    Duration,
    Percent,
    Secret,
    Size,
    StorageSize,
    format_duration,
    is_ip_address,
    parse_duration,
)
from crossway.model.workload import Mtls, Workload

KINDS: Final[Mapping[str, type[Part]]] = MappingProxyType(
    {
        "gateways": Gateway,
        "services": Service,
        "routes": Route,
        "consumers": Consumer,
        "certificates": Certificate,
        "plugins": Plugin,
        "definitions": Definition,
        "workloads": Workload,
        "namespaces": Namespace,
    }
)
"""The kinds of resources, under the word that stands for them in the configuration."""

Resources = Mapping[Ref, Part]
"""A whole configuration: every resource by its identity."""

__all__ = [
    "DEFAULT_NAMESPACE",
    "EVERY_PATH",
    "KINDS",
    "LOOPBACK",
    "NAME_PATTERN",
    "POLICIES_SCHEMA",
    "READ_POLICY",
    "REDACTED",
    "SHA",
    "STORED_SECRET",
    "Answers",
    "ApiKey",
    "Artifact",
    "Artifacts",
    "Asked",
    "Backend",
    "BackendProtocol",
    "BackendTls",
    "BasicCredential",
    "Broken",
    "Certificate",
    "CertificateName",
    "ClientCertificates",
    "Consumer",
    "Count",
    "Credential",
    "Credentials",
    "Defined",
    "Definition",
    "DefinitionName",
    "Dns",
    "DnsMode",
    "Document",
    "Duration",
    "Endpoint",
    "FieldPath",
    "Finding",
    "Findings",
    "Gateway",
    "Grant",
    "GrpcMatch",
    "HeaderMatch",
    "HeaderName",
    "JwtCredential",
    "Label",
    "Listener",
    "ListenerTls",
    "Match",
    "Mtls",
    "MtlsCredential",
    "Names",
    "Namespace",
    "Network",
    "OAuth2Client",
    "Origin",
    "Part",
    "PathKind",
    "PathMatch",
    "Pems",
    "Percent",
    "Plugin",
    "Policies",
    "Protocol",
    "Provider",
    "Providers",
    "ProxyProtocol",
    "Rate",
    "Redirect",
    "Ref",
    "Regex",
    "Resources",
    "Respond",
    "Route",
    "Scope",
    "Secret",
    "Service",
    "ServiceName",
    "Severity",
    "SignatureAlgorithm",
    "SignatureCredential",
    "Silent",
    "Size",
    "Spec",
    "SpecReader",
    "StorageSize",
    "TlsProfile",
    "Unit",
    "ValueMatch",
    "Workload",
    "attached_policies",
    "did_you_mean",
    "errors",
    "format_duration",
    "hashed",
    "hostname",
    "is_ip_address",
    "is_path",
    "named_resources",
    "never_reached",
    "parse_duration",
    "problems",
    "undiscovered",
    "unfetched",
    "unusable",
]
