"""Definitions: what a service says of its own interface, in the words of its protocol.

Whoever reads them is somewhere else. Here is where they stand, and what they are once they were read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Final, NamedTuple, Self

from pydantic import Field, model_validator

from crossway.model.finding import FieldPath, Finding, Severity
from crossway.model.part import Names, Part, ServiceName
from crossway.model.provider import Silent
from crossway.model.ref import Ref

LARGEST_DEFINITION: Final = 16 * 2**20
"""Bytes of a definition, with all that it imports."""


class FetchedFrom(Part):
    """Where a service says what it is, over HTTP."""

    service: ServiceName
    """The service that is asked; `namespace/name` for one elsewhere."""
    path: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=4_096)]
    """The path, with its query: `/orders?wsdl`, `/openapi.json`."""


class Definition(Part):
    """The interface of a service, which policies read: a WSDL, an OpenAPI document, a GraphQL schema, a descriptor set.

    It is read when the configuration is, and again whenever its file changes. It may have 16 MiB, with all files that
    it imports. While a file that was good is not well-formed, or gone, what was read before holds.

    A service that says itself what it is, by `reflection` or `fetch`, is asked by the control plane when the
    configuration is loaded, until it answers, and then every five minutes. What it said last is kept, so that routes
    stay open over a restart while the service is away.
    """

    text: Annotated[str, Field(min_length=1, max_length=LARGEST_DEFINITION)] | None = None
    """The definition itself; a descriptor set (`protoc --include_imports --descriptor_set_out`) in base64."""
    file: Annotated[str, Field(min_length=1)] | None = None
    """The path of its file, relative to the file that says it. The files that it imports by a relative path
    (`schemaLocation`, `$ref`) are read too."""
    reflection: ServiceName | None = None
    """The gRPC service that says what it is when asked (`grpc.reflection.v1` or `v1alpha`)."""
    fetch: FetchedFrom | None = None
    """The service that says what it is over HTTP, and the path by which it does. It is taken as it comes, without what
    it imports."""

    @property
    def asked(self) -> str:
        """The service that says itself what it is; empty if nobody is asked."""
        return self.reflection or (self.fetch.service if self.fetch is not None else "")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = [word for word in ("text", "file", "reflection", "fetch") if getattr(self, word) is not None]
        if len(given) != 1:
            told = f"{' and '.join(given)} are two of them" if given else "there is none of them"
            raise ValueError(f"a definition stands in text or in a file, or is asked for (reflection, fetch); {told}")
        return self


DefinitionName = Annotated[str, Names("definitions")]


@dataclass(frozen=True, slots=False, eq=False)
class Defined:
    """A definition that was read. Two are equal if they say the same, so that what is made of one can be kept."""

    content: bytes = b""
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """The files that it imports, by their paths relative to it: `common/types.xsd`."""
    problem: str = ""
    """Why it cannot be used, in one sentence; empty if it can."""
    pending: str = ""
    """Why what stands there now does not take its place; empty if it does."""
    awaited: bool = False
    """Whether it is asked for until there is an answer: then its problem is that there is none yet."""

    @cached_property
    def digest(self) -> str:
        """What changes with every change of it."""
        told = hashlib.sha256(
            repr((self.problem, self.pending, self.awaited, len(self.content))).encode() + self.content
        )
        for name, content in sorted(self.beside.items()):
            told.update(repr((name, len(content))).encode() + content)
        return told.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Defined) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def unusable(called: str, defined: Defined, path: FieldPath = ()) -> Finding:
    """Return the finding for a definition, *called* so, that has a problem; it is named at *path*."""
    if defined.awaited:
        hint = "a control plane asks until there is an answer, which opens the route"
        message = f"definition {called} is not here: {defined.problem}"
        return Finding("definition.unfetched", message, Severity.WARNING, path=path, hint=hint)
    return Finding("definition.broken", f"definition {called}: {defined.problem}", path=path)


class Trust(NamedTuple):
    """How a service is reached over TLS."""

    server_name: str = ""
    """The name that its certificate has to carry; empty for that of its address."""
    authorities: tuple[Ref, ...] = ()
    """The certificate resources that hold the authorities; those of the machine if there are none."""
    certificate: Ref | None = None
    """The certificate resource that we show; `None` if we show none."""
    verified: bool = True
    """Whether its certificate is looked at."""


class Asked(NamedTuple):
    """A service that is asked what it is."""

    service: str
    """Its name."""
    addresses: tuple[str, ...]
    """The addresses of its endpoints, as they are written."""
    path: str
    """Where it says so over HTTP; empty if it is asked by reflection."""
    trust: Trust | None = None
    """`None` for one without TLS."""

    @property
    def key(self) -> str:
        """What stays the same while its addresses change."""
        return hashlib.sha256(repr((self.service, self.path)).encode()).hexdigest()


class Pems(NamedTuple):
    """What the certificates of a `Trust` hold, in PEM."""

    authorities: bytes = b""
    certificate: bytes = b""
    key: bytes = b""

    def __repr__(self) -> str:
        return "Pems()"  # there is a key in it


Answers = Mapping[Asked, bytes | Silent]
"""What became of asking."""


def heard(answer: bytes | Silent | None) -> Defined:
    """Return the definition that an *answer* of a service is; `None` if it was not asked."""
    match answer:
        case bytes():
            return Defined(answer)
        case Silent(reason):
            return Defined(problem=reason, awaited=True)
        case None:
            return Defined(problem="it has not been asked for", awaited=True)
