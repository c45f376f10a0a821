"""What there is to prove in a snapshot: what differs from the one before, each with what it cannot be judged without.

A cluster needs its endpoints, and everything the secrets that it names. Nothing but a tracer needs a cluster: one that
is missing fails requests, not configurations (of routes because `validate_clusters` is off).
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from google.protobuf.message import Message

from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.daemon.proof.cut import cut, routes
from crossway.daemon.proof.stand_alone import leans, stand_alone
from crossway.daemon.snapshots import opened
from crossway.fleet.authorities import machine_authorities
from crossway.protos import type_url
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.xds.snapshot import Snapshot, difference

CLUSTER = type_url(cluster_v3.Cluster)
ENDPOINTS = type_url(endpoint_v3.ClusterLoadAssignment)
LISTENER = type_url(listener_v3.Listener)
EXTENSION = type_url(core_v3.TypedExtensionConfig)
TABLES = (type_url(route_v3.RouteConfiguration), type_url(route_v3.ScopedRouteConfiguration))
SECRET = type_url(tls_v3.Secret)

NO_TABLE = route_v3.RouteConfiguration()


@dataclass(frozen=True, slots=True, eq=False)
class Suspect:
    """One thing that Envoy may refuse."""

    name: str
    message: Message = field(repr=False)
    """A secret, a cluster with its endpoints, an HTTP filter, a listener, a table or what is left of it, or a route."""
    resource: Resource | None
    """What it is, or stands in; `None` for what a proxy does not have from us."""
    needs: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Route(Suspect):
    """A route in a table."""

    message: route_v3.Route = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Table(Suspect):
    """A table of routes, or what is left of it."""

    message: route_v3.RouteConfiguration = field(repr=False)

    @property
    def routes(self) -> list[Route]:
        """Its routes, each a suspect of its own."""
        return [Route(route.name, route, self.resource, self.needs) for route in routes(self.message)]

    def without(self, guilty: AbstractSet[bytes]) -> Table:
        """Return the table without those of its routes that are in *guilty*, as `content` gives them."""
        message = route_v3.RouteConfiguration()
        message.CopyFrom(self.message)
        cut(message, NO_TABLE, set(guilty))
        return Table(self.name, message, self.resource, self.needs)


@dataclass(frozen=True, slots=True)
class Suspects:
    """Everything that is to be proven, kind by kind."""

    secrets: tuple[Suspect, ...]
    clusters: tuple[Suspect, ...]
    extensions: tuple[Suspect, ...]
    listeners: tuple[Suspect, ...]
    tables: tuple[Table, ...]

    def __iter__(self) -> Iterator[Suspect]:
        yield from (*self.secrets, *self.clusters, *self.extensions, *self.listeners, *self.tables)


def suspects(snapshot: Snapshot, since: Snapshot) -> Suspects:
    """Return what is to be proven of *snapshot* if *since* is proven."""
    changed = difference(since, snapshot).upserted
    around = Surroundings(snapshot)
    clusters = dict.fromkeys((*changed.get(CLUSTER, ()), *changed.get(ENDPOINTS, ())))
    known: set[bytes] = set()
    return Suspects(
        secrets=tuple(around.suspect(SECRET, name) for name in changed.get(SECRET, ())),
        clusters=tuple(around.suspect(CLUSTER, name) for name in clusters if name in snapshot.of_type(CLUSTER)),
        extensions=tuple(around.suspect(EXTENSION, name) for name in changed.get(EXTENSION, ())),
        listeners=tuple(around.suspect(LISTENER, name) for name in changed.get(LISTENER, ())),
        tables=tuple(
            around.table(snapshot.of_type(kind)[name], since.of_type(kind).get(name), known)
            for kind in TABLES
            for name in changed.get(kind, ())
        ),
    )


class Surroundings:
    """Makes suspects of what a snapshot holds, with what they need of it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._made: dict[tuple[str, str], Suspect] = {}
        self._machine = tuple(_machine_authorities())

    def suspect(self, kind: str, name: str) -> Suspect:
        """Return the secret, cluster, filter or listener *name* of the snapshot; the same object each time."""
        if (kind, name) not in self._made:
            self._made[kind, name] = self._suspect(self._snapshot.of_type(kind)[name])
        return self._made[kind, name]

    def table(self, resource: Resource, before: Resource | None, known: set[bytes]) -> Table:
        """Return what is to be proven of a table if *before* is proven, and the routes in *known*; see `cut`."""
        message = table_of(resource)
        cut(message, table_of(before) if before else NO_TABLE, known)
        return Table(resource.name, message, resource, self._needs(resource, message))

    def _suspect(self, resource: Resource) -> Suspect:
        message = opened(resource)
        if isinstance(message, cluster_v3.Cluster):
            self._give_endpoints(message)
        return Suspect(resource.name, message, resource, self._needs(resource, message))

    def _needs(self, resource: Resource, message: Message) -> tuple[Suspect, ...]:
        """Make *message* stand alone, and return what it names and cannot stand without."""
        named = stand_alone(message) if leans(resource.wire) else frozenset()
        found = sorted((type_url(needed.kind), needed.name) for needed in named)
        direct = [self.suspect(kind, name) for kind, name in found if name in self._snapshot.of_type(kind)]
        needs = tuple(dict.fromkeys(each for need in direct for each in (need, *need.needs)))
        return needs + self._machine if names.MACHINE_AUTHORITIES.encode() in resource.wire else needs

    def _give_endpoints(self, cluster: cluster_v3.Cluster) -> None:
        """Put into *cluster* the endpoints that it would be given in their own lane."""
        held = self._snapshot.of_type(ENDPOINTS).get(cluster.name)
        if cluster.type == cluster_v3.Cluster.EDS and held is not None:
            endpoints = opened(held)
            assert isinstance(endpoints, endpoint_v3.ClusterLoadAssignment)
            cluster.type = cluster_v3.Cluster.STATIC
            cluster.ClearField("eds_cluster_config")
            cluster.load_assignment.CopyFrom(endpoints)


def table_of(resource: Resource) -> route_v3.RouteConfiguration:
    """Return the table of routes that *resource*, one of `TABLES`, is or holds."""
    message = opened(resource)
    if isinstance(message, route_v3.ScopedRouteConfiguration):
        return message.route_configuration
    assert isinstance(message, route_v3.RouteConfiguration)
    return message


def _machine_authorities() -> Iterator[Suspect]:
    """Yield what the bootstrap of a proxy on this machine holds besides what we send."""
    if file := machine_authorities():
        trusted = tls_v3.CertificateValidationContext(trusted_ca=core_v3.DataSource(filename=str(file)))
        secret = tls_v3.Secret(name=names.MACHINE_AUTHORITIES, validation_context=trusted)
        yield Suspect(secret.name, secret, None)
