"""Compose: one request of the client, several calls of services, one answer.

The runtime plans the calls by what their expressions mention. The same is read here, so that what could never work is
told before the first request.
"""

from __future__ import annotations

from crossway.compile.contract import Fragment, Policy, Site, Stage, Target, step
from crossway.model import Finding
from crossway.model.composition import Compose, Composition, Study, cycle, study


def compile_compose(spec: Compose, site: Site) -> Fragment | Finding:
    """Return the step that composes, or the first thing that its expressions mention and is not there."""
    found = study(spec, site.path)
    if found.mistakes:
        mistake = found.mistakes[0]
        return Finding("compose.unknown_name", mistake.message, path=mistake.where, hint=mistake.hint)
    if around := cycle({name: found.waits_for(name) for name in spec.steps}):
        return _circular(around, spec, found)
    steps = {name: call.model_copy(update={"service": site.cluster(call.service)}) for name, call in spec.steps.items()}
    settings = Composition(compose=spec.model_copy(update={"steps": steps}), path=site.path)
    return Fragment(steps=(step("compose", settings),))


def _circular(around: tuple[str, ...], spec: Compose, found: Study) -> Finding:
    """Return the finding for steps that wait for each other, at the expression by which the first of them waits."""
    start = min(around, key=list(spec.steps).index)
    turn = around.index(start)
    names = [*around[turn:], *around[:turn], start]
    where = next(mention.where for mention in found.mentions[start] if mention.words[:2] == ("steps", names[1]))
    message = f"these steps wait for each other: {', '.join(names)}"
    if len(names) == 2:
        message = f"the step {start} waits for itself"
    return Finding("compose.cycle", message, path=where)


POLICY = Policy(
    spec=Compose,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_compose,
)
