"""Cache: answers are kept, in the memory of each proxy and in Redis, and given again."""

from __future__ import annotations

from typing import Final

from crossway.compile.authentication import METHODS
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.model.caching import Cache

_AUTHENTICATING: Final = frozenset({*METHODS, "ext_authz", "oidc"})
"""The policies behind which a backend may learn who asks, whatever headers a request has then."""


def compile_cache(spec: Cache, site: Site) -> Fragment:
    """Return the step of the runtime; it takes requests for authorised ones where somebody has to be recognised."""
    if not _AUTHENTICATING.isdisjoint(site.beside):
        spec = spec.model_copy(update={"authorized": True})
    return Fragment(steps=(step("cache", spec),))


POLICY = Policy(
    spec=Cache,
    stage=Stage.CACHE,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_cache,
)
