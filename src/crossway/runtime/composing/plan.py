"""The plan of a composition: its steps, ready to run, and the order that their expressions ask for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import unquote

from crossway.compile.program import PEER
from crossway.model.call import ALWAYS_FORWARDED, ServiceCall
from crossway.model.composition import Compose, ComposeStep, Composition, Study, study
from crossway.model.expression import copies, nodes_of_tree
from crossway.model.path import PathKind, PathMatch
from crossway.runtime.composing.expressions import (
    Compute,
    Context,
    Interpreter,
    Pattern,
    UnfitError,
    as_text,
    encode,
    escaped,
    expression,
    header_value,
    segment,
    tree,
)
from crossway.sdk.http import Headers, Request

JSON: Final = "application/json"
LONGEST_TARGET: Final = 32_768
"""The characters of path and query of a call: more than servers take."""


class Fields:
    """Headers with expressions in them."""

    __slots__ = ("_patterns",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._patterns = [(name, Pattern(text)) for name, text in headers.items()]

    def fill(self, context: Context, interpreter: Interpreter) -> list[tuple[str, str]]:
        """Return those whose expressions give something."""
        filled = [(name, pattern.fill(context, interpreter)) for name, pattern in self._patterns]
        return [(name, header_value(value)) for name, value in filled if value is not None]


class Content:
    """A body with expressions in it: JSON, or the text of another content type."""

    __slots__ = ("_compute", "copies")

    def __init__(self, compute: Compute, copies: int) -> None:
        self._compute = compute
        self.copies = copies
        """How often it can hold everything that its expressions see."""

    @classmethod
    def of(cls, value: object) -> Content:
        """Return the body that a `Tree` says."""
        return cls(tree(value), sum(copies(node) for _, node in nodes_of_tree(value)))

    @classmethod
    def of_steps(cls, spec: Compose) -> Content:
        """Return the body that has those of all steps, by their names."""

        def bodies(context: Context, _: Interpreter) -> object:
            steps = cast("dict[str, Any]", context["steps"])
            return {
                name: [each["body"] for each in steps[name]] if step.for_each is not None else steps[name]["body"]
                for name, step in spec.steps.items()
            }

        return cls(bodies, 1)

    def fill(self, context: Context, interpreter: Interpreter, headers: list[tuple[str, str]]) -> bytes:
        """Return the bytes, and add their content type to *headers* that say none; no bytes if there is no value."""
        value = self._compute(context, interpreter)
        kind = next((text for name, text in headers if name == "content-type"), None)
        if kind is not None and "json" not in kind:
            return (as_text(value) or "").encode()
        if value is None:
            return b""
        if kind is None:
            headers.append(("content-type", JSON))
        return encode(value)


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call of a service over HTTP, ready to be made."""

    service: str
    method: str
    path: Pattern
    query: list[tuple[str, Pattern]]
    headers: Fields | None
    """None if there is no body either, as is the rule."""
    body: Content
    forwarded: frozenset[str]
    """The headers of the client that it passes on."""
    statuses: frozenset[str]
    timeout: float | None
    encoding: str

    def accepts(self, status: int) -> bool:
        """Return whether an answer with *status* is good."""
        if not self.statuses:
            return status < 400
        return str(status) in self.statuses or f"{status // 100}xx" in self.statuses

    def request(self, context: Context, interpreter: Interpreter, forwarded: list[tuple[str, str]]) -> Request:
        """Return the call, with what is passed on of the client's headers; raise `UnfitError` if it cannot be made."""
        target = self.path.fill(context, interpreter, segment)
        if target is None:
            raise UnfitError("an expression in the path gives nothing")
        if "/." in target and _UPWARDS.search(target):
            raise UnfitError("the path leads to another place")
        if self.query and (query := "&".join(self._parameters(context, interpreter))):
            target = f"{target}?{query}"
        if len(target) > LONGEST_TARGET:
            raise UnfitError(f"path and query have more than {LONGEST_TARGET} characters")
        if self.headers is None:
            return Request(self.method, target, Headers.of(forwarded.copy()))
        own = self.headers.fill(context, interpreter)
        body = self.body.fill(context, interpreter, own)
        names = {name for name, _ in own}
        return Request(
            self.method, target, Headers.of([item for item in forwarded if item[0] not in names] + own), body
        )

    def _parameters(self, context: Context, interpreter: Interpreter) -> list[str]:
        parameters: list[str] = []
        for name, pattern in self.query:
            values = pattern.values(context, interpreter)
            texts = [as_text(value) for value in (values if isinstance(values, list) else (values,))]
            parameters.extend(f"{name}={escaped(text)}" for text in texts if text is not None)
        return parameters


