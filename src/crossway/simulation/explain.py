"""Explanations: why a request ends where it ends, told from the listener to the endpoint.

Everything is plain data that was worked out elsewhere in this package; here it is put in the order in which a person
asks: what happens, through which door, on which host, which route and why not another one, what holds there and who
said so, where it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from crossway.compile.contract import Stage
from crossway.compile.contract import Target as Applies
from crossway.compile.envoy.answer import is_closed
from crossway.compile.envoy.fragments import policies
from crossway.compile.envoy.quarantine import CompiledRoute
from crossway.compile.envoy.route import compile_route
from crossway.compile.envoy.view import View
from crossway.model import FieldPath, Ref, hostname
from crossway.plan.gateway import ListenerPlan
from crossway.plan.host import Candidate, overlaps
from crossway.plan.route import Place, plan_route
from crossway.plan.service import plan_service
from crossway.simulation.access import Access, access
from crossway.simulation.arrival import Arrival
from crossway.simulation.effect import Effect, Forwarded, Reply, Share
from crossway.simulation.effective import (
    ELSEWHERE,
    Held,
    Locate,
    Reader,
    everything,
    held,
    in_order,
    route_held,
)
from crossway.simulation.entrance import Answered, hostname_of
from crossway.simulation.index import HostIndex, Undecided
from crossway.simulation.near_miss import NearMiss, near_misses
from crossway.simulation.outcome import Ask, outcome
from crossway.simulation.request import Request
from crossway.simulation.router import EVERYTHING, Routed, Router, Unheard, host_index, router
from crossway.simulation.target import Target, ref_of, target

MOST_ELSEWHERE: Final = 5
"""So many routes of other hosts are named."""
FORBIDDEN: Final = 403
_PYTHON: Final = {stage.name.lower() for stage in (Stage.PLUGIN, Stage.CACHE, Stage.CONVERT, Stage.COMPOSE)}
_IDENTIFYING: Final = {Stage.AUTHN.name.lower(), Stage.CONSUMER.name.lower()}
"""The stages that find out who asks."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A hostname that means the request's host too, less specifically, and is not looked at."""

    hostname: str
    route: str
    """The route there that would take the request; empty for none."""


