"""What the API answers, as JSON: the values of the model, flat and with plain names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, convert

from crossway.admin import desk
from crossway.admin.desk import Desk
from crossway.model import Finding as ModelFinding
from crossway.model.access import Identity
from crossway.model.revision import Difference as ModelDifference
from crossway.model.revision import Revision as ModelRevision
from crossway.model.revision import Row

_HIDDEN = "[another namespace]"


class Origin(Struct, frozen=True):
    """Where a resource was written."""

    document: Annotated[str, Meta(description="The file; without one, the resource itself.")]
    line: int


class Resource(Struct, frozen=True):
    """One resource."""

    kind: str
    namespace: str
    name: str
    etag: Annotated[str, Meta(description="Its version, for `If-Match` (in quotes there) and `if_match`.")]
    revision: Annotated[int, Meta(description="The revision that made it what it is.")]
    value: Annotated[object, Meta(description="Its settings, without secrets; null if they cannot be read.")]
    origin: Origin


class ResourceText(Resource, frozen=True):
    """One resource with its text."""

    text: Annotated[str, Meta(description="Its text as it is kept, without secrets.")]


class Difference(Struct, frozen=True):
    """One resource that changes."""

    kind: str
    namespace: str
    name: str
    before: Annotated[str | None, Meta(description="Its text, without secrets; null if it is new.")]
    after: Annotated[str | None, Meta(description="Its text, without secrets; null if it is removed.")]


class Finding(Struct, frozen=True):
    """Something to say about the configuration; each code has a page in the reference."""

    code: str
    severity: str
    message: str
    resource: str | None
    path: str
    expected: str | None
    hint: str | None
    file: str | None
    line: int | None
    column: int | None


class Applied(Struct, frozen=True):
    """What became of a change."""

    state: desk.State
    revision: Annotated[int | None, Meta(description="The revision that it made, or that there is if it made none.")]
    live: Annotated[int, Meta(description="How many proxies have it.")]
    proxies: Annotated[int, Meta(description="How many proxies are connected.")]
    quarantined: Annotated[list[str], Meta(description="What was put aside, so that an older version serves, or 503.")]
    findings: list[Finding]
    differences: list[Difference]


class Step(Struct, frozen=True):
    """One step of a change."""

    name: desk.StepName
    text: str
    seconds: Annotated[float, Meta(description="Since the change began.")]


class Revision(Struct, frozen=True):
    """One state of the configuration, or an attempt at one."""

    number: int
    digest: str
    parent: int
    author: str
    time: datetime
    message: str
    state: str
    reason: str
    changed: int


def origin(row: Row) -> Origin:
    """Return where a resource was written."""
    return Origin(row.origin.document, row.origin.line)


def resource(row: Row, at: Desk) -> Resource:
    """Return a resource."""
    ref = row.ref
    return Resource(ref.kind, ref.namespace, ref.name, row.etag, row.revision, at.value(row), origin(row))


def resources(rows: Iterable[Row], at: Desk) -> list[Resource]:
    """Return resources. Each is read, so many are worth a thread."""
    return [resource(row, at) for row in rows]


def resource_texts(rows: Iterable[Row], at: Desk) -> list[ResourceText]:
    """Return resources with their texts. Each is read, so many are worth a thread."""
    return [resource_text(row, at) for row in rows]


def resource_text(row: Row, at: Desk) -> ResourceText:
    """Return a resource with its text."""
    ref = row.ref
    return ResourceText(
        ref.kind, ref.namespace, ref.name, row.etag, row.revision, at.value(row), origin(row), at.text(row)
    )


def differences(found: Iterable[ModelDifference], at: Desk) -> list[Difference]:
    """Return differences with the texts of both sides."""

    def text(row: Row | None) -> str | None:
        return None if row is None else at.text(row)

    return [
        Difference(one.ref.kind, one.ref.namespace, one.ref.name, text(one.before), text(one.after)) for one in found
    ]


def findings(found: Iterable[ModelFinding]) -> list[Finding]:
    """Return findings."""
    return [convert(one.as_dict(), Finding) for one in found]


def applied(value: desk.Applied, at: Desk, who: Identity) -> Applied:
    """Return what became of a change, as far as it exists for *who*."""
    return Applied(
        state=value.state,
        revision=value.revision,
        live=value.live,
        proxies=value.proxies,
        quarantined=[str(ref) for ref in value.quarantined if who.reaches(ref)],
        findings=findings(one for one in value.findings if one.about is None or who.reaches(one.about)),
        differences=differences((one for one in value.differences if who.reaches(one.ref)), at),
    )


def revision(value: ModelRevision, who: Identity) -> Revision:
    """Return a revision. Who is bound to namespaces sees that there are others, and not what they did or said."""
    own = not who.namespaces or value.author == who.name
    return Revision(
        number=value.number,
        digest=value.digest,
        parent=value.parent,
        author=value.author if own else _HIDDEN,
        time=value.time,
        message=value.message if own else "",
        state=value.state.value,
        reason=value.reason if own else "",
        changed=value.changed,
    )


def revisions(values: Sequence[ModelRevision], who: Identity) -> list[Revision]:
    """Return revisions."""
    return [revision(value, who) for value in values]
