"""Quarantine: what stands in for a route that our checks let through and a proxy refuses.

Law: a refusal is about content. What was refused is not offered again, and anything else is: a route that is mended,
by whatever edit, is back by itself. The one from before stands in; without one, an answer 503 with the finding's code;
and where even that is refused, since the condition itself is what the proxy cannot read, nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import NamedTuple

from crossway.compile.contract import GenericSecret
from crossway.compile.envoy.answer import closed
from crossway.compile.envoy.fragments import Need
from crossway.memo import Table
from crossway.model import Finding, Ref
from crossway.protos.envoy.config.route import v3 as route_v3


class CompiledRoute(NamedTuple):
    """An Envoy route, and what is wrong with it."""

    message: route_v3.Route
    finding: Finding | None
    """Why it does not do what was written."""
    served: bool = True
    """Whether it is given to proxies; one that is not is a 404."""
    needs: frozenset[Need] = frozenset()
    """What it needs of filters that are delivered by themselves."""
    secrets: frozenset[GenericSecret] = frozenset()
    """The secrets that it needs."""
    inner: route_v3.Route | None = None
    """What it does behind its Python; `None` for one without."""

    native: route_v3.Route | None = None
    """What it would be without its Python; `None` for one without."""

    @property
    def whole(self) -> route_v3.Route:
        """What becomes of a request that its Python changes nothing of."""
        return self.message if self.native is None else self.native


@dataclass(frozen=True, slots=True)
class Refused:
    """What is known of one Envoy route, by its name."""

    reasons: Mapping[str, str]
    """Why each content that was refused was, by its `digest`."""
    last_good: bytes | None = field(default=None, repr=False)
    """The serialised route that was live before."""


REFUSED: Table[str, Refused] = Table("refused routes")
"""The Envoy routes of which some content was refused, by name."""


def digest(route: route_v3.Route) -> str:
    """Return what tells the content of *route* from any other."""
    return blake2b(route.SerializeToString(deterministic=True), digest_size=16).hexdigest()


def admitted(compiled: CompiledRoute, refused: Refused, ref: Ref) -> CompiledRoute:
    """Return *compiled* if no proxy refused it, or else what stands in for it."""
    reason = refused.reasons.get(digest(compiled.message))
    if reason is None and compiled.inner is not None:
        reason = refused.reasons.get(digest(compiled.inner))
    if reason is None:
        return compiled
    finding = Finding("proxy.refused", f"the proxy refuses it: {reason}", about=ref)
    instead = route_v3.Route(name=compiled.message.name, match=compiled.message.match)
    instead.MergeFrom(closed(finding))
    if refused.last_good is not None:
        before = route_v3.Route.FromString(refused.last_good)
        if digest(before) not in refused.reasons:
            told = replace(finding, hint="the one from before stays live meanwhile")
            return CompiledRoute(before, told, needs=compiled.needs, secrets=compiled.secrets)
    if digest(instead) not in refused.reasons:
        return CompiledRoute(instead, replace(finding, hint="it answers 503 meanwhile"))
    return CompiledRoute(instead, replace(finding, hint="it is left out meanwhile"), served=False)
