"""One delta ADS stream as a state machine: what came in goes in, what is to be done comes out. No io, no clock.

The laws
--------

1. **Make before break.** Clusters, endpoints, secrets and filters first; when they are accepted and the clusters sent
   are warm, listeners; then routes; then scoped routes. `LANES` is that order. Acceptance does not prove warmth (an
   Envoy that starts accepts clusters before they are warm, one that runs holds the answer back), so `AwaitWarm` has it
   asked.
2. **Removals last.** A cluster, its endpoints, a secret or a filter that nobody wants is removed when all listeners and
   routes are accepted and a grace (`AwaitGrace`) has passed; while one of those is refused the proxy still runs on its
   predecessor, and nothing is taken from under it. A listener, route or scope that is gone leaves in the response
   that carries its type's changes: Envoy removes before it adds, so that an address or a scope key can change hands.
3. **What changes nothing for the order does not wait.** A route edit goes out at once; new endpoints of a cluster
   that the proxy has do not hold up routes.
4. **The newest snapshot wins.** One that is offered in the middle of a push takes over from where the proxy is.
5. **A changed cluster gets its endpoints again**, even if they did not change: "warming of Cluster is completed only
   when a new ClusterLoadAssignment response is supplied", and while a cluster warms, Envoy accepts nothing of its type.
6. **A refusal is no stop.** The guilty resource is found (see `subscription`), reported, and all else goes on.
7. **What is late is no stop.** A cluster that takes too long to warm (`Stream.give_up`) holds nothing up any more; it
   still counts as cold until it is known to be warm.

Each method of `Stream` returns what is to be done, in order; nothing is kept to be fetched later.

Source: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol (eventual consistency considerations).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crossway.compile.envoy.resource import Resource
from crossway.errors import RemoteError
from crossway.xds.snapshot import EMPTY, Snapshot, difference
from crossway.xds.subscription import Request, Send, State, Subscription

CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
ENDPOINTS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
EXTENSION = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
VIRTUAL_HOST = "type.googleapis.com/envoy.config.route.v3.VirtualHost"
SCOPED_ROUTES = "type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration"

LANES: Mapping[str, int] = MappingProxyType(
    {CLUSTER: 0, ENDPOINTS: 0, SECRET: 0, EXTENSION: 0, LISTENER: 1, ROUTES: 2, VIRTUAL_HOST: 2, SCOPED_ROUTES: 3}
)
"""A type waits for the types in lower lanes. Any other type is in lane 0: nothing holds it back."""

ALWAYS_ASKED = (CLUSTER, LISTENER)
ASKED_BY_LISTENERS = (EXTENSION, ROUTES, SCOPED_ROUTES)
"""What an Envoy asks for sooner or later if the snapshot has it. Until it did, the snapshot is not live."""

NAMED_WITHIN = (CLUSTER, EXTENSION)
"""What routes may need in its newest version: a cluster's subset, a requirement that a filter knows."""

MOST_TYPES = 64
"""How many types one stream may have to do with: each may have a response under way."""


