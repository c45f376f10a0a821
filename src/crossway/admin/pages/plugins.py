"""Plugins: what they are, where they run, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from msgspec import Meta, Struct

from crossway.admin import desk
from crossway.admin.api import Api, Ask
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.model.access import Role


class Cost(Struct, frozen=True):
    """What a plugin has cost since the proxy beside the control plane started."""

    calls: Annotated[int, Meta(description="How many of its hooks were run.")]
    errors: Annotated[int, Meta(description="How many of these raised, or returned what is no answer.")]
    timeouts: Annotated[int, Meta(description="How many of these took longer than they may.")]
    seconds: Annotated[float, Meta(description="How long they took, without what they waited for others.")]
    cpu_seconds: Annotated[float, Meta(description="How much CPU they took themselves.")]
    uptime_seconds: Annotated[float, Meta(description="How long the proxy runs.")]


class Plugin(Struct, frozen=True):
    """A plugin."""

    namespace: str
    name: str
    hooks: Annotated[list[str], Meta(description="What it does: `head`, `request`, `response`, `around` and so on.")]
    isolation: Annotated[str, Meta(description="Where it runs: in the `proxy`, or in a `process` of its own.")]
    routes: Annotated[list[str], Meta(description="The routes that run it.")]
    problem: Annotated[str, Meta(description="Why it cannot run; empty if it can.")]
    pending: Annotated[str, Meta(description="Why newer code does not take its place; empty if there is none.")]
    documentation: str
    cost: Annotated[Cost | None, Meta(description="Null where no proxy is beside the control plane, or none ran it.")]


class Plugins(Struct, frozen=True):
    """The plugins."""

    items: list[Plugin]


@get("/plugins", operation_id="listPlugins", tags=["plugins"], responses=problems(), opt={ROLE: Role.VIEWER})
async def list_plugins(request: Ask, api: Api) -> Plugins:
    """List the plugins: what they are, the routes that run them, and what they cost.

    The cost is that of the proxy beside the control plane. Every other proxy says its own under `/metrics`, as
    `crossway_plugin_calls_total` and the like.
    """
    return Plugins([_answer(one) for one in await api.desk.plugins(request.user)])


def _answer(running: desk.Running) -> Plugin:
    known = running.described
    return Plugin(
        running.ref.namespace,
        running.ref.name,
        list(known.hooks),
        known.bounds.isolation,
        [route.local for route in running.routes],
        known.problem,
        known.pending,
        known.documentation,
        None if running.cost is None else _cost(running.cost),
    )


def _cost(cost: desk.Cost) -> Cost:
    return Cost(cost.calls, cost.errors, cost.timeouts, cost.seconds, cost.cpu, cost.uptime)


PAGES: Sequence[object] = (list_plugins,)
