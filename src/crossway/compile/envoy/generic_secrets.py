"""Generic secrets: what filters have to know, and no route may say. Each is delivered by its name (SDS)."""

from __future__ import annotations

from collections.abc import Iterator

from crossway.compile.contract import GenericSecret
from crossway.compile.envoy.route import compile_route
from crossway.compile.envoy.view import View, view_gateways
from crossway.memo import Index, Read
from crossway.model import Ref
from crossway.plan.route import plan_route
from crossway.plan.tables import RESOURCES


def _of_route(read: Read, ref: Ref) -> Iterator[tuple[Ref, GenericSecret]]:
    """Yield each secret that the route *ref* needs, after the gateway behind which it does."""
    plan = read(plan_route, ref) if ref.kind == "routes" else None
    if plan is None or plan.closed is not None:
        return
    for door in dict.fromkeys(door for _, door in plan.placements):
        for index in range(len(plan.route.matches)):
            for secret in read(compile_route, ref, index, door).secrets:
                yield door.gateway, secret


def _by_secret(read: Read, ref: Ref) -> frozenset[tuple[Ref, str]]:
    """Return pairs of a gateway and the name of a secret that it needs, because of the route *ref*."""
    return frozenset((gateway, secret.name) for gateway, secret in _of_route(read, ref))


BY_SECRET: Index[Ref, tuple[Ref, str]] = Index(RESOURCES, _by_secret, "by secret")


def generic_secrets(read: Read) -> frozenset[GenericSecret]:
    """Return every secret that some proxy needs. Of two routes with one secret, either says the same of it."""
    routes = {next(iter(read.group(BY_SECRET, key))) for key in read.groups(BY_SECRET)}
    return frozenset(secret for route in routes for _, secret in _of_route(read, route))


def view_secrets(read: Read, view: View) -> frozenset[str]:
    """Return the names of the secrets that proxies of *view* need."""
    gateways = read(view_gateways, view)
    return frozenset(name for gateway, name in read.groups(BY_SECRET) if gateway in gateways)
