"""Where the lanes meet: the snapshot of a view holds what was compiled and the secrets that this needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from google.protobuf.message import Message
from msgspec.structs import replace

from crossway.compile.envoy import names, python
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.view import View
from crossway.compile.program import Purge
from crossway.daemon.pipeline import Pipeline
from crossway.model import DEFAULT_NAMESPACE, Ref
from crossway.protos import type_url, unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.service.discovery import v3 as discovery_v3
from crossway.xds.snapshot import Snapshot

ALL = "*"
"""The name of the view with all gateways; any other one is the gateways' names, with commas between."""


def view_of(name: str) -> View:
    """Return the view called *name*; a gateway that does not exist adds nothing to it."""
    if name == ALL:
        return View()
    return View(frozenset(Ref.parse("gateways", text.strip(), DEFAULT_NAMESPACE) for text in name.split(",")))


def view_snapshot(pipeline: Pipeline, view: View, secrets: Mapping[str, Resource]) -> Snapshot:
    """Return everything that proxies of *view* are given: of *secrets*, only what they need."""
    certificates, generic = pipeline.view_certificates(view), pipeline.view_secrets(view)
    needed = (item for name, item in secrets.items() if name in generic or item.about in certificates)
    joined = (joined_authorities(secrets, bundle) for bundle in pipeline.view_bundles(view))
    return Snapshot.of((*pipeline.resources(view), *needed, *filter(None, joined)))


def joined_authorities(secrets: Mapping[str, Resource], bundle: tuple[Ref, ...]) -> Resource | None:
    """Return the secret with the authorities of several certificates; `None` where *secrets* has those of none."""
    found = [secrets[name] for ref in bundle if (name := names.authorities(ref)) in secrets]
    contexts = [secret.validation_context for secret in map(opened, found) if isinstance(secret, tls_v3.Secret)]
    if not contexts:
        return None
    joined = tls_v3.Secret(name=names.authorities(*bundle))
    joined.validation_context.trusted_ca.inline_bytes = b"\n".join(one.trusted_ca.inline_bytes for one in contexts)
    revoked = b"\n".join(one.crl.inline_bytes for one in contexts if one.HasField("crl"))
    if revoked:
        joined.validation_context.crl.inline_bytes = revoked
        joined.validation_context.only_verify_leaf_cert_crl = True
    return Resource.of(joined.name, joined, bundle[0])


def obeying(snapshot: Snapshot, purges: Iterable[Purge]) -> Snapshot:
    """Return *snapshot* with a program that has *purges*: an older one, which stands in for another, has older ones."""
    kind, name = type_url(core_v3.TypedExtensionConfig), names.http_filter(python.PROGRAM)
    filters = snapshot.of_type(kind)
    if name not in filters:
        return snapshot
    program = replace(python.program_of(filters[name]), purges=tuple(purges))
    brought, *_ = python.extensions(program)
    return Snapshot({**snapshot.resources, kind: {**filters, name: brought}})


def opened(resource: Resource) -> Message:
    """Return the message that *resource* carries."""
    return unpack(discovery_v3.Resource.FromString(resource.wire).resource)
