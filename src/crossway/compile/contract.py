"""The contract of a policy: what it is told, and what it may answer.

A policy is a value: the type of its settings, its place in the order, and a pure function from settings and site to a
`Fragment`. The fragment says what the policy contributes to Envoy; the compiler places it. A policy never sees a
listener, a route or a cluster that others write to, so the order in which policies are compiled means nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from google.protobuf.message import Message
from msgspec import Raw

from crossway.compile.envoy import names
from crossway.compile.program import Code, Described, Step
from crossway.model import (
    EVERY_PATH,
    Consumer,
    Defined,
    FieldPath,
    Finding,
    Findings,
    Part,
    PathMatch,
    Ref,
    Secret,
    Spec,
    did_you_mean,
    unusable,
)
from crossway.plan.attachment import Merge, Rule, Target
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.filters.network.tcp_proxy import v3 as tcp_proxy_v3
from crossway.protos.envoy.extensions.upstreams.http import v3 as upstream_http_v3


class Stage(enum.IntEnum):
    """The order in which policies see a request. Answers pass them the other way round."""

    EDGE = 10
    CORS = 20
    AUTHN = 30
    CONSUMER = 35
    AUTHZ = 40
    LIMIT = 50
    QUOTA = 55
    TRANSFORM = 60
    INSPECT = 65
    PLUGIN = 70
    CACHE = 72
    CONVERT = 74
    COMPOSE = 76
    ROUTER = 80


ROUTE_TARGETS = frozenset(Target) - {Target.BACKEND}
"""Where a policy about requests can be attached."""
BACKEND_TARGETS = frozenset(Target)
"""Where one can be attached that a proxy can do for one backend of a route alone: one about headers or the host."""
LISTENER_TARGETS = frozenset({Target.GATEWAY, Target.LISTENER})
"""Where a policy about connections of clients can be attached."""
SERVICE_TARGETS = frozenset({Target.NAMESPACE, Target.SERVICE})
"""Where a policy about connections to backends can be attached."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a policy stands while it is compiled."""

    about: Ref
    """The route, service or gateway."""
    namespace: str
    """Where the names in its settings are looked up: the namespace in which it was attached."""
    path: PathMatch = EVERY_PATH
    """What the route matches here; policies on a listener or a service see every path."""
    listener: str = ""
    """The name of the listener, for a policy that applies to listeners."""
    secure: bool = False
    """Whether clients speak TLS here."""
    unverified: bool = False
    """Whether nobody checks the certificates that clients show here."""
    beside: Mapping[str, Spec] = field(default_factory=dict)
    """The settings of all policies that hold here, by name."""
    attached: Ref | None = None
    """What the policy was attached to; `None` for one that holds by default."""
    http2: bool = False
    """Whether a backend of the route may speak HTTP/2, which gRPC needs."""
    token_keys: str = ""
    """The public keys (RFC 7517) of the tokens that Crossway issues, for a policy that verifies them; empty before
    the first one is issued."""
    plugins: Mapping[Ref, Described] = field(default_factory=dict)
    """What is known of plugins, for a policy that runs them."""
    definitions: Mapping[Ref, Defined] = field(default_factory=dict)
    """What definitions say, for a policy that reads one."""
    forwards: bool = True
    """Whether the route has a backend; one that redirects or answers by itself has none."""

    def of_consumers(self, filter_name: str) -> str:
        """Return the name here of a filter that knows the consumers of the namespace in which it was attached."""
        return names.of_namespace(filter_name, self.namespace)

    def cluster(self, service: str) -> str:
        """Return the name of the Envoy cluster of the service that the settings call *service*."""
        return names.cluster(Ref.parse("services", service, self.namespace))

    def definition(self, name: str, path: FieldPath) -> Defined | Finding:
        """Return the definition that the settings call *name* at *path*, or why there is none that can be used."""
        ref = Ref.parse("definitions", name, self.namespace)
        found = self.definitions.get(ref)
        if found is None:
            hint = did_you_mean(ref.local, [known.local for known in self.definitions])
            return Finding("reference.dangling", f"there is no definition {ref.local!r}", path=path, hint=hint)
        if found.problem:
            return unusable(ref.local, found, path)
        return found

    def generic_secret(self, word: str, text: Secret, path: FieldPath, *, purpose: str = "") -> GenericSecret:
        """Return the secret *text*, which stands at *path* in the settings, for `Fragment.secrets`.

        A policy has one for each *word*. With a *purpose* it is a key for that, derived from the text.
        """
        attached = self.attached or self.about
        return GenericSecret(names.generic_secret(attached, self.listener, word), text, attached, path, purpose)

    def secret(self, certificate: str) -> str:
        """Return the name under which the certificate that the settings call *certificate* is delivered (SDS)."""
        return names.secret(Ref.parse("certificates", certificate, self.namespace))


@dataclass(frozen=True, slots=True)
class GenericSecret:
    """A secret that filters are given by its name (SDS), and that stands in no route."""

    name: str
    text: Secret
    """The secret itself, or ``secret:NAME`` for one of the store."""
    about: Ref
    """What the policy was attached to; the store is asked in its namespace."""
    path: FieldPath
    """Where the text stands: in the settings of the policy, and once that is compiled, in what it was attached to."""
    purpose: str = ""
    """What a key is for that is derived from the text; the text itself without it."""


