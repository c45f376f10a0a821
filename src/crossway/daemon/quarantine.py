"""The quarantine of a control plane: what its proxies refused, and what is served in its stead.

A refused route is replaced where routes are compiled (`compile.envoy.quarantine`). Any other refused resource is
replaced in the snapshot: by the one of its name that was proven last, and without one it is left out, with all that
hangs on it. Law: what was refused is not offered again, and anything else is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from crossway.compile.envoy.quarantine import Refused, digest
from crossway.compile.envoy.resource import Resource
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.proof import Refusal
from crossway.daemon.proof.cut import content, routes
from crossway.daemon.proof.suspects import TABLES, table_of
from crossway.model import Finding, Findings, Ref
from crossway.xds.snapshot import Snapshot

UNUSABLE: Final = "proxy.refused"
"""The code that closes the routes to a service which no proxy takes."""
_Version = tuple[str, str, str]
"""Type URL, name and version of a resource."""


class Quarantine:
    """What was refused since the start. It only grows, by what a person wrote that no proxy takes."""

    def __init__(self) -> None:
        self._routes: dict[str, Refused] = {}
        self._resources: dict[_Version, str] = {}

    def put(self, refusals: Iterable[Refusal], pipeline: Pipeline, proven: Iterable[Snapshot]) -> bool:
        """Put what was refused aside; return whether anything changes by that.

        The pipeline holds what was refused; *proven* is where the last good versions are looked for.
        """
        changed = False
        wanted = [refusal for refusal in refusals if refusal.route is not None]
        last_good = _routes(proven, {refusal.route for refusal in wanted if refusal.route}) if wanted else {}
        for refusal in wanted:
            assert refusal.route is not None
            known = self._routes.get(refusal.route, Refused({}))
            contents = {digest(message) for message in pipeline.compiled(refusal.route)}
            new = {content: refusal.reason for content in contents if content not in known.reasons}
            changed = changed or bool(new)
            good = last_good.get(refusal.route, known.last_good)
            self._routes[refusal.route] = Refused({**known.reasons, **new}, good)
        for refusal in refusals:
            if refusal.route is None and refusal.resource is not None:
                version = _version(refusal.resource)
                changed = changed or version not in self._resources
                self._resources.setdefault(version, refusal.reason)
        pipeline.refuse(self._routes)
        return changed

    def guard(self, snapshot: Snapshot, last_good: Callable[[], Snapshot]) -> tuple[Snapshot, dict[Ref, str]]:
        """Return *snapshot* with what stands in for the refused, and the services and certificates that have nothing.

        The latter, each with a code, are to be told to the pipeline: routes to them are closed.
        """
        guilty = [item for of_type in snapshot.resources.values() for item in of_type.values() if self._is_guilty(item)]
        if not guilty:
            return snapshot, {}
        proven = last_good()
        resources: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
        for type_url, of_type in snapshot.resources.items():
            resources[type_url] = dict(of_type)
        unusable: dict[Ref, str] = {}
        for item in guilty:
            before = proven.of_type(item.type_url).get(item.name)
            if before is not None and not self._is_guilty(before):
                resources[item.type_url][item.name] = before
                continue
            del resources[item.type_url][item.name]
            if item.about is not None and item.about.kind in {"services", "certificates"}:
                unusable[item.about] = UNUSABLE
        for type_url, of_type in resources.items():
            resources[type_url] = {name: item for name, item in of_type.items() if item.about not in unusable}
        return Snapshot({type_url: of_type for type_url, of_type in resources.items() if of_type}), unusable

    def _is_guilty(self, resource: Resource) -> bool:
        return bool(self._resources) and _version(resource) in self._resources

    def findings(self, wanted: Snapshot) -> Findings:
        """Return a finding for each refused one of the *wanted* resources; those of routes come from the compiler."""
        return tuple(
            Finding(
                "proxy.refused", f"the proxy refuses {item.name}: {self._resources[_version(item)]}", about=item.about
            )
            for of_type in wanted.resources.values()
            for item in of_type.values()
            if self._is_guilty(item)
        )


def _version(resource: Resource) -> _Version:
    return resource.type_url, resource.name, resource.version


def _routes(snapshots: Iterable[Snapshot], wanted: set[str]) -> Mapping[str, bytes]:
    """Return the Envoy routes of *snapshots* with the *wanted* names, serialised."""
    found: dict[str, bytes] = {}
    tables = (table for snapshot in snapshots for kind in TABLES for table in snapshot.of_type(kind).values())
    for table in tables:
        for route in routes(table_of(table)):
            if route.name in wanted:
                found.setdefault(route.name, content(route))
    return found


def quarantined(findings: Findings) -> tuple[Ref, ...]:
    """Return the resources that *findings* say are in quarantine."""
    about = (finding.about for finding in findings if finding.code == UNUSABLE)
    return tuple(dict.fromkeys(ref for ref in about if ref is not None))
