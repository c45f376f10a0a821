"""App: Python answers the requests of a route, and there is no backend behind it.

It is what a composition, a mounted application or a WebSocket handler of an app in Python becomes. A route has it for
its action, and so no other one.
"""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Raw, json
from pydantic import model_validator

from crossway.compile.contract import Fragment, Policy, Site, Stage, Step, Target
from crossway.compile.program import SERVER, PluginStep, digest
from crossway.model import Finding, Ref, ServiceName, Spec, did_you_mean
from crossway.model.plugin import PluginName

_BEFORE: Final = frozenset({"plugins", "cache", "transform"})
"""The policies that are Python in front of an app."""
_ANSWERING: Final = frozenset({"around", "request", "head", "websocket"})
"""The hooks of a plugin that can answer by itself."""


class App(Spec):
    """Let a plugin answer, without a backend. In one line: `app: profile`.

    An app in Python writes it for `@cw.compose`, `cw.mount` and `@cw.websocket`. Whoever writes it by hand names a
    plugin that answers every request. The plugins of the route, its cache and its transformations stand in front of it.
    """

    answers: ClassVar[bool] = True

    plugin: PluginName
    """The plugin that answers; `namespace/name` for one elsewhere. It has no settings here."""
    services: tuple[ServiceName, ...] = ()
    """The services that it may call."""

    short_forms = ("plugin",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"plugin": value} if isinstance(value, str) else value


def compile_app(spec: App, site: Site) -> Fragment | Finding:
    """Return the step that answers, and its code."""
    ref = Ref.parse("plugins", spec.plugin, site.namespace)
    described = site.plugins.get(ref)
    if described is None:
        hint = did_you_mean(ref.local, [known.local for known in site.plugins])
        return Finding("reference.dangling", f"there is no plugin {ref.local!r}", path=("plugin",), hint=hint)
    if described.problem:
        return Finding("plugin.broken", f"plugin {ref.local} cannot run: {described.problem}", path=("plugin",))
    if not _ANSWERING.intersection(described.hooks):
        does = " and ".join(described.hooks) or "nothing"
        message = f"plugin {ref.local} answers no request: its hooks are {does}"
        return Finding("plugin.unfit", message, path=("plugin",))
    before = sorted(_BEFORE & site.beside.keys())
    if "websocket" in described.hooks and before:
        message = f"plugin {ref.local} answers WebSockets, which do not pass the Python of {' and '.join(before)}"
        hint = "attach it to the other routes alone, or do the same by a policy without Python"
        return Finding("app.websocket_behind", message, path=("plugin",), hint=hint)
    is_apart = described.bounds.isolation == "process" or "websocket" in described.hooks
    kind = SERVER if is_apart else "plugin"
    bounds = described.bounds
    content = PluginStep(ref.local, digest(described.code), described.attribute, ref.namespace, bounds=bounds)
    return Fragment(steps=(Step(kind, Raw(json.encode(content))),), codes=(described.code,))


POLICY = Policy(
    spec=App,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_app,
    runs=True,
)
