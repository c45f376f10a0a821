"""Correlation ids: one name for a request, the same in the log, in answers, at the backend and in the client's hands.

Every request has such an id already: the backend and the client find it in `x-request-id`, the access log and the
gateway's errors as `request_id`. This policy says what it is made of, and under which name it travels as well. It stays
one id: whatever the header is called, `x-request-id` says the same.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator, model_validator

from crossway.compile import identity
from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.compile.envoy import names
from crossway.compile.variables import CREDENTIALS
from crossway.model import HeaderName, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.common.mutation_rules import v3 as mutation_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early_v3
from crossway.protos.envoy.extensions.request_id.uuid import v3 as uuid_v3
from crossway.protos.google import protobuf

REQUEST_ID: Final = "x-request-id"
"""The header in which every request has its id."""


class Generator(enum.StrEnum):
    """What a new id is made of."""

    UUID = "uuid"
    """A random UUID (RFC 9562, version 4)."""
    TIME_UUID = "time_uuid"
    """The time in milliseconds and a random UUID, so that ids sort by time: `20261122T034711.557Z-e8c2862c-...`."""


def _free(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise ValueError("the name is of letters, digits, '-' and '_'")
    if name in CREDENTIALS or name in identity.HEADERS or name in {"host", "content-length", "transfer-encoding"}:
        raise ValueError(f"{name} says something else")
    return name


class CorrelationId(Spec):
    """Say where the id of a request comes from, and in which header it travels."""

    header: Annotated[HeaderName, AfterValidator(_free)] = "x-correlation-id"
    """The header of the request and of the answer that carries the id; `x-request-id` carries it in any case."""
    generator: Generator = Generator.UUID
    """What a new id is made of: `uuid`, or `time_uuid`, which begins with the time."""
    keep: bool = True
    """Keep the id that a client sends in the header, so that one id goes through several systems. `false` makes a new
    one for each request: for clients that are not trusted to name what stands in the log."""
    echo: bool = True
    """Answer with the header. `x-request-id` is in every answer."""

    short_forms = ("header",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"header": value} if isinstance(value, str) else value


def compile_correlation_id(spec: CorrelationId, _site: Site) -> Fragment:
    """Return what makes the id before anything else looks at a request, and what gives it back."""
    early = early_v3.HeaderMutation(mutations=_mutations(spec))
    manager = hcm_v3.HttpConnectionManager(preserve_external_request_id=True)
    manager.early_header_mutation_extensions.add(
        name="envoy.http.early_header_mutation.header_mutation", typed_config=pack(early)
    )
    # An id of one's own is no place for Envoy's notes about traces, and no number to draw samples by.
    own = uuid_v3.UuidRequestIdConfig(
        pack_trace_reason=protobuf.BoolValue(value=False),
        use_request_id_for_trace_sampling=protobuf.BoolValue(value=False),
    )
    manager.request_id_extension.typed_config.CopyFrom(pack(own))
    if spec.echo and spec.header != REQUEST_ID:
        answer = header_mutation_v3.HeaderMutation()
        answer.mutations.response_mutations.append(_set(spec.header, f"%REQ({REQUEST_ID})%"))
        manager.http_filters.add(name=names.http_filter("correlation_id"), typed_config=pack(answer))
    return Fragment(connection_manager=manager)


def _mutations(spec: CorrelationId) -> Iterator[mutation_v3.HeaderMutation]:
    """Yield the edits in their order: what a client says is kept or not, then an id is made where there is none."""
    if spec.header != REQUEST_ID or not spec.keep:
        yield mutation_v3.HeaderMutation(remove=REQUEST_ID)
    if spec.keep and spec.header != REQUEST_ID:
        yield _set(REQUEST_ID, f"%REQ({spec.header})%")
    made = "%UNIQUE_ID%" if spec.generator is Generator.UUID else "%START_TIME(%Y%m%dT%H%M%S.%3fZ)%-%UNIQUE_ID%"
    yield _set(REQUEST_ID, made, core_v3.HeaderValueOption.ADD_IF_ABSENT)
    if spec.header != REQUEST_ID:
        yield _set(spec.header, f"%REQ({REQUEST_ID})%")


def _set(
    name: str,
    value: str,
    action: int = core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
) -> mutation_v3.HeaderMutation:
    header = core_v3.HeaderValue(key=name, value=value)
    return mutation_v3.HeaderMutation(append=core_v3.HeaderValueOption(header=header, append_action=action))


POLICY: Final = Policy(
    spec=CorrelationId,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_correlation_id,
)
