"""Backends: how a route spreads its requests, and what is different about those that go to one of them.

Law: the closest place decides. Envoy edits headers for a backend first and for its route last, so a policy that one
backend has is left out of the route, and each backend is told the whole of what holds for its requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from crossway.compile.contract import Fragment, Site
from crossway.compile.envoy import names
from crossway.compile.envoy.fragments import compile_policies
from crossway.memo import Read
from crossway.model import Finding
from crossway.plan.attachment import Effective, Target
from crossway.plan.route import BackendPlan, Door, RoutePlan, backend_policies
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3

ClusterWeight = route_v3.WeightedCluster.ClusterWeight

_REQUESTS: Final = ("request_headers_to_add", "request_headers_to_remove")
_ANSWERS: Final = ("response_headers_to_add", "response_headers_to_remove")
_ASKED_FOR: Final = core_v3.HeaderValueOption(
    header=core_v3.HeaderValue(key="x-forwarded-host", value="%REQ(:AUTHORITY)%"),
    append_action=core_v3.HeaderValueOption.APPEND_IF_EXISTS_OR_ADD,
)
"""Tells a backend which host the client asked for: of a host that is another one for a cluster, Envoy does not."""
NOT_FOUND: Final = {
    route_v3.RouteAction.SERVICE_UNAVAILABLE: 503,
    route_v3.RouteAction.NOT_FOUND: 404,
    route_v3.RouteAction.INTERNAL_SERVER_ERROR: 500,
}
"""What Envoy can answer where a cluster is missing: a share that is answered goes to one that there never is."""


def forward(
    read: Read, plan: RoutePlan, door: Door, site: Site, fragments: Mapping[str, Fragment]
) -> tuple[route_v3.RouteAction, dict[str, Fragment]] | Finding:
    """Return the action of a route that forwards, and *fragments* without what its backends are told; or why it cannot.

    Behind Python, where answers may come from no backend, the route edits all of them, and a backend's edits of answers
    are its own alone.
    """
    behind_python = any(fragment.steps for fragment in fragments.values())
    edits: list[ClusterWeight] = []
    for index in range(len(plan.backends) if plan.route.decided_by_backends else 0):
        held = read(backend_policies, plan.ref, door, index)
        whole, own = _edits(read, held, site), _edits(read, filter(None, map(_own, held)), site, alone=True)
        if isinstance(whole, Finding):
            return whole
        if isinstance(own, Finding):
            return own
        if behind_python:
            for field in _ANSWERS:
                whole.ClearField(field)
            whole.response_headers_to_add.extend(own.response_headers_to_add)
            whole.response_headers_to_remove.extend(own.response_headers_to_remove)
        edits.append(whole)
    left = _left(fragments, plan.route.decided_by_backends, behind_python=behind_python)
    taken = (name for name, fragment in left.items() if fragment.route and _names_host(fragment.route))
    if any(item.host_rewrite_literal for item in edits) and (name := next(taken, None)) is not None:
        message = f"{name} of the route would replace the host that it has for one backend"
        return Finding("policy.conflict", message, about=site.about, path=("to",))
    return _action(plan, edits), left


def _action(plan: RoutePlan, edits: Sequence[ClusterWeight]) -> route_v3.RouteAction:
    action = route_v3.RouteAction()
    status = next((backend.status for backend in plan.backends if backend.status is not None), None)
    if status is not None:
        action.cluster_not_found_response_code = next(code for code, found in NOT_FOUND.items() if found == status)
    if len(plan.backends) == 1 and not edits:
        (backend,) = plan.backends
        action.cluster = cluster(backend)
        if backend.subset is not None:
            action.metadata_match.CopyFrom(subset(backend.subset))
        return action
    for index, backend in enumerate(plan.backends):
        weighted = action.weighted_clusters.clusters.add(name=cluster(backend))
        weighted.weight.value = backend.weight
        if backend.subset is not None:
            weighted.metadata_match.CopyFrom(subset(backend.subset))
        if edits:
            weighted.MergeFrom(edits[index])
    return action


def _names_host(part: route_v3.Route) -> bool:
    return part.route.WhichOneof("host_rewrite_specifier") is not None


def cluster(backend: BackendPlan) -> str:
    """Return the name of the cluster that the share of *backend* goes to."""
    return names.cluster(backend.service) if backend.service is not None else names.NOWHERE


def subset(name: str) -> core_v3.Metadata:
    """Return what chooses the endpoints of the subset *name*."""
    metadata = core_v3.Metadata()
    metadata.filter_metadata["envoy.lb"].update({names.subset(name): True})
    return metadata


def _left(fragments: Mapping[str, Fragment], decided: frozenset[str], *, behind_python: bool) -> dict[str, Fragment]:
    """Return *fragments* of a route without what its backends are told of the policies *decided* by them."""
    left = dict(fragments)
    for name in decided & fragments.keys():
        part = route_v3.Route()
        part.CopyFrom(fragments[name].route or part)
        for field in _REQUESTS if behind_python else (*_REQUESTS, *_ANSWERS):
            part.ClearField(field)
        if part.route.host_rewrite_literal:
            part.route.ClearField("host_rewrite_literal")
        left[name] = replace(fragments[name], route=part)
    return left


def _own(policy: Effective) -> Effective | None:
    """Return what of *policy* a backend itself says."""
    closest = policy.parts[-1] if policy.parts else policy
    return closest if closest.path[0] == "to" else None


def _edits(read: Read, held: Iterable[Effective], site: Site, *, alone: bool = False) -> ClusterWeight | Finding:
    """Return what the policies *held* by a backend do, as far as Envoy does it for one of several clusters.

    What it does not do is left to the route. What a backend says *alone* must have nothing of that.
    """
    fragments, findings = compile_policies(read, Target.BACKEND, held, site)
    if findings:
        return findings[0]
    edits = ClusterWeight()
    for name, fragment in fragments.items():
        part = fragment.route or route_v3.Route()
        edits.request_headers_to_add.extend(part.request_headers_to_add)
        edits.request_headers_to_remove.extend(part.request_headers_to_remove)
        edits.response_headers_to_add.extend(part.response_headers_to_add)
        edits.response_headers_to_remove.extend(part.response_headers_to_remove)
        if part.route.host_rewrite_literal:
            edits.host_rewrite_literal = part.route.host_rewrite_literal
            edits.request_headers_to_add.append(_ASKED_FOR)
        if alone and (fragment != Fragment(route=fragment.route) or _more(part)):
            message = f"{name} can change headers here, and the host to another one, and nothing else"
            return Finding("policy.misplaced", message, about=site.about, path=("to",))
    return edits


def _more(part: route_v3.Route) -> bool:
    """Return whether *part* says anything that Envoy has for whole routes alone."""
    fields = {field.name for field, _ in part.ListFields()} - {*_REQUESTS, *_ANSWERS, "route"}
    action = {field.name for field, _ in part.route.ListFields()} - {"host_rewrite_literal", "append_x_forwarded_host"}
    return bool(fields or action)
