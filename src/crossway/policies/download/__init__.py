"""Download: large files come in several ranges at once, each from whichever endpoint is next."""

from __future__ import annotations

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.model.transfer import Download


def compile_download(spec: Download, _: Site) -> Fragment:
    """Return the step of the runtime."""
    return Fragment(steps=(step("download", spec),))


POLICY = Policy(
    spec=Download,
    stage=Stage.CONVERT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_download,
)