@dataclass(frozen=True, slots=True)
class PlacedFilter:
    """An HTTP filter that no policy of ours has, on every route of a listener."""

    filter: hcm_v3.HttpFilter
    stage: Stage
    after: bool = False
    """Whether it stands behind the filters of the stage, and not before them."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one policy contributes at one site. Each slot is a partial message that is merged into the whole.

    Two policies never write the same field: that is a finding, not a matter of order.
    """

    route: route_v3.Route | None = None
    """Merged into the route. What is under `route.route` is left out where the route does not forward."""
    per_route: Mapping[str, Message] = field(default_factory=dict)
    """Switches filters of the policy on, with these settings, for the route: by their names in `Policy.filters`."""
    secrets: tuple[GenericSecret, ...] = ()
    """What has to be delivered with it: the route is closed while one of these is missing."""
    shared: Mapping[str, Message] = field(default_factory=dict)
    """Merged into filters of the policy that are `Shared`, by their names."""
    cluster: cluster_v3.Cluster | None = None
    """Merged into the cluster of the service."""
    http_options: upstream_http_v3.HttpProtocolOptions | None = None
    """Merged into the cluster's HTTP protocol options."""
    connection_manager: hcm_v3.HttpConnectionManager | None = None
    """Merged into the HTTP connection manager of the listener."""
    listener: listener_v3.Listener | None = None
    """Merged into the listener."""
    network_filters: tuple[listener_v3.Filter, ...] = ()
    """Put before everything else on each connection to the listener."""
    tcp_proxy: tcp_proxy_v3.TcpProxy | None = None
    """Merged into what forwards the connections of a listener for TCP or TLS."""
    http_filters: tuple[PlacedFilter, ...] = ()
    """Put among the HTTP filters of the listener."""
    steps: tuple[Step, ...] = ()
    """What the Python runtime does with requests of the route, in the order of the stages."""
    codes: tuple[Code, ...] = ()
    """The code that the steps name by its digest."""
    overwrite: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Written over the finished message of a slot (`route`, `cluster`, `http_options`, `connection_manager`,
    `listener`), whoever said what is there: in proto3 JSON, see `merge.overwrite`."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A filter with knowledge that routes add to (`Fragment.shared`), and only use by its name.

    It is delivered by itself, so that what is added touches no listener and no connection.
    """

    message: Message
    """What it says without any route."""


Consumers = tuple[tuple[Ref, Consumer], ...]
"""Consumers of one namespace, ordered by name."""


@dataclass(frozen=True, slots=True)
class OfConsumers:
    """A filter that knows the consumers of one namespace: there is one for each, called `Site.of_consumers`.

    It is delivered by itself: a new credential touches no route, no listener and no connection.
    """

    message: Callable[[Consumers], tuple[Message, Findings]]
    """What it says, and what is wrong with the credentials it would have to know."""


def step(kind: str, spec: Part) -> Step:
    """Return the step that does what *spec* says; the runtime reads the same spec out of it again."""
    return Step(kind, Raw(spec.model_dump_json(exclude_unset=True).encode()))


S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class Policy(Generic[S]):
    """One behaviour that can be attached to a site."""

    spec: type[S]
    """What a person writes; its schema, documentation and forms are generated from it."""
    stage: Stage
    applies: Target
    """What it shapes: `ROUTE`, `LISTENER` or `SERVICE`. It is compiled once for each of those that it holds for."""
    targets: frozenset[Target]
    """Where it may be attached."""
    compile: Callable[[S, Site], Fragment | Finding]
    """Pure. A finding means that it cannot hold there; the route is then closed."""
    merge: Merge = Merge.CLOSEST
    default: S | None = None
    """What holds where nobody attached it."""
    also: frozenset[Target] = frozenset()
    """What else it shapes: it is compiled for each of those too."""
    preflights: bool = False
    """Whether it answers preflights (CORS). They then reach its routes, whatever these match."""
    verifies: bool = False
    """Whether it verifies tokens that Crossway issues, and has to know `Site.token_keys`."""
    runs: bool = False
    """Whether it runs plugins, and has to know `Site.plugins`."""
    defined: bool = False
    """Whether it reads definitions, and has to know `Site.definitions`."""
    filters: Mapping[str, Message | Shared | OfConsumers] = field(default_factory=dict)
    """Its HTTP filters, by name: that of the policy, with `.` and a word for each beside the first. They are on every
    HTTP listener, in this order, switched off until `Fragment.per_route` switches them on: the first use
    of a policy is then an edit of a route, and touches no listener and no connection."""

    @property
    def rule(self) -> Rule:
        """What the plan has to know of it."""
        return Rule(self.applies, self.targets, self.merge, self.also, self.preflights)


Policies = Mapping[str, Policy[Spec]]
"""The policies a control plane knows, by the name people write. The name is the name of the policy's folder."""

__all__ = [
    "BACKEND_TARGETS",
    "LISTENER_TARGETS",
    "ROUTE_TARGETS",
    "SERVICE_TARGETS",
    "Consumers",
    "Fragment",
    "GenericSecret",
    "Merge",
    "OfConsumers",
    "PlacedFilter",
    "Policies",
    "Policy",
    "Shared",
    "Site",
    "Stage",
    "Step",
    "Target",
    "step",
]