@dataclass(frozen=True, slots=True)
class AwaitWarm:
    """Ask the proxy until *clusters* are warm, then call `Stream.warm` with this value; see also `Stream.give_up`."""

    clusters: tuple[Resource, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of the clusters."""
        return frozenset(cluster.name for cluster in self.clusters)


@dataclass(frozen=True, slots=True)
class AwaitGrace:
    """Wait for the grace, then call `Stream.elapsed` with this value: *names* may go then."""

    type_url: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The proxy accepted a response of *type_url* that was taken from the snapshot *version*."""

    type_url: str
    version: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The proxy refused *resource*, and has the one before, if any. `None`: it refused a removal."""

    type_url: str
    resource: Resource | None
    message: str

    def same_as(self, other: Refused) -> bool:
        """Whether *other* is about the same resource, in whatever version."""
        mine, yours = self.resource and self.resource.name, other.resource and other.resource.name
        return (self.type_url, mine) == (other.type_url, yours)


@dataclass(frozen=True, slots=True)
class Live:
    """The proxy has accepted everything of the snapshot *version*, and its clusters are warm: once for each offer."""

    version: str
    without: tuple[Resource, ...] = ()
    """What of the snapshot it refused; each was reported as `Refused` before."""


Output = Send | AwaitWarm | AwaitGrace | Acknowledged | Refused | Live


@dataclass(frozen=True, slots=True)
class Progress:
    """What the proxy still has to do."""

    unanswered: tuple[Send, ...] = ()
    """The responses that it has not answered."""
    cold: tuple[Resource, ...] = ()
    """The clusters that it accepted and that are not known to be warm."""


DONE = Progress()


class Stream:
    """The server's half of one stream. It begins empty: nothing is said before the first snapshot is offered."""

    def __init__(self) -> None:
        self._wanted = EMPTY
        self._offered = False
        self._subscriptions: dict[str, Subscription] = {}
        """By type, in the order in which they are pushed."""
        self._warming: dict[str, Resource] = {}
        self._late: dict[str, Resource] = {}
        self._grace: AwaitGrace | None = None
        self._reported = True
        self._sent = 0

    def offer(self, snapshot: Snapshot) -> list[Output]:
        """Take in that the proxy is to have *snapshot* from now on."""
        change = difference(self._wanted, snapshot)
        self._wanted, self._offered, self._reported = snapshot, True, False
        for type_url in dict.fromkeys((*self._subscriptions, *change.upserted)):
            self._subscription(type_url).follow(snapshot.of_type(type_url), change.of_type(type_url))
        return list(self._advance())

    def receive(self, request: Request) -> list[Output]:
        """Take in what the proxy says; `RemoteError` if it asks for more types than there can be."""
        if request.type_url not in self._subscriptions and len(self._subscriptions) >= MOST_TYPES:
            raise RemoteError(f"A proxy asks for more than {MOST_TYPES} types of resources.")
        subscription = self._subscription(request.type_url)
        outputs: list[Output] = []
        if subscription.in_flight and subscription.in_flight.nonce == request.response_nonce:
            outputs += self._answered(subscription, request.error_message)
        if request.subscribe or request.unsubscribe or subscription.state is State.SILENT:
            subscription.ask(request, self._of_type(request.type_url))
            clusters = self._subscription(CLUSTER).in_flight
            if request.type_url == ENDPOINTS and clusters:
                again = {cluster.name for cluster in clusters.resources} & request.initial_versions.keys()
                subscription.renew(again)
        return [*outputs, *self._advance()]

    def warm(self, awaited: AwaitWarm) -> list[Output]:
        """Take in that the clusters of *awaited* are warm."""
        self._warming = _without(self._warming, awaited.clusters)
        self._late = _without(self._late, awaited.clusters)
        return list(self._advance())

    def give_up(self, awaited: AwaitWarm) -> list[Output]:
        """Take in that the clusters of *awaited* are not warm after all the time that others can wait for them."""
        waited_for = _without(self._warming, awaited.clusters)
        self._late.update((name, cluster) for name, cluster in self._warming.items() if name not in waited_for)
        self._warming = waited_for
        return list(self._advance())

    def elapsed(self, awaited: AwaitGrace) -> list[Output]:
        """Take in that the grace of *awaited* has passed."""
        self._grace = None
        if self._calm():
            self._subscription(awaited.type_url).release(awaited.names)
        return list(self._advance())

    @property
    def progress(self) -> Progress:
        """What the proxy still has to do."""
        unanswered = tuple(s.in_flight for s in self._subscriptions.values() if s.in_flight)
        return Progress(unanswered, (*self._still_wanted(self._warming), *self._still_wanted(self._late)))

    def _answered(self, subscription: Subscription, error_message: str | None) -> Iterator[Output]:
        type_url = subscription.type_url
        if error_message is None:
            response = subscription.accept()
            yield Acknowledged(type_url, response.version)
            if type_url == CLUSTER and response.resources:
                for cluster in response.resources:
                    self._late.pop(cluster.name, None)
                    self._warming[cluster.name] = cluster
                yield AwaitWarm(response.resources)
        else:
            response = subscription.refuse()
            if len(response.resources) <= 1:
                guilty = response.resources[0] if response.resources else None
                yield Refused(type_url, guilty, error_message)

    def _advance(self) -> Iterator[Output]:
        """Say all that the laws allow to be said now."""
        if not self._offered:
            return
        for subscription in [*self._subscriptions.values()]:
            if subscription.state is State.DUE and self._open(subscription.lane):
                nonce = str(self._sent + 1)
                wanted = self._of_type(subscription.type_url)
                response = subscription.settle(wanted, nonce, self._wanted.version)
                if response:
                    self._sent += 1
                    yield response
                    if response.type_url == CLUSTER:
                        self._subscription(ENDPOINTS).renew([cluster.name for cluster in response.resources])
        if not self._calm():
            return
        if not self._reported:
            self._reported = True
            yield Live(self._wanted.version, tuple(self._refusals(0)))
        if self._grace is None and not any(self._refusals(1)):
            first = next((s for s in self._subscriptions.values() if s.gone), None)
            if first and first.state is State.SETTLED:
                self._grace = AwaitGrace(first.type_url, frozenset(first.gone))
                yield self._grace

    def _open(self, lane: int) -> bool:
        """Whether the types of *lane* may be sent: all in the lanes below are accepted, the clusters warm."""
        if lane == 0:
            return True
        if self._cold():
            return False
        for subscription in self._subscriptions.values():
            if subscription.lane == 0:
                blocks = not subscription.quiet if subscription.type_url in NAMED_WITHIN else subscription.novel
            else:
                blocks = subscription.lane < lane and not subscription.calm
            if blocks:
                return False
        return True

    def _calm(self) -> bool:
        """Whether the proxy has all of the wanted snapshot that it asks for and accepts; removals may linger."""
        listeners = self._of_type(LISTENER)
        asking = listeners and not self._subscription(LISTENER).refusals(listeners)
        expected = (*ALWAYS_ASKED, *ASKED_BY_LISTENERS) if asking else ALWAYS_ASKED
        unasked = (t for t in expected if self._of_type(t) and self._subscription(t).state is State.SILENT)
        return not any(unasked) and not self._cold() and all(s.calm for s in self._subscriptions.values())

    def _cold(self) -> bool:
        return any(self._still_wanted(self._warming))

    def _still_wanted(self, clusters: Mapping[str, Resource]) -> Iterator[Resource]:
        wanted = self._of_type(CLUSTER)
        for name, cluster in clusters.items():
            if name in wanted and wanted[name].version == cluster.version:
                yield cluster

    def _refusals(self, lane: int) -> Iterator[Resource]:
        """Yield what of the wanted snapshot the proxy refused, from *lane* on."""
        for subscription in self._subscriptions.values():
            if subscription.refused and subscription.lane >= lane:
                yield from subscription.refusals(self._of_type(subscription.type_url))

    def _of_type(self, type_url: str) -> Mapping[str, Resource]:
        return self._wanted.of_type(type_url)

    def _subscription(self, type_url: str) -> Subscription:
        found = self._subscriptions.get(type_url)
        if found is None:
            found = self._subscriptions[type_url] = Subscription(type_url, LANES.get(type_url, 0))
            self._subscriptions = dict(sorted(self._subscriptions.items(), key=_push_order))
        return found


def _without(clusters: Mapping[str, Resource], done: Iterable[Resource]) -> dict[str, Resource]:
    """Return those of *clusters* that are not in *done* in the same version."""
    versions = {cluster.name: cluster.version for cluster in done}
    return {name: cluster for name, cluster in clusters.items() if versions.get(name) != cluster.version}


def _push_order(entry: tuple[str, Subscription]) -> tuple[int, bool, str]:
    """By lane; clusters come, and go, before the endpoints and secrets that they use."""
    type_url, subscription = entry
    return (subscription.lane, type_url != CLUSTER, type_url)
