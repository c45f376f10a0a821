"""Judges: what the configuration in question changes about one request of a log.

One judge has the configuration that ran, and takes the log as evidence. The other one has nothing but the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from crossway.compile.variables import CREDENTIALS
from crossway.daemon.replay.evidence import Evidence
from crossway.daemon.replay.original import AGENT
from crossway.daemon.replay.side import GATEWAY, REDIRECT, Learnt, Port, Possible, Side, route_of
from crossway.daemon.replay.tally import Doubt, Mismatch
from crossway.daemon.replay.treatment import NOWHERE, Change, Treatment, compare
from crossway.plan.route import Place
from crossway.simulation.condition import Condition, Subject
from crossway.simulation.entrance import hostname_of
from crossway.simulation.request import Request, port_of
from crossway.telemetry.access_log import HEADER, QUERY, Record, Variables, as_request, printable

_REWRITTEN: Final = Doubt(("the path or the host that was asked for, which the route has replaced in the log",), "")
_LISTENER: Final = Doubt(("the listener, of which this log has no port",), "")
_UNHEARD: Final = Doubt(("the listener, of which there is none for it",), "")

Judgement = tuple[Change | Doubt | None, Mismatch | None]
"""What changes, or why that is not known, or nothing; and where the log and the configuration before disagree."""


class _Way(NamedTuple):
    """A port, and what takes after the change what came to it before."""

    port: Port
    there: Port | None
    is_same: bool
    """Whether the two are configured alike, but for the routes."""


class Judge:
    """Compares what two configurations do with a request. The log says which route took it *before*."""

    def __init__(self, before: Side, after: Side) -> None:
        self._before = before
        self._after = after
        pairs = ((port, after.port(port)) for port in before.ports)
        self._ways = tuple(_Way(port, there, there is not None and port.plan == there.plan) for port, there in pairs)
        self._compared: dict[tuple[Treatment, Treatment], Change | None] = {}
        self._alike: dict[Place, bool] = {}

    def judge(self, record: Record, variables: Variables) -> Judgement:
        """Return what changes about the request of *record*, and whether the configuration before is the one that ran.

        *variables* are more that is known of it, see `AccessLog.variables`.
        """
        asked = _as_asked(self._before, record, variables)
        if asked is None:
            return self._unseen(record.route or ""), None
        known = asked.known
        requests = [(way, _request(self._before, way.port, asked)) for way in _possible(self._ways, asked.record)]
        changes: set[Change | None] = set()
        hanging: list[Condition] = []
        for way, request in requests:
            learnt = self._before.learn(request, record.route, known)
            if learnt is not None:
                after = self._afterwards(way, request, learnt)
                changes |= {self._compare(learnt.treatment, other) for other in after.treatments}
                hanging += after.hanging
        if changes:
            return _settled(changes, hanging), None
        simulated: set[str] = set()
        for way, request in requests:
            before = self._before.possible(request, known)
            after = self._after.possible(_moved(request, way), known)
            simulated |= {one.route for one in before.treatments}
            changes |= {self._compare(one, other) for one in before.treatments for other in after.treatments}
            hanging += (*before.hanging, *after.hanging)
        mismatch = Mismatch(printable(record.route or NOWHERE), " or ".join(sorted(simulated)) or NOWHERE)
        return _settled(changes, hanging), mismatch

    def _afterwards(self, way: _Way, request: Request, learnt: Learnt) -> Possible:
        """Return what may become of a request of which it is known what became of it."""
        place = learnt.place
        if place and way.there and way.is_same and way.there.finds(learnt.entered, request.host) == place:
            if place not in self._alike:
                self._alike[place] = self._before.tried(place) == self._after.tried(place)
            if self._alike[place]:  # and so the same match takes it, whatever is not known of it
                return Possible((self._after.treatment(learnt.candidate, place, learnt.entered),))
        return self._after.possible(_moved(request, way), learnt.known)

    def _unseen(self, route: str) -> Change | Doubt | None:
        """Return what changes for all requests that the Envoy route called *route* takes, whatever they asked for."""
        after = dict(self._after.places(route))
        changes: set[Change | None] = set()
        for place, treatment in self._before.places(route):
            is_same = self._before.hosts(place.table) == self._after.hosts(place.table)
            if not is_same or self._before.tried(place) != self._after.tried(place):
                return _REWRITTEN
            changes.add(self._compare(treatment, after[place]))
        return changes.pop() if len(changes) == 1 else _REWRITTEN

    def _compare(self, before: Treatment, after: Treatment) -> Change | None:
        pair = before, after
        if pair not in self._compared:
            self._compared[pair] = compare(before, after)
        return self._compared[pair]


class LogJudge:
    """Compares what the log says with what a configuration does."""

    def __init__(self, after: Side) -> None:
        self._after = after
        self._ways = tuple(_Way(port, port, is_same=True) for port in after.ports)

    def judge(self, record: Record, variables: Variables) -> Judgement:
        """Return what changes about the request of *record*; see `Judge.judge`."""
        asked = _as_asked(self._after, record, variables)
        if asked is None:
            return _REWRITTEN, None
        changes: set[Change | None] = set()
        hanging: list[Condition] = []
        for way in _possible(self._ways, asked.record):
            after = self._after.possible(_request(self._after, way.port, asked), asked.known)
            changes |= {compare(_logged(record, treatment), treatment) for treatment in after.treatments}
            hanging += after.hanging
        return _settled(changes, hanging), None


class _Asked(NamedTuple):
    """A request as the client sent it, as far as anybody knows."""

    record: Record
    variables: Variables
    known: Evidence


def _as_asked(side: Side, record: Record, variables: Variables) -> _Asked | None:
    """Return what the client asked for; `None` if its route has replaced that in the log."""
    original = side.original(record.route) if record.route else None
    undone = original.undone(record, variables) if original else (record, variables)
    if undone is None:
        return None
    knows_agent = original is None or AGENT not in original.edited
    return _Asked(*undone, _known(*undone, knows_agent=knows_agent))


def _request(logged: Side, port: Port, asked: _Asked) -> Request:
    """Return what was *asked* as it comes to *port*; the log is that of the configuration *logged*."""
    record, variables, _ = asked
    listener = port.listener(record.sni or hostname_of(record.host or ""))
    number = None if listener else port.number
    return as_request(record, variables, knows_query=logged.knows_query, listener=listener, port=number)


def _moved(request: Request, way: _Way) -> Request:
    """Return *request*, which came *way* before, as it comes after the change."""
    name = request.sni or hostname_of(request.host)
    listener = way.there.listener(name) if way.there else None
    if listener is not None and listener == request.listener:
        return request
    return replace(request, listener=listener, port=None if listener else way.port.number)


def _possible(ways: Sequence[_Way], record: Record) -> Sequence[_Way]:
    """Return those of *ways* that a request may have come: by its port if the log, or else its host, names one."""
    secure = record.tls_version is not None
    found = [way for way in ways if way.port.secure is secure]
    named = (record.port or port_of(record.host or "")) if len(found) > 1 else None
    return [way for way in found if way.port.number == named] or found


def _known(record: Record, variables: Variables, *, knows_agent: bool) -> Evidence:
    """Return what the fields that a configuration adds to the log say, and what stands there in any case."""
    values: dict[tuple[Subject, str], str | None] = {}
    if knows_agent:
        values[Subject.HEADER, AGENT] = record.user_agent
    for variable, value in variables.items():
        for beginning, subject in ((HEADER, Subject.HEADER), (QUERY, Subject.QUERY)):
            if variable.startswith(beginning):
                values[subject, variable.removeprefix(beginning)] = value
    return Evidence(values, frozenset(), frozenset())


def _settled(changes: set[Change | None], hanging: Sequence[Condition]) -> Change | Doubt | None:
    """Return the one change that all the ways come to, or what it hangs on which of them it is."""
    if len(changes) == 1:
        return changes.pop()
    if not changes:
        return _UNHEARD
    if not hanging:
        return _LISTENER
    hints = dict.fromkeys(map(_hint, hanging))
    return Doubt(tuple(sorted({str(condition) for condition in hanging})), ", ".join(filter(None, hints)))


def _hint(condition: Condition) -> str:
    """Return what the policy `access_log` has to log, so that it is known whether *condition* holds.

    Nothing if that is a credential, as cookies are, which it never logs.
    """
    if condition.name.lower() in CREDENTIALS:
        return ""
    match condition.subject:
        case Subject.HEADER:
            return f"{condition.name}: {HEADER}{condition.name}"
        case Subject.QUERY:
            return f"{condition.name}: {QUERY}{condition.name}"
        case _:
            return ""


def _logged(record: Record, after: Treatment) -> Treatment:
    """Return what the log says became of a request; what it does not say is as it is *after*."""
    by_redirect = record.route == REDIRECT and after.route == GATEWAY
    route = GATEWAY if by_redirect else route_of(record.route) if record.route else NOWHERE
    is_answer = record.details == "direct_response" or record.route is None
    if is_answer or record.service is None:
        status = record.status if is_answer else after.status
        return Treatment(route, action=after.action if status == after.status else "an answer", status=status)
    keeps = record.service in after.services
    return Treatment(route, action=after.action if keeps else f"to {printable(record.service)}")
