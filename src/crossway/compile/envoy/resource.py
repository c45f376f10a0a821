"""Compiled resources: what a proxy is given, serialised once.

A `Resource` is made where it is compiled and travels as bytes from there on: every stream of every proxy that may
see it sends the same object. Its version is a hash of its content, so that two equal resources have one version on
every control plane, and a reconnecting proxy is not sent what it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from google.protobuf.message import Message

from crossway.model import Ref
from crossway.protos import type_url
from crossway.protos.envoy.service.discovery import v3 as discovery
from crossway.protos.google import protobuf


@dataclass(frozen=True, slots=True)
class Resource:
    """One versioned Envoy resource."""

    type_url: str
    name: str
    version: str
    wire: bytes = field(repr=False)
    """A serialised ``envoy.service.discovery.v3.Resource``, ready to be put into a delta response."""
    about: Ref | None = None
    """The resource of the user's that it was compiled from, for the finding if a proxy refuses it."""

    @classmethod
    def of(cls, name: str, message: Message, about: Ref | None = None) -> Resource:
        """Serialise *message* under *name*."""
        body = message.SerializeToString(deterministic=True)
        version = blake2b(body, digest_size=8).hexdigest()
        kind = type_url(message)
        wire = discovery.Resource(name=name, version=version, resource=protobuf.Any(type_url=kind, value=body))
        return cls(kind, name, version, wire.SerializeToString(), about)
