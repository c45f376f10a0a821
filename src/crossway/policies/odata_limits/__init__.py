"""OData limits: bounds on what clients may ask of an OData service, checked before it is asked."""

from __future__ import annotations

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.model.odata import ODataLimits


def compile_odata_limits(spec: ODataLimits, site: Site) -> Fragment:
    """Return the step of the runtime."""
    del site
    return Fragment(steps=(step("odata_limits", spec),))


POLICY = Policy(
    spec=ODataLimits,
    stage=Stage.CONVERT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_odata_limits,
)