@dataclass(slots=True)
class PlannedStep:
    """A step, ready to run."""

    name: str
    call: PlannedCall
    when: Compute | None
    items: Compute | None
    limit: int
    parallel: int
    fallback: object
    has_fallback: bool
    on_failure: str
    blames_client: bool
    """Whether it is made of nothing but what the client said."""
    shows_headers: bool
    """Whether somebody wants the headers of its answer."""
    waits_for: frozenset[str]
    followers: list[PlannedStep] = field(default_factory=list)
    """The steps that wait for it."""


_UPWARDS: Final = re.compile(r"/\.{1,2}(/|$)")


@dataclass(frozen=True, slots=True)
class Plan:
    """A composition, ready to run."""

    steps: tuple[PlannedStep, ...]
    """In an order in which each stands behind those that it waits for."""
    first: tuple[PlannedStep, ...]
    """Those that wait for nothing."""
    repeats: bool
    """Whether two calls can be alike."""
    words: frozenset[str]
    """The first words of what the expressions mention."""
    variables: re.Pattern[str] | None
    body: Content
    status: Compute
    headers: Fields
    timeout: float
    max_calls: int
    max_body: int


def plan(settings: Composition) -> Plan:
    """Return the plan of a composition without mistakes."""
    spec = settings.compose
    found = study(spec, settings.path)
    steps = {name: _planned(spec, name, found) for name in spec.steps}
    for step in steps.values():
        for name in step.waits_for:
            steps[name].followers.append(step)
    order: list[PlannedStep] = []
    ready = first = tuple(step for step in steps.values() if not step.waits_for)
    while ready:
        order.extend(ready)
        done = {step.name for step in order}
        ready = tuple(step for name, step in steps.items() if name not in done and step.waits_for <= done)
    reading = [step.service for step in spec.steps.values() if step.method in {"GET", "HEAD"}]
    loops = any(step.for_each is not None for step in spec.steps.values())
    return Plan(
        steps=tuple(order),
        first=first,
        repeats=loops or len(set(reading)) < len(reading),
        words=frozenset(mention.words[0] for mentions in found.mentions.values() for mention in mentions),
        variables=_variables(settings.path) if found.uses("path") else None,
        body=Content.of(spec.body) if spec.body is not None else Content.of_steps(spec),
        status=expression(spec.status) if isinstance(spec.status, str) else tree(spec.status),
        headers=Fields(spec.headers),
        timeout=spec.timeout.total_seconds(),
        max_calls=spec.max_calls,
        max_body=spec.max_body,
    )


def planned_call(call: ServiceCall, path: str, forward: Collection[str] = ()) -> PlannedCall:
    """Return *call*, ready to be made at *path*; it passes on the headers *forward* too."""
    return PlannedCall(
        service=call.service,
        method=call.method,
        path=Pattern(path),
        query=[(escaped(parameter), Pattern(text)) for parameter, text in call.query.items()],
        headers=Fields(call.headers) if call.headers or call.body is not None else None,
        body=Content.of(call.body),
        forwarded=ALWAYS_FORWARDED | {PEER} | {*forward, *call.forward},
        statuses=frozenset(call.accept),
        timeout=call.timeout.total_seconds() if call.timeout is not None else None,
        encoding=call.encoding,
    )


def _planned(spec: Compose, name: str, found: Study) -> PlannedStep:
    step: ComposeStep = spec.steps[name]
    waits_for = found.waits_for(name)
    return PlannedStep(
        name=name,
        call=planned_call(step, step.path, spec.forward),
        when=expression(step.when) if step.when is not None else None,
        items=expression(step.for_each) if step.for_each is not None else None,
        limit=step.limit,
        parallel=step.parallel,
        fallback=step.fallback,
        has_fallback=step.has_fallback,
        on_failure=step.on_failure or spec.on_failure,
        blames_client=not waits_for,
        shows_headers=found.uses("steps", name, "headers"),
        waits_for=waits_for,
    )


def _variables(path: PathMatch) -> re.Pattern[str] | None:
    """Return what finds the variables of a path; `None` if it has none."""
    if path.kind is not PathKind.TEMPLATE:
        return None
    pieces = re.split(r"\{[^}]*\}", path.value.removesuffix("/*"))
    return re.compile("([^/]+)".join(map(re.escape, pieces)) + ("(?:/.*)?" if path.value.endswith("/*") else ""))


def variables(settings: Composition, pattern: re.Pattern[str], path: str) -> dict[str, str]:
    """Return the variables of *path*, unescaped."""
    found = pattern.fullmatch(path)
    values = map(unquote, found.groups()) if found else ()
    return dict(zip(settings.path.variables, values, strict=False))


__all__ = ["Plan", "PlannedCall", "PlannedStep", "plan", "planned_call", "variables"]
