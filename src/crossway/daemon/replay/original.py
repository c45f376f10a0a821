"""Originals: the path and the host that a client asked for, from those that a route left in the log.

A rewrite, and a redirect to another prefix, replace what the access log shows. What they did is undone as far as it
says what was there before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crossway.memo import Read
from crossway.model import PathKind, PathMatch, Ref
from crossway.plan.route import RoutePlan, plan_route, route_policies
from crossway.policies.rewrite import Rewrite

Undo = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Original:
    """How to get back what one match of a route replaces."""

    path: Undo
    """Returns the path that was asked for, `None` if nobody can say."""
    host: Undo


def original(read: Read, ref: Ref, index: int) -> Original | None:
    """Return how to get back what match *index* of the route *ref* replaces; `None` if it replaces nothing."""
    plan = read(plan_route, ref)
    assert plan is not None, f"{ref} is no route"
    redirect = plan.route.redirect
    path = plan.route.matches[index].effective_path
    if redirect is not None:
        return Original(_prefix(path, redirect.path_prefix), _same) if redirect.path_prefix is not None else None
    rewrites = _rewrites(read, plan) if plan.route.to else []
    if not rewrites:
        return None
    if any(rewrite != rewrites[0] for rewrite in rewrites):
        return Original(_unknown, _unknown)
    return Original(_path(path, rewrites[0]), _host(plan, rewrites[0]))


def _rewrites(read: Read, plan: RoutePlan) -> list[Rewrite | None]:
    """Return the rewrite behind each door of a route; none if there is none behind any."""
    doors = dict.fromkeys(door for _, door in plan.placements)
    found = [
        next((policy.spec for policy in read(route_policies, plan.ref, door) if isinstance(policy.spec, Rewrite)), None)
        for door in doors
    ]
    return found if any(found) else []


def _path(path: PathMatch, rewrite: Rewrite | None) -> Undo:
    if rewrite is None or not (rewrite.path or rewrite.path_prefix or rewrite.path_template or rewrite.regex):
        return _same
    if path.kind is PathKind.EXACT:
        return lambda _: path.value
    return _prefix(path, rewrite.path_prefix) if rewrite.path_prefix else _unknown


def _prefix(path: PathMatch, prefix: str) -> Undo:
    """Return what undoes the replacement of the prefix that *path* matches by *prefix*, in whole segments."""
    if path.kind is PathKind.EXACT:
        return lambda _: path.value
    matched, wanted = path.literal.rstrip("/"), prefix.rstrip("/")

    def undo(shown: str) -> str | None:
        rest = shown.removeprefix(wanted)
        if not shown.startswith(wanted) or rest[:1] not in ("", "/", "?"):
            return None
        return f"{matched}{rest}" if matched or rest.startswith("/") else f"/{rest}"

    return undo


def _host(plan: RoutePlan, rewrite: Rewrite | None) -> Undo:
    if rewrite is None or rewrite.host is None:
        return _same
    hostnames = plan.route.hostnames
    if len(hostnames) == 1 and "*" not in hostnames[0]:
        return lambda _: hostnames[0]
    return _unknown


def _same(shown: str) -> str | None:
    return shown


def _unknown(_: str) -> str | None:
    return None