@dataclass(frozen=True, slots=True)
class Door:
    """The listener that a request comes in at."""

    gateway: str
    listener: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The match that takes a request."""

    route: str
    match: int
    path: str
    origin: str
    state: str = ""
    """Why it does not do what is written; empty for a route that is live."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request ends where it ends."""

    method: str
    url: str
    summary: str
    """What happens, in a sentence."""
    status: int | None = None
    """The status that the gateway answers with by itself; `None` where a backend does, or nobody."""
    client_ip: str | None = None
    door: Door | None = None
    path: str = ""
    """The path in normal form, with the query."""
    hostname: str | None = None
    """The hostname of the configuration that owns the request."""
    passed_over: tuple[PassedOver, ...] = ()
    taken: Taken | None = None
    depends_on: tuple[str, ...] = ()
    """The conditions that hang on what is not known of the request; then `outcomes` says what it may come to."""
    outcomes: tuple[str, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    more_near_misses: int = 0
    """How many there are besides."""
    elsewhere: tuple[PassedOver, ...] = ()
    """For a 404: routes of other hosts that would take it."""
    policies: tuple[Held, ...] = ()
    access: tuple[Access, ...] = ()
    """What policies with rules say of the request, whoever asks; a credential may be refused before."""
    effect: Effect | None = None
    targets: tuple[Target, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the explanation as plain data."""
        return asdict(replace(self, policies=())) | {"policies": [policy.as_dict() for policy in self.policies]}


def explain(
    ask: Ask,
    locate: Locate,
    request: Request,
    view: View = EVERYTHING,
    *,
    sees: Callable[[str], bool] = everything,
) -> Explanation:
    """Return why *request* ends where it ends, in the plan that *ask* answers for; *locate* finds what is written.

    *sees* says which namespaces exist for whoever asks; nothing of the others is told but that it is there.
    """
    reader = Reader(ask, locate, sees)
    asked = Explanation(request.method, f"{request.scheme}://{request.host}{request.path}", "")
    gates = ask(router, view)
    routed = gates.route(request)
    if isinstance(routed, Unheard):
        known = all(sees(gate.plan.gateway.namespace) for gate in gates.gates)
        return replace(asked, summary=f"no answer: {routed.reason if known else 'no listener takes it'}")
    return _heard(reader, request, routed, gates, asked)


def _heard(reader: Reader, request: Request, routed: Routed, gates: Router, asked: Explanation) -> Explanation:
    listener, arrival = routed.listener, routed.arrival
    if reader.sees(listener.gateway.namespace):
        asked = replace(asked, door=_door(listener))
    asked = replace(asked, policies=held(reader, Applies.LISTENER, listener.policies))
    if isinstance(routed.match, Answered):
        answer = routed.match
        where = f" to {answer.headers['location']}" if "location" in answer.headers else ""
        summary = f"{answer.status}{where}: {answer.reason}; no route is looked for"
        return replace(asked, summary=summary, status=answer.status, effect=Reply(answer.status, answer.headers))
    assert arrival is not None, "only an answer comes without an arrival"
    asked = replace(asked, client_ip=arrival.client_ip, path=arrival.target)
    if isinstance(routed.match, Candidate) and not reader.sees(routed.match.route.namespace):
        return replace(asked, summary=f"a route of {ELSEWHERE} takes it")
    if routed.place is None:
        name = hostname_of(arrival.host)
        summary = f"404: no route is for the host {name}"
        return replace(asked, summary=summary, status=404, elsewhere=_elsewhere(reader, gates, routed, arrival))
    return _on_host(reader, request, routed, routed.place, arrival, gates, asked)


def _on_host(
    reader: Reader,
    request: Request,
    routed: Routed,
    place: Place,
    arrival: Arrival,
    gates: Router,
    asked: Explanation,
) -> Explanation:
    match = routed.match
    tried = [candidate for candidate in reader.ask(host_index, place).candidates if not candidate.preflight]
    candidates = [candidate for candidate in tried if reader.sees(candidate.route.namespace)]
    winner = match if isinstance(match, Candidate) else None
    misses, more = near_misses(candidates, winner, arrival)
    hidden = {}
    if len(candidates) == len(tried):  # a hidden match names the one that hides it
        hidden = {(item.about, item.path): item.message for item in reader.ask(overlaps, place)}
    asked = replace(
        asked,
        hostname=place.hostname,
        passed_over=_passed_over(reader, gates, routed, arrival),
        near_misses=tuple(_placed(reader, candidate, miss, hidden) for candidate, miss in misses),
        more_near_misses=more,
    )
    if isinstance(match, Undecided):
        outcomes = tuple(_outcome(reader, item) for item in match.outcomes)
        summary = f"it depends: {' or '.join(outcomes)}"
        return replace(asked, summary=summary, depends_on=tuple(map(str, match.conditions)), outcomes=outcomes)
    if winner is None:
        count = f"{len(candidates)} match{'es' if len(candidates) != 1 else ''}"
        summary = f"404: host {place.hostname} has {count}, and none takes {request.method} {arrival.path}"
        return replace(asked, summary=summary, status=404, elsewhere=_elsewhere(reader, gates, routed, arrival))
    return _taken(reader, request, arrival, place, winner, asked)


def _outcome(reader: Reader, candidate: Candidate | None) -> str:
    if candidate is None:
        return "404"
    sees = reader.sees(candidate.route.namespace)
    return f"route {candidate.route.local}" if sees else f"a route of {ELSEWHERE}"


def _taken(
    reader: Reader,
    request: Request,
    arrival: Arrival,
    place: Place,
    winner: Candidate,
    asked: Explanation,
) -> Explanation:
    ask = reader.ask
    compiled = ask(compile_route, winner.route, winner.index, winner.door)
    result = outcome(ask, request, arrival, winner, place)
    route_policies = route_held(reader, winner.route, winner.door)
    services = [ask(plan_service, ref_of(share)) for share in _services(reader, result)]
    about_services = (item for plan in services if plan for item in held(reader, Applies.SERVICE, plan.policies))
    identified = any(policy.stage in _IDENTIFYING for policy in route_policies)
    decisions = access(compiled.message, arrival, identified=identified)
    python = tuple(policy.name for policy in route_policies if policy.stage in _PYTHON) if compiled.inner else ()
    plan = ask(plan_route, winner.route)
    answering = plan.route.answering if plan else ()
    summary = _summary(winner, compiled, result, python)
    composed = compiled.inner is not None and bool(answering)
    if composed:
        summary = f"{' and '.join(answering)} of route {winner.route.local} answers it"
    refusal = next((item.policy for item in decisions if item.outcome == "refused"), None)
    if refusal is not None:
        result = Reply(FORBIDDEN)
        summary = f"{FORBIDDEN}: {refusal} of route {winner.route.local} refuses it, whoever asks"
    return replace(
        asked,
        summary=summary,
        status=result.status if isinstance(result, Reply) and not composed else None,
        taken=Taken(
            winner.route.local,
            winner.index,
            str(winner.match.effective_path),
            reader.place(winner.route, ("matches", winner.index)),
            f"{compiled.finding.message} [{compiled.finding.code}]" if compiled.finding else "",
        ),
        policies=in_order((*asked.policies, *route_policies, *about_services), ask(policies)),
        access=decisions,
        effect=None if composed else result,
        targets=_targets(reader, result),
    )


def _targets(reader: Reader, result: Effect) -> tuple[Target, ...]:
    found = (reader.ask(target, ref_of(share), share.percent, share.subset) for share in _services(reader, result))
    return tuple(item for item in found if item is not None)


def _services(reader: Reader, result: Effect) -> list[Share]:
    """Return the services that a request may go to, as far as they exist for who asks."""
    services = result.services if isinstance(result, Forwarded) else ()
    return [share for share in services if reader.sees(ref_of(share).namespace)]


def _summary(winner: Candidate, compiled: CompiledRoute, result: Effect, python: tuple[str, ...]) -> str:
    name = winner.route.local
    unless = f", unless {' or '.join(python)} answers it" if python else ""
    if isinstance(result, Forwarded):
        services = ", ".join(share.service for share in result.services if share.percent)
        rest = f", or answers {result.status}" if result.status else ""
        return f"route {name} forwards it to {services}{rest}{unless}"
    if compiled.finding is not None and is_closed(compiled.message):
        return f"{result.status}: route {name} is closed: {compiled.finding.message} [{compiled.finding.code}]"
    if "location" in result.headers:
        return f"{result.status}: route {name} redirects it to {result.headers['location']}{unless}"
    return f"{result.status}: route {name} answers it{unless}"


def _door(listener: ListenerPlan) -> Door:
    settings = listener.settings
    return Door(listener.gateway.local, listener.name, settings.address, settings.port)


def _placed(
    reader: Reader, candidate: Candidate, miss: NearMiss, hidden: Mapping[tuple[Ref | None, FieldPath], str]
) -> NearMiss:
    where: FieldPath = ("matches", candidate.index)
    reason = hidden.get((candidate.route, where), miss.reason)
    return replace(miss, reason=reason, origin=reader.place(candidate.route, where))


def _passed_over(reader: Reader, gates: Router, routed: Routed, arrival: Arrival) -> tuple[PassedOver, ...]:
    """Return the less specific hosts that mean the request's host, with what would take it there."""
    name = hostname_of(arrival.host)
    found = [
        (place, index)
        for place, index in gates.table(routed.listener).hosts.values()
        if place != routed.place and hostname.covers(place.hostname, name) and _is_seen(reader, index)
    ]
    found.sort(key=lambda item: hostname.specificity(item[0].hostname), reverse=True)
    return tuple(PassedOver(place.hostname, _name(reader, index.first(arrival))) for place, index in found)


def _elsewhere(reader: Reader, gates: Router, routed: Routed, arrival: Arrival) -> tuple[PassedOver, ...]:
    """Return routes of other hosts that would take a request which nobody takes, the hosts that look alike first."""
    name = hostname_of(arrival.host)
    found: list[PassedOver] = []
    for place, index in gates.table(routed.listener).hosts.values():
        if not hostname.covers(place.hostname, name) and _is_seen(reader, index):
            route = _name(reader, index.first(arrival))
            found += [PassedOver(place.hostname, route)] if route else []
    return tuple(sorted(found, key=lambda item: -_likeness(item.hostname, name))[:MOST_ELSEWHERE])


def _is_seen(reader: Reader, index: HostIndex) -> bool:
    """Return whether a host is known to who asks: there is a route of theirs on it, or it has none."""
    candidates = index.candidates
    return not candidates or any(reader.sees(candidate.route.namespace) for candidate in candidates)


def _likeness(one: str, other: str) -> int:
    """Return how many labels two names share at their ends."""
    labels = zip(reversed(one.split(".")), reversed(other.split(".")), strict=False)
    return sum(1 for mine, yours in labels if mine == yours)


def _name(reader: Reader, match: Candidate | Undecided | None) -> str:
    """Return the route that takes a request; empty for none, and for one that who asks must not know."""
    if isinstance(match, Undecided):
        match = next((item for item in match.outcomes if item is not None), None)
    return match.route.local if match and reader.sees(match.route.namespace) else ""
