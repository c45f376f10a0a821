"""Originals: what a client asked for, from what the route left of it in the log.

A rewrite, a redirect to another prefix and edits of headers replace what the access log shows. What they did is undone
as far as it says what was there before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from crossway.memo import Read
from crossway.model import PathKind, PathMatch, Ref
from crossway.plan.route import RoutePlan, plan_route, route_policies
from crossway.policies.headers import Headers
from crossway.policies.rewrite import Rewrite
from crossway.telemetry.access_log import HEADER, Record, Variables

Undo = Callable[[str], str | None]
AGENT: Final = "user-agent"
"""The header that is in every log."""


@dataclass(frozen=True, slots=True)
class Original:
    """How to get back what one match of a route replaces."""

    path: Undo
    """Returns the path that was asked for, `None` if nobody can say."""
    host: Undo
    edited: frozenset[str] = frozenset()
    """The headers of which the log shows what the backend got."""

    def undone(self, record: Record, variables: Variables) -> tuple[Record, Variables] | None:
        """Return what the log would say if nothing had been replaced, without what was *edited*.

        `None` if nobody can say which path or host was asked for.
        """
        host, path = self.host(record.host or ""), self.path(record.path or "")
        if host is None or path is None:
            return None
        agent = None if AGENT in self.edited else record.user_agent
        known = {name: value for name, value in variables.items() if name.removeprefix(HEADER) not in self.edited}
        return structs.replace(record, host=host, path=path, user_agent=agent), known


def original(read: Read, ref: Ref, index: int) -> Original | None:
    """Return how to get back what match *index* of the route *ref* replaces; `None` if it replaces nothing."""
    plan = read(plan_route, ref)
    assert plan is not None, f"{ref} is no route"
    route = plan.route
    path = route.matches[index].effective_path
    doors = dict.fromkeys(door for _, door in plan.placements)
    held = [{policy.name: policy.spec for policy in read(route_policies, ref, door)} for door in doors]
    everywhere = [spec for specs in held for spec in specs.values()]
    everywhere += [spec for backend in route.to for spec in backend.policies.values()]
    edited = frozenset(name for spec in everywhere for name in _edited(spec))
    if route.redirect is not None and route.redirect.path_prefix is not None:
        return Original(_prefix(path, route.redirect.path_prefix), as_shown, edited)
    found = [next((spec for spec in specs.values() if isinstance(spec, Rewrite)), None) for specs in held]
    backends = [spec for backend in route.to for spec in backend.policies.values() if isinstance(spec, Rewrite)]
    if route.to and (any(found) or backends):
        if any(rewrite != found[0] for rewrite in found):
            return Original(unknown, unknown, edited)
        host = next((rewrite for rewrite in (*backends, *found) if rewrite is not None and rewrite.host), None)
        return Original(_path(path, found[0]), _host(plan, host), edited)
    return Original(as_shown, as_shown, edited) if edited else None


def _edited(spec: object) -> Iterator[str]:
    if isinstance(spec, Headers):
        edits = spec.request
        yield from (*edits.set, *edits.set_if_present, *edits.add, *edits.add_if_absent, *edits.remove)


def _path(path: PathMatch, rewrite: Rewrite | None) -> Undo:
    if rewrite is None or not (rewrite.path or rewrite.path_prefix or rewrite.path_template or rewrite.regex):
        return as_shown
    if path.kind is PathKind.EXACT:
        return lambda _: path.value
    return _prefix(path, rewrite.path_prefix) if rewrite.path_prefix else unknown


def _prefix(path: PathMatch, prefix: str) -> Undo:
    """Return what undoes the replacement of the prefix that *path* matches by *prefix* (`replace_prefix`)."""
    if path.kind is PathKind.EXACT:
        return lambda _: path.value
    if path.kind is PathKind.STARTS_WITH:
        if prefix.endswith("/") and not path.value.endswith("/"):
            return unknown  # a slash that may have followed is gone
        return lambda shown: path.value + shown.removeprefix(prefix) if shown.startswith(prefix) else None
    matched, wanted = path.literal.rstrip("/"), prefix.rstrip("/")

    def undo(shown: str) -> str | None:
        rest = shown.removeprefix(wanted)
        if not shown.startswith(wanted) or rest[:1] not in ("", "/", "?"):
            return None
        return f"{matched}{rest}" if matched or rest.startswith("/") else f"/{rest}"

    return undo


def _host(plan: RoutePlan, rewrite: Rewrite | None) -> Undo:
    if rewrite is None or rewrite.host is None:
        return as_shown
    hostnames = plan.route.hostnames
    if len(hostnames) == 1 and "*" not in hostnames[0]:
        return lambda _: hostnames[0]
    return unknown


def as_shown(shown: str) -> str | None:
    """Return what the log shows, which nothing has replaced."""
    return shown


def unknown(_: str) -> str | None:
    """Return that nobody can say."""
    return None
