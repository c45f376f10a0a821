"""Effective settings: which policies hold at a site, with the value of each field and where it was written.

In a union each field may come from another attachment; what nobody wrote is the default of the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from crossway.compile.contract import Policies, Policy, Stage, Target
from crossway.compile.envoy.fragments import policies
from crossway.memo import Read
from crossway.model import Broken, FieldPath, Gateway, Namespace, Origin, Part, Ref, Spec
from crossway.plan import attachment
from crossway.plan.gateway import plan_gateway
from crossway.plan.route import Door, backend_policies, plan_route, route_policies
from crossway.plan.service import plan_service
from crossway.plan.tables import RESOURCES
from crossway.simulation.outcome import Ask

Locate = Callable[[Ref, FieldPath], Origin | None]
"""Says where a field of a resource is written; `None` where that is not known."""

DEFAULT: Final = "default"
ELSEWHERE: Final = "another namespace"
"""Stands for whatever is not there for who asks."""


def everything(_namespace: str) -> bool:
    """Return that every namespace exists for who asks."""
    return True


@dataclass(frozen=True, slots=True)
class Reader:
    """Who wants to know, and where it is looked up."""

    ask: Ask
    locate: Locate
    sees: Callable[[str], bool] = everything
    """Whether a namespace exists for who asks."""

    def knows(self, ref: Ref) -> bool:
        """Return whether a resource exists for who asks."""
        return self.sees(ref.name if ref.kind == "namespaces" else ref.namespace)

    def place(self, ref: Ref, path: FieldPath) -> str:
        """Return where a field is written, `file:line:column`; empty where that is not known."""
        return str(self.locate(ref, path) or "") if self.knows(ref) else ""

    def field(self, ref: Ref, path: FieldPath) -> str:
        """Return how people call a field."""
        if not self.knows(ref):
            return ELSEWHERE
        return f"{ref}.{_dotted(path)}" if path else str(ref)


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a policy: what it says and who said so."""

    field: str
    """Its path inside the policy; empty for the policy as a whole."""
    value: object
    """As it is written in a configuration; secrets are redacted."""
    source: str
    """The field where it was written, from the resource on; `default` where nobody wrote it."""
    origin: str = ""
    """The place in the text, `file:line:column`."""


@dataclass(frozen=True, slots=True)
class Held:
    """One policy that holds."""

    name: str
    stage: str
    applies: str
    """What it shapes: `listener`, `route` or `service`."""
    attached: str
    """The resource that it is attached to, the closest one of a union; `default` where nobody attached it."""
    settings: tuple[Setting, ...]
    broken: str = ""
    """Why it cannot be read: what it guards is closed."""

    def as_dict(self) -> dict[str, object]:
        """Return the policy as plain data."""
        return {
            "policy": self.name,
            "stage": self.stage,
            "applies": self.applies,
            "attached": self.attached,
            "broken": self.broken or None,
            "settings": [
                {"field": item.field, "value": item.value, "source": item.source, "origin": item.origin or None}
                for item in self.settings
            ],
        }


