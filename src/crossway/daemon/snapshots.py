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
    certificates, names = pipeline.view_certificates(view), pipeline.view_secrets(view)
    needed = (item for name, item in secrets.items() if name in names or item.about in certificates)
    return Snapshot.of((*pipeline.resources(view), *needed))


def obeying(snapshot: Snapshot, purges: Iterable[Purge]) -> Snapshot:
    """Return *snapshot* with a program that has *purges*: an older one, which stands in for another, has older ones."""
    kind, name = type_url(core_v3.TypedExtensionConfig), names.http_filter(python.PROGRAM)
    filters = snapshot.of_type(kind)
    if name not in filters:
        return snapshot
    program = replace(python.program_of(filters[name]), purges=tuple(purges))
    brought, _ = python.extensions(program)
    return Snapshot({**snapshot.resources, kind: {**filters, name: brought}})


def opened(resource: Resource) -> Message:
    """Return the message that *resource* carries."""
    return unpack(discovery_v3.Resource.FromString(resource.wire).resource)
