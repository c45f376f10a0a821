"""Split: large bodies go to a backend in several requests, each with a piece that it takes."""

from __future__ import annotations

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.model.transfer import Split


def compile_split(spec: Split, _: Site) -> Fragment:
    """Return the step of the runtime."""
    return Fragment(steps=(step("split", spec),))


POLICY = Policy(
    spec=Split,
    stage=Stage.CONVERT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_split,
)
