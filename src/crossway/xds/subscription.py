"""What one proxy knows of one resource type: its subscription, its versions and the answer it owes us.

The laws
--------

1. One response of a type is under way at a time; what changes meanwhile is coalesced into the next one.
2. What the proxy has is not sent again. What it names anew is always answered, even if we believe it has it: it may
   have dropped it ("the server must respond with all resources listed in resource_names_subscribe").
3. A name that is asked for and does not exist is answered as removed, and remembered: it is sent when it appears.
4. A response that is refused is halved until the guilty resource stands alone; an accepted one doubles the next. A
   proxy may have applied some of a refused response, so its resources count as unknown until they are answered.
5. A resource refused alone is not sent again until another version of it is wanted, or none; the proxy still has the
   version before, and needs nothing if that is what is wanted next. What was refused once may be tried once more after
   that: an address that was taken may be free.
6. A stale nonce answers nothing, but the subscriptions beside it hold.

Every input moves the state by `TRANSITIONS` and by nothing else.

Source: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol (incremental xDS) and discovery.proto.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from crossway.compile.envoy.resource import Resource
from crossway.errors import Bug
from crossway.xds.held import Held

WILDCARD = "*"


class State(enum.Enum):
    """Where the conversation about one type stands."""

    SILENT = "silent"
    """The proxy has not spoken of the type."""
    SETTLED = "settled"
    """The proxy has all that it asked for."""
    DUE = "due"
    """There may be something to say; the order of types may hold it back."""
    IN_FLIGHT = "in flight"
    """A response is under way and not yet answered."""


class Input(enum.Enum):
    """What can happen to the conversation about one type."""

    ASK = "the proxy changes its subscription"
    CHANGE = "the snapshot changes"
    NOTHING = "there is nothing to say"
    SEND = "a response is sent"
    ACK = "the response is accepted"
    NACK = "the response is refused"


TRANSITIONS: Mapping[State, Mapping[Input, State]] = MappingProxyType(
    {
        State.SILENT: {Input.ASK: State.DUE},
        State.SETTLED: {Input.ASK: State.DUE, Input.CHANGE: State.DUE},
        State.DUE: {
            Input.ASK: State.DUE,
            Input.CHANGE: State.DUE,
            Input.NOTHING: State.SETTLED,
            Input.SEND: State.IN_FLIGHT,
        },
        State.IN_FLIGHT: {
            Input.ASK: State.IN_FLIGHT,
            Input.CHANGE: State.IN_FLIGHT,
            Input.ACK: State.DUE,
            Input.NACK: State.DUE,
        },
    }
)


@dataclass(frozen=True, slots=True)
class Request:
    """A DeltaDiscoveryRequest, parsed."""

    type_url: str
    subscribe: tuple[str, ...] = ()
    unsubscribe: tuple[str, ...] = ()
    initial_versions: Mapping[str, str] = field(default_factory=dict)
    """What the proxy kept from an earlier stream, name to version; only in the first request for a type."""
    response_nonce: str = ""
    error_message: str | None = None
    """Why the response with that nonce is refused; `None` where it is accepted."""


@dataclass(frozen=True, slots=True)
class Send:
    """A DeltaDiscoveryResponse to be sent."""

    type_url: str
    nonce: str
    version: str
    """Of the snapshot that it was taken from; for people who debug."""
    resources: tuple[Resource, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(slots=True)
class Subscription:
    """One type of one stream. *wanted*, where a method takes it, is the newest snapshot's resources by name."""

    type_url: str
    lane: int
    """Its place in the order of pushes, see `protocol`. In the first, 0, what is not wanted lingers until `release`."""
    state: State = State.SILENT
    wildcard: bool = False
    names: frozenset[str] = frozenset()
    held: Held = field(default_factory=Held)
    """What the proxy has: name to the version it last accepted."""
    refused: dict[str, str] = field(default_factory=dict)
    """What it refused and is not sent again: name to version."""
    gone: set[str] = field(default_factory=set)
    """What it has and is no longer wanted, until `release` lets it go."""
    in_flight: Send | None = None
    _dirty: dict[str, None] = field(default_factory=dict)
    """The names to look at before the next response, in order."""
    _asked: set[str] = field(default_factory=set)
    """The names that must be answered, whatever the proxy has."""
    _doubted: set[str] = field(default_factory=set)
    _released: set[str] = field(default_factory=set)
    _greet: bool = False
    """A first wildcard must be answered, be it with nothing: a proxy waits for it before it goes on."""
    _limit: int | None = None
    """How many resources a response may carry while a guilty one is searched."""

    def ask(self, request: Request, wanted: Mapping[str, Resource]) -> None:
        """Take in a change of the subscription."""
        # "if the client has never explicitly subscribed to any resource names, the server should treat that
        # identically to the client having explicitly subscribed to '*'"
        legacy = self.state is State.SILENT and not request.subscribe
        self.held.take(request.initial_versions)
        self._dirty.update(dict.fromkeys(request.initial_versions))
        names = [name for name in request.subscribe if name != WILDCARD]
        self.names = _one_of_all(self.names.union(names))
        self._dirty.update(dict.fromkeys(names))
        self._insist(name for name in names if name not in request.initial_versions)
        if legacy or WILDCARD in request.subscribe:
            self.wildcard = True
            self._greet = not request.initial_versions
            self._dirty.update(dict.fromkeys(wanted))
        for name in request.unsubscribe:
            self._unsubscribe(name)
        self._step(Input.ASK)

    def _insist(self, names: Iterable[str]) -> None:
        """See to it that *names* are answered, whatever the proxy was believed to have."""
        for name in names:
            self.held.drop(name)
            self._asked.add(name)

    def _unsubscribe(self, name: str) -> None:
        self.names = _one_of_all(self.names - {name})
        if name == WILDCARD:
            self.wildcard = False
            known = {*self.held, *self.refused, *self._dirty, *self.gone}
            for other in known - self.names:
                self._forget(other)
        elif self.wildcard:
            # The proxy cannot know whether the wildcard still covers the name: the server must say so.
            self._insist([name])
            self._dirty[name] = None
        else:
            self._forget(name)

    def _forget(self, name: str) -> None:
        self.held.drop(name)
        for kept in (self.refused, self._dirty):
            kept.pop(name, None)
        for marks in (self._asked, self._doubted, self.gone, self._released):
            marks.discard(name)

    def follow(self, wanted: Mapping[str, Resource], changed: Sequence[str]) -> None:
        """Take in that *wanted* is wanted from now on; it differs in the names in *changed* from what was before."""
        self.held.follow(wanted, changed)
        self.change(changed)

    def change(self, names: Iterable[str]) -> None:
        """Look at *names* again before the next response: the snapshot has another version of them, or none."""
        tracked = [name for name in names if self.wildcard or name in self.names]
        if tracked:
            self._dirty.update(dict.fromkeys(tracked))
            self._step(Input.CHANGE)

    def renew(self, names: Iterable[str]) -> None:
        """Answer *names* again, as if the proxy had asked for those of them that it is subscribed to."""
        tracked = [name for name in names if self.wildcard or name in self.names]
        self._insist(tracked)
        self.change(tracked)

    def release(self, names: Iterable[str]) -> None:
        """Let *names* be removed, as far as they are still not wanted."""
        released = self.gone.intersection(names)
        if released:
            self._released |= released
            self._step(Input.CHANGE)

    def settle(self, wanted: Mapping[str, Resource], nonce: str, version: str) -> Send | None:
        """Return the response that is due, which then is under way, or `None` if the proxy has everything."""
        resources: list[Resource] = []
        unknown: list[str] = []
        for name in self._dirty:
            resource = wanted.get(name)
            if name in self.refused and (resource is None or resource.version != self.refused[name]):
                del self.refused[name]
            if resource is not None:
                self.gone.discard(name)
                self._released.discard(name)
                if self._needs(resource):
                    resources.append(resource)
            elif name in self._asked:
                unknown.append(name)
            elif name in self.held or name in self._doubted:
                self.gone.add(name)
                if self.lane > 0:
                    self._released.add(name)
        removed = (*unknown, *self._released)
        chosen = resources[: self._limit]
        self._dirty = dict.fromkeys(resource.name for resource in resources[len(chosen) :])
        if not (chosen or removed or self._greet):
            self.held.share(wanted)
            self._step(Input.NOTHING)
            return None
        self._greet = False
        self._asked = self._asked.difference(removed, [resource.name for resource in chosen])
        self.in_flight = Send(self.type_url, nonce, version, tuple(chosen), removed)
        self._step(Input.SEND)
        return self.in_flight

    def _needs(self, resource: Resource) -> bool:
        name, version = resource.name, resource.version
        unlike = self.held.get(name) != version or name in self._doubted
        return name in self._asked or (unlike and self.refused.get(name) != version)

    def accept(self) -> Send:
        """Take in that the response under way was accepted, and return it."""
        response = self._answered()
        versions = {resource.name: resource.version for resource in response.resources}
        for name in self.refused.keys() & versions.keys():
            del self.refused[name]
        self._doubted -= versions.keys()
        if not self.wildcard:
            versions = {name: version for name, version in versions.items() if name in self.names}
        self.held.take(versions)
        self._limit = self._limit * 2 if self._limit and self._dirty else None
        self._step(Input.ACK)
        return response

    def refuse(self) -> Send:
        """Take in that the response under way was refused, and return it. One resource in it is the guilty one."""
        response = self._answered()
        names = [resource.name for resource in response.resources]
        if len(names) == 1:
            self.refused[names[0]] = response.resources[0].version
            self._doubted.discard(names[0])
        elif names:
            self._doubted.update(names)
            self._dirty.update(dict.fromkeys(names))
            self._limit = len(names) // 2
        self._step(Input.NACK)
        return response

    def _answered(self) -> Send:
        response, self.in_flight = self.in_flight, None
        if response is None:
            raise Bug(f"An answer for {self.type_url} was taken in, and no response is under way.")
        for name in response.removed:
            self.held.drop(name)
            for marks in (self._doubted, self.gone, self._released):
                marks.discard(name)
        return response

    @property
    def quiet(self) -> bool:
        """Whether the proxy has all resources that are wanted; removals may be outstanding."""
        under_way = self.in_flight is not None and not (self.in_flight.removed and not self.in_flight.resources)
        return not (self._dirty or self._greet or under_way)

    @property
    def calm(self) -> bool:
        """Whether nothing is to be waited for: quiet, and what does not linger is removed."""
        return self.quiet if self.lane == 0 else self.state in (State.SILENT, State.SETTLED)

    @property
    def novel(self) -> bool:
        """Whether a name that the proxy does not have yet is due or under way."""
        under_way = self.in_flight.resources if self.in_flight else ()
        return any(name not in self.held for name in self._dirty) or any(
            resource.name not in self.held for resource in under_way
        )

    def refusals(self, wanted: Mapping[str, Resource]) -> list[Resource]:
        """Return the wanted resources that the proxy refused in just that version."""
        found = [(wanted.get(name), version) for name, version in self.refused.items()]
        return [resource for resource, version in found if resource and resource.version == version]

    def _step(self, happening: Input) -> None:
        after = TRANSITIONS[self.state].get(happening)
        if after is None:
            raise Bug(f"In the state {self.state.value!r} of {self.type_url} it cannot be that {happening.value}.")
        self.state = after


@lru_cache(maxsize=64)
def _one_of_all(names: frozenset[str]) -> frozenset[str]:
    """Return the same set for all that are equal: proxies of one view ask for the same thousands of names."""
    return names
