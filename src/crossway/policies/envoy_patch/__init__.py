"""The user's own Envoy configuration, written over ours: for what no policy says.

Names and types are checked against the descriptors of the Envoy we ship when the file is loaded. Whether Envoy takes
the values is found out before they go live, like for everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from crossway.compile.contract import ROUTE_TARGETS, Fragment, PlacedFilter, Policy, Site, Stage, Target
from crossway.model import Finding, Part, Spec, did_you_mean
from crossway.model.part import told
from crossway.policies.envoy_patch.fit import Problem, problems
from crossway.protos import from_dict
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.upstreams.http import v3 as upstream_http_v3
from crossway.protos.google import protobuf

_STAGES: Final = {stage.name.lower(): stage for stage in Stage}
_OURS: Final = "crossway."
_SLOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "routes": ("route",),
    "services": ("cluster", "http_options"),
    "gateways": ("connection_manager", "listener"),
}
"""What is written over, by what is compiled."""
_SAYABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "routes": ("route",),
    "services": ("route", "cluster", "http_options"),
    "namespaces": ("route", "cluster", "http_options"),
    "gateways": ("route", "connection_manager", "listener", "http_filters", "network_filters"),
}
"""What can be said, by where it is attached."""


def _fitting(kind: type[Message], **kept: str) -> Callable[[Mapping[str, object]], Mapping[str, object]]:
    """Return a validator of patches of *kind*, which leave alone what is *kept*, each with the reason."""

    def check(patch: Mapping[str, object]) -> Mapping[str, object]:
        found = [Problem((name,), f"{name} stays as it is", hint=kept[name]) for name in patch if name in kept]
        found.extend(problems(patch, cast("Descriptor", kind.DESCRIPTOR)))
        if found:
            raise ValidationError.from_exception_data("patch", [_line(problem) for problem in found])
        return patch

    return check


def _line(problem: Problem) -> InitErrorDetails:
    error = told(problem.message, unknown=problem.unknown, expected=problem.expected, hint=problem.hint)
    return InitErrorDetails(type=error, loc=problem.path, input=None)


def _stage(value: object) -> object:
    if value is not None and value not in _STAGES:
        hint = did_you_mean(str(value), _STAGES)
        raise told("there is no such stage", expected=", ".join(_STAGES), hint=hint)
    return value


def _foreign(name: str) -> str:
    if name.startswith(_OURS):
        raise ValueError("names that begin with crossway. are taken")
    return name


StageName = Annotated[str, BeforeValidator(_stage), Field(json_schema_extra={"enum": list(_STAGES)})]
_MATCHED: Final = "the order of all routes depends on it; write it in matches"
_NAMED: Final = "other configuration refers to it"
_CHAINS: Final = "a list is replaced as a whole, with the certificates and routes in it"


class HttpFilter(Part):
    """An HTTP filter among ours, for every request to the listener."""

    name: Annotated[str, Field(min_length=1), AfterValidator(_foreign)]
    """The name of the filter, by which routes can say more to it (`typed_per_filter_config`)."""
    config: Annotated[Mapping[str, object], AfterValidator(_fitting(protobuf.Any))]
    """Its configuration, with `@type`."""
    before: StageName | None = None
    """Put it before the filters of this stage."""
    after: StageName | None = None
    """Put it behind the filters of this stage."""
    disabled: bool = False
    """Leave it off, but for routes that say something to it."""

    @model_validator(mode="after")
    def _one(self) -> HttpFilter:
        if (self.before is None) == (self.after is None):
            raise ValueError("write one of before and after")
        return self


class NetworkFilter(Part):
    """A network filter in front of ours, for every connection to the listener."""

    name: Annotated[str, Field(min_length=1), AfterValidator(_foreign)]
    """The name of the filter."""
    config: Annotated[Mapping[str, object], AfterValidator(_fitting(protobuf.Any))]
    """Its configuration, with `@type`."""


class EnvoyPatch(Spec):
    """Write Envoy configuration of your own over what is made of everything else. Unsafe: it can undo any guard.

    Each part is a JSON merge patch (RFC 7396) of a finished Envoy message: objects are merged, `null` removes, and all
    else is replaced, lists as a whole. A configuration inside `@type` is merged if its type stays. What a patch builds
    on may change with every release, and with the Envoy in it; only a finding, or the proof before it goes live, says
    so. Secrets do not belong here: a patch is shown to whoever may read the configuration.
    """

    route: Annotated[
        Mapping[str, object],
        AfterValidator(_fitting(route_v3.Route, name=_NAMED, match=_MATCHED)),
    ] = Field(default_factory=dict)
    """Over the route (`envoy.config.route.v3.Route`). Attached to a gateway, listener, service or namespace, over each
    of its routes."""
    cluster: Annotated[
        Mapping[str, object],
        AfterValidator(_fitting(cluster_v3.Cluster, name=_NAMED)),
    ] = Field(default_factory=dict)
    """Over the cluster of a service (`envoy.config.cluster.v3.Cluster`)."""
    http_options: Annotated[Mapping[str, object], AfterValidator(_fitting(upstream_http_v3.HttpProtocolOptions))] = (
        Field(default_factory=dict)
    )
    """Over how HTTP is spoken to a service (`envoy.extensions.upstreams.http.v3.HttpProtocolOptions`)."""
    listener: Annotated[
        Mapping[str, object],
        AfterValidator(_fitting(listener_v3.Listener, name=_NAMED, filter_chains=_CHAINS)),
    ] = Field(default_factory=dict)
    """Over the listener of a gateway's port (`envoy.config.listener.v3.Listener`)."""
    connection_manager: Annotated[
        Mapping[str, object],
        AfterValidator(_fitting(hcm_v3.HttpConnectionManager, http_filters="write http_filters beside it")),
    ] = Field(default_factory=dict)
    """Over the HTTP connection manager of a listener."""
    http_filters: tuple[HttpFilter, ...] = ()
    """Filters of your own among the filters of a listener, `before` or `after` a stage: a request passes the stages
    `edge`, `cors`, `authn`, `consumer`, `authz`, `limit`, `transform`, `python` and `router` in this order."""
    network_filters: tuple[NetworkFilter, ...] = ()
    """Filters of your own in front of everything that is done with a connection: on listeners for TCP they see the
    bytes of a protocol that we know nothing of."""


