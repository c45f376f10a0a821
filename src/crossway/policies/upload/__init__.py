"""Upload: large uploads arrive in pieces, survive interruptions and restarts, and reach the backend as a whole."""

from __future__ import annotations

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.model.upload import Upload


def compile_upload(spec: Upload, site: Site) -> Fragment:  # noqa: ARG001  # the same everywhere
    """Return the step of the runtime."""
    return Fragment(steps=(step("upload", spec),))


POLICY = Policy(
    spec=Upload,
    stage=Stage.CONVERT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_upload,
)
