"""The protocol against a model of Envoy, in random order: it ends where it should, and nothing breaks on the way."""

from collections import deque
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.compile.envoy.resource import Resource
from crossway.xds.protocol import (
    CLUSTER,
    DONE,
    ENDPOINTS,
    LISTENER,
    ROUTES,
    SCOPED_ROUTES,
    AwaitGrace,
    AwaitWarm,
    Live,
    Output,
    Stream,
)
from crossway.xds.snapshot import Snapshot
from crossway.xds.subscription import Request, Send

NAMES = "abc"


@dataclass
class Envoy:
    """Applies responses as Envoy was seen to: it acknowledges clusters when they are warm, and removes before it adds.

    Refers: a route's bytes are the name of its cluster, a listener's those of its route configuration.
    """

    bad: frozenset[tuple[str, str, str]]
    held: dict[str, dict[str, Resource]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """The clusters it was ever sent and refused."""
    warming: set[str] = field(default_factory=set)
    asked: dict[str, set[str]] = field(default_factory=dict)
    outbox: deque[Request] = field(default_factory=deque)
    withheld: Request | None = None

    def connect(self) -> None:
        self.outbox.clear()
        self.withheld = None
        self.warming.clear()
        for type_url in (CLUSTER, ENDPOINTS, LISTENER, ROUTES, SCOPED_ROUTES):
            names = tuple(sorted(self.asked.get(type_url, ())))
            if type_url in (CLUSTER, LISTENER) or names or (type_url == SCOPED_ROUTES and self.of(LISTENER)):
                versions = {name: resource.version for name, resource in self.of(type_url).items()}
                self.outbox.append(Request(type_url, names, initial_versions=versions))

    def of(self, type_url: str) -> dict[str, Resource]:
        return self.held.setdefault(type_url, {})

    def receive(self, response: Send) -> None:
        type_url = response.type_url
        guilty = [r.name for r in response.resources if (type_url, r.name, r.version) in self.bad]
        if type_url not in (ENDPOINTS, ROUTES):
            for name in response.removed:
                self.of(type_url).pop(name, None)
                self.follow(type_url, name, None)
        atomic = guilty and type_url == SCOPED_ROUTES
        for resource in response.resources:
            if type_url == CLUSTER and resource.name in guilty:
                self.refused.add(resource.name)
            if not atomic and resource.name not in guilty:
                known = self.of(type_url).get(resource.name)
                self.of(type_url)[resource.name] = resource
                if known is None or known.version != resource.version:
                    self.follow(type_url, resource.name, resource)
        if type_url == ENDPOINTS:
            self.warming -= {resource.name for resource in response.resources} | set(response.removed)
        message = f"bad: {guilty}" if guilty else None
        answer = Request(type_url, response_nonce=response.nonce, error_message=message)
        if type_url == CLUSTER and self.warming and not guilty:
            self.withheld = answer
        else:
            self.outbox.append(answer)
        if self.withheld and not self.warming:
            self.outbox.append(self.withheld)
            self.withheld = None

    def follow(self, type_url: str, name: str, resource: Resource | None) -> None:
        """Subscribe to what a cluster or a listener needs, or unsubscribe when it is gone."""
        if type_url == LISTENER and resource and SCOPED_ROUTES not in self.asked:
            self.asked[SCOPED_ROUTES] = set()
            self.outbox.append(Request(SCOPED_ROUTES))
        child = {CLUSTER: ENDPOINTS, LISTENER: ROUTES}.get(type_url)
        if child is None:
            return
        names = self.asked.setdefault(child, set())
        if type_url == CLUSTER:
            self.warming.discard(name)
            if resource:
                self.warming.add(name)
        if resource and name not in names:
            names.add(name)
            self.outbox.append(Request(child, subscribe=(name,)))
        elif resource is None and name in names:
            names.discard(name)
            self.of(child).pop(name, None)
            self.outbox.append(Request(child, unsubscribe=(name,)))

    def check(self) -> None:
        """Nothing that routes leads to a cluster that is not there, unless the proxy refused that one."""
        for type_url in (ROUTES, SCOPED_ROUTES):
            for route in self.of(type_url).values():
                cluster = route.wire.decode()
                assert cluster in self.of(CLUSTER) or cluster in self.refused, f"{route.name} leads nowhere"


@dataclass
class World:
    """A control plane, an Envoy, and what is on the way between them."""

    envoy: Envoy
    stream: Stream = field(default_factory=Stream)
    snapshot: Snapshot | None = None
    down: deque[Send] = field(default_factory=deque)
    waits: deque[AwaitWarm | AwaitGrace] = field(default_factory=deque)
    live: list[Live] = field(default_factory=list)

    def take(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send():
                    assert all(sent.type_url != output.type_url for sent in self.down), "two under way"
                    assert len({r.name for r in output.resources}) == len(output.resources)
                    self.down.append(output)
                case AwaitWarm() | AwaitGrace():
                    self.waits.append(output)
                case Live():
                    self.live.append(output)

    def offer(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.take(self.stream.offer(snapshot))

    def reconnect(self) -> None:
        self.stream = Stream()
        self.down.clear()
        self.waits.clear()
        self.envoy.connect()
        if self.snapshot:
            self.take(self.stream.offer(self.snapshot))

    def deliver_down(self) -> None:
        if self.down:
            self.envoy.receive(self.down.popleft())
            self.envoy.check()

    def deliver_up(self) -> None:
        if self.envoy.outbox:
            self.take(self.stream.receive(self.envoy.outbox.popleft()))

    def answer_wait(self) -> None:
        if self.waits:
            awaited = self.waits.popleft()
            self.take(self.stream.warm(awaited) if isinstance(awaited, AwaitWarm) else self.stream.elapsed(awaited))

    def be_late(self) -> None:
        if self.waits and isinstance(awaited := self.waits[0], AwaitWarm):
            self.waits.rotate(-1)
            self.take(self.stream.give_up(awaited))

    def drain(self) -> None:
        for _ in range(2000):
            if not (self.down or self.envoy.outbox or self.waits):
                return
            self.deliver_down()
            self.deliver_up()
            self.answer_wait()
        raise AssertionError("it does not come to rest")


versions = st.sampled_from("12345")


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    clusters = draw(st.sets(st.sampled_from(NAMES), min_size=1))
    resources = [Resource(CLUSTER, name, draw(versions), b"") for name in sorted(clusters)]
    resources += [Resource(ENDPOINTS, name, draw(versions), b"") for name in sorted(clusters) if draw(st.booleans())]
    listeners = draw(st.sets(st.sampled_from(NAMES)))
    for name in sorted(listeners):
        resources.append(Resource(LISTENER, name, draw(versions), b""))
        resources.append(_route(ROUTES, name, draw(versions), draw(st.sampled_from(sorted(clusters)))))
    for name in sorted(draw(st.sets(st.sampled_from(NAMES)))) if listeners else ():
        resources.append(_route(SCOPED_ROUTES, name, draw(versions), draw(st.sampled_from(sorted(clusters)))))
    return Snapshot.of(resources)


def _route(type_url: str, name: str, version: str, cluster: str) -> Resource:
    return Resource(type_url, name, version + cluster, cluster.encode())


bad = st.frozensets(
    st.tuples(
        st.sampled_from([CLUSTER, ENDPOINTS, LISTENER, ROUTES, SCOPED_ROUTES]),
        st.sampled_from(NAMES),
        st.sampled_from(["1", "2", "1a", "2a", "1b", "2c"]),
    ),
    max_size=6,
)
steps = st.lists(
    st.one_of(
        snapshots(),
        st.sampled_from(["down", "down", "down", "up", "up", "up", "wait", "wait", "late", "reconnect"]),
    ),
    max_size=50,
)


@settings(max_examples=100, deadline=None)
@given(bad=bad, steps=steps, last=snapshots())
def test_a_proxy_ends_with_the_last_snapshot_and_no_route_ever_leads_nowhere(
    bad: frozenset[tuple[str, str, str]], steps: list[Snapshot | str], last: Snapshot
) -> None:
    world = World(Envoy(bad))
    world.reconnect()
    for step in steps:
        match step:
            case Snapshot():
                world.offer(step)
            case "down":
                world.deliver_down()
            case "up":
                world.deliver_up()
            case "wait":
                world.answer_wait()
            case "late":
                world.be_late()
            case "reconnect":
                world.reconnect()
    world.offer(last)
    world.drain()

    refused = {(r.type_url, r.name) for of_type in last.resources.values() for r in of_type.values() if _is(r, bad)}
    for type_url in (CLUSTER, ENDPOINTS, LISTENER, ROUTES, SCOPED_ROUTES):
        wanted = last.of_type(type_url)
        held = world.envoy.of(type_url)
        for name, resource in wanted.items():
            if (type_url, name) in refused or _unreachable(type_url, name, refused):
                continue
            assert held[name].version == resource.version
        ignores_removals = type_url in (ENDPOINTS, ROUTES)
        runs_on_predecessors = any(kind in (LISTENER, ROUTES, SCOPED_ROUTES) for kind, _ in refused)
        if not (ignores_removals or runs_on_predecessors):
            assert held.keys() <= wanted.keys()
    assert world.live[-1].version == last.version
    assert world.stream.progress == DONE
    assert {(r.type_url, r.name) for r in world.live[-1].without} <= refused


def _is(resource: Resource, bad: frozenset[tuple[str, str, str]]) -> bool:
    return (resource.type_url, resource.name, resource.version) in bad


def _unreachable(type_url: str, name: str, refused: set[tuple[str, str]]) -> bool:
    """Whether the proxy does not ask for the resource because it refused the one that names it."""
    parent = {ENDPOINTS: CLUSTER, ROUTES: LISTENER}.get(type_url)
    if type_url == SCOPED_ROUTES:
        return any(kind == LISTENER for kind, _ in refused)
    return parent is not None and (parent, name) in refused