@dataclass(frozen=True, slots=True)
class Site:
    """One place where policies hold."""

    where: str
    policies: tuple[Held, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the site as plain data."""
        return {"where": self.where, "policies": [policy.as_dict() for policy in self.policies]}


def effective(
    ask: Ask, locate: Locate, ref: Ref, *, sees: Callable[[str], bool] = everything
) -> tuple[Site, ...] | None:
    """Return what holds for the resource *ref*, at each of its sites; `None` if there is no such resource.

    A route has a site for each listener that it is reached through, a gateway one for each listener. What stands in a
    namespace that whoever asks does not see holds without its source.
    """
    reader = Reader(ask, locate, sees)
    part = ask(_resource, ref)
    if part is None or not reader.knows(ref):
        return None
    if isinstance(part, Gateway):
        plan = ask(plan_gateway, ref)
        return tuple(
            Site(f"listener {item.name} of {ref.local}", held(reader, Target.LISTENER, item.policies))
            for item in (plan.listeners if plan else ())
        )
    if ref.kind == "routes":
        route = ask(plan_route, ref)
        doors = dict.fromkeys(door for _, door in route.placements) if route else {}
        return tuple(site for door in doors for site in _of_route(reader, ref, door))
    if ref.kind == "services":
        service = ask(plan_service, ref)
        return (Site(str(ref), held(reader, Target.SERVICE, service.policies if service else ())),)
    if isinstance(part, Namespace):
        own = [attachment.Effective(name, spec, ref, ("policies", name)) for name, spec in part.policies.items()]
        known = ask(policies)
        return (Site(str(ref), tuple(_held(reader, item, known.get(item.name)) for item in own)),)
    return ()


def _of_route(reader: Reader, ref: Ref, door: Door) -> Iterator[Site]:
    """Yield the site of a route behind *door*, and one for each backend if a policy is attached to one of them."""
    where = reader.field(door.gateway, ("listeners", door.listener))
    yield Site(f"{ref} at {where}", route_held(reader, ref, door))
    plan = reader.ask(plan_route, ref)
    for index, backend in enumerate(plan.route.to if plan and plan.route.decided_by_backends else ()):
        policies = held(reader, Target.BACKEND, reader.ask(backend_policies, ref, door, index))
        yield Site(f"{ref}.to[{index}], {backend}, at {where}", policies)


def route_held(reader: Reader, ref: Ref, door: Door) -> tuple[Held, ...]:
    """Return the policies about requests that hold for the route *ref* behind *door*, in their order."""
    return held(reader, Target.ROUTE, reader.ask(route_policies, ref, door))


def held(reader: Reader, applies: Target, items: Iterable[attachment.Effective]) -> tuple[Held, ...]:
    """Return the policies *items*, and those about *applies* that hold by default, in the order of their stages."""
    known = reader.ask(policies)
    found = [_held(reader, item, known.get(item.name)) for item in items]
    names = {item.name for item in found}
    found += [
        Held(name, policy.stage.name.lower(), applies.value, DEFAULT, tuple(defaults(policy.default)))
        for name, policy in known.items()
        if policy.applies is applies and policy.default is not None and name not in names
    ]
    return in_order(found, known)


def in_order(found: Iterable[Held], known: Policies) -> tuple[Held, ...]:
    """Return policies in the order in which they see a request."""
    return tuple(sorted(found, key=lambda item: (_stage(known.get(item.name)), item.name)))


def _stage(policy: Policy[Spec] | None) -> int:
    return policy.stage if policy else Stage.EDGE


def _held(reader: Reader, item: attachment.Effective, policy: Policy[Spec] | None) -> Held:
    stage = policy.stage.name.lower() if policy else ""
    applies = policy.applies.value if policy else ""
    attached = reader.field(item.about, ())
    if isinstance(item.spec, Broken):
        finding = item.spec.findings[0]
        there = reader.place(item.about, (*item.path, *finding.path))
        setting = Setting("", finding.message, reader.field(item.about, item.path), there)
        return Held(item.name, stage, applies, attached, (setting,), broken=finding.message)
    return Held(item.name, stage, applies, attached, tuple(_union(reader, item.spec, item.parts or (item,))))


def _union(reader: Reader, spec: Spec, parts: tuple[attachment.Effective, ...]) -> Iterator[Setting]:
    """Yield the fields of *spec*, each with the closest of *parts* that says it."""
    for path, value in _leaves(spec.model_dump(mode="json"), ()):
        for part in reversed(parts):
            there = _written(part.spec, spec, path)
            if there is not None:
                full = (*part.path, *there)
                yield Setting(_dotted(path), value, reader.field(part.about, full), reader.place(part.about, full))
                break
        else:
            yield from _default(path, value)


def defaults(spec: Spec) -> Iterator[Setting]:
    """Yield the fields of *spec* as a policy says them by default."""
    for path, value in _leaves(spec.model_dump(mode="json"), ()):
        yield from _default(path, value)


def _default(path: FieldPath, value: object) -> Iterator[Setting]:
    if value is not None:
        yield Setting(_dotted(path), value, DEFAULT)


def _leaves(value: object, path: FieldPath) -> Iterator[tuple[FieldPath, object]]:
    """Yield every value of plain data that is no mapping and no list, with its path."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif value not in ({}, []):
        yield path, value


def _written(spec: object, whole: object, path: FieldPath) -> FieldPath | None:
    """Return where *spec*, a part of the union *whole*, itself says what is at *path* of the union.

    `None` where it does not. Items of lists have other numbers in a union.
    """
    if not path:
        return () if spec == whole else None
    step, rest = path[0], path[1:]
    mine: object
    if isinstance(spec, Part) and isinstance(whole, Part) and isinstance(step, str):
        if step not in spec.model_fields_set:
            return None
        mine, all_of_it = getattr(spec, step), getattr(whole, step)
    elif isinstance(spec, Mapping) and isinstance(whole, Mapping):
        if step not in spec:
            return None
        mine, all_of_it = spec[step], whole[step]
    elif isinstance(spec, tuple) and isinstance(whole, tuple) and isinstance(step, int):
        if whole[step] not in spec:
            return None
        all_of_it = whole[step]
        step = spec.index(all_of_it)
        mine = spec[step]
    else:
        return ()  # what is one value here is written in several pieces
    there = _written(mine, all_of_it, rest)
    return None if there is None else (step, *there)


def _dotted(path: FieldPath) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _resource(read: Read, ref: Ref) -> Part | None:
    return read.input(RESOURCES, ref)