def compile_envoy_patch(spec: EnvoyPatch, site: Site) -> Fragment | Finding:
    """Return what is written over at *site*; a finding if what is said means nothing where it is attached."""
    attached = site.attached or site.about
    for slot in spec.model_fields_set:
        if slot not in _SAYABLE[attached.kind]:
            kinds = [kind.removesuffix("s") for kind, slots in _SAYABLE.items() if slot in slots]
            message = f"{slot} means nothing at a {attached.kind.removesuffix('s')}"
            return Finding("policy.misplaced", message, path=(slot,), expected=" or ".join(kinds))
    is_listener = site.about.kind == "gateways"
    said = {slot: getattr(spec, slot) for slot in _SLOTS[site.about.kind]}
    return Fragment(
        http_filters=tuple(map(_placed, spec.http_filters)) if is_listener else (),
        network_filters=tuple(map(_in_front, spec.network_filters)) if is_listener else (),
        overwrite={slot: patch for slot, patch in said.items() if patch},
    )


def _placed(item: HttpFilter) -> PlacedFilter:
    config = from_dict(item.config, protobuf.Any)
    found = hcm_v3.HttpFilter(name=item.name, typed_config=config, disabled=item.disabled)
    return PlacedFilter(found, _STAGES[item.before or item.after or ""], after=item.after is not None)


def _in_front(item: NetworkFilter) -> listener_v3.Filter:
    return listener_v3.Filter(name=item.name, typed_config=from_dict(item.config, protobuf.Any))


POLICY = Policy(
    spec=EnvoyPatch,
    stage=Stage.ROUTER,
    applies=Target.ROUTE,
    also=frozenset({Target.SERVICE, Target.LISTENER}),
    targets=ROUTE_TARGETS,
    compile=compile_envoy_patch,
)
