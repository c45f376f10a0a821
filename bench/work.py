"""The work: how many routes on how many hosts, and under which policies, said to Crossway in its own language.

Every gateway that is measured gets the same routes, consumers and policies, so how they look is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody who sends requests under the stack of policies."""

    name: str
    group: str

    @property
    def key(self) -> str:
        """The API key."""
        return f"k-{self.name}"


MEMBER: Final = Consumer("ada", "gold")
"""May send GET: her group is allowed to."""
STRANGER: Final = Consumer("bob", "silver")
"""Has a key, and may do nothing."""
CONSUMERS: Final = (MEMBER, STRANGER)


@dataclass(frozen=True, slots=True)
class Work:
    """A gateway's task."""

    port: int
    backend: int
    """The port of the service behind it."""
    routes: int
    hosts: int = 1
    limit: int | None = None
    """How many requests a second each consumer may send, under the stack of policies: an API key, a limit that is
    counted in the gateway itself, GET for one group, and an access log in JSON. `None`: no policies."""

    def host(self, index: int) -> str:
        """Return the hostname of a route."""
        return f"h{index % self.hosts:05d}.example.com"

    def prefix(self, index: int) -> str:
        """Return the path under which a route serves everything. All are equally long, so the last is tried last."""
        return f"/r{index:06d}"

    @property
    def last(self) -> tuple[str, str]:
        """The hostname of the last route, and a path that it serves."""
        return self.host(self.routes - 1), f"{self.prefix(self.routes - 1)}/x"

    def prefixes(self) -> Iterable[str]:
        """Return the paths of all routes."""
        return map(self.prefix, range(self.routes))

    def grown(self) -> Work:
        """Return the work with one more route."""
        return replace(self, routes=self.routes + 1)


def crossway(work: Work, access_log: str = "false") -> str:
    """Return the configuration of Crossway. The routes come last: another `route` may be appended."""
    return "".join((head(work, access_log), *routes(work)))


def head(work: Work, access_log: str = "false") -> str:
    """Return what comes before the routes. The peers write no access log either, unless *access_log* says to."""
    policies = (
        f"access_log: {access_log}" if work.limit is None else f"access_log: {access_log}, {policy_stack(work.limit)}"
    )
    return (
        f"{consumers(CONSUMERS if work.limit is not None else ())}"
        f"gateways:\n  edge:\n    policies: {{{policies}}}\n"
        f"    listeners:\n      http: {{port: {work.port}, address: 127.0.0.1}}\n"
        f"services:\n  backend: http://127.0.0.1:{work.backend}\n"
        "routes:\n"
    )


def policy_stack(limit: int) -> str:
    """Return the stack of policies, without the access log, which only a gateway has."""
    return (
        f"api_key: {{}}, authorize: {{allow: [{{groups: [{MEMBER.group}], methods: [GET]}}]}}, "
        f"rate_limit: {{limit: {limit}/second, by: consumer}}"
    )


def consumers(several: Iterable[Consumer]) -> str:
    """Return the section of the configuration of Crossway that says who they are; nothing if they are none."""
    entries = (f"  {one.name}: {{groups: [{one.group}], credentials: {{api_key: [{one.key}]}}}}\n" for one in several)
    text = "".join(entries)
    return f"consumers:\n{text}" if text else ""


def routes(work: Work) -> list[str]:
    """Return the entries of all routes."""
    return [route(work, index) for index in range(work.routes)]


def route(work: Work, index: int) -> str:
    """Return the entry of one route in the configuration of Crossway."""
    return (
        f"  r{index:06d}:\n    hostnames: [{work.host(index)}]\n"
        f"    matches: [{{path: {work.prefix(index)}/*}}]\n    to: backend\n"
    )


def plain(work: Work, access_log: str = "false") -> str:
    """Return a configuration of Crossway that sends everything to the backend: one route, nothing else."""
    return f"{head(work, access_log)}  all:\n    to: backend\n"
