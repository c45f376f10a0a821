"""Plugins: Python of one's own, run for the requests of a route inside the proxy.

What a plugin is, is known before it runs anywhere: its code was loaded once, in a process of its own, and said what it
does and what its settings look like. So a mistake in settings is found where it is written, and code that is broken
closes the routes that need it instead of being left out of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind
from msgspec import Raw, json
from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Merge, Policy, Site, Stage, Step, Target
from crossway.compile.program import Code, Described, PluginStep, digest
from crossway.model import FieldPath, Finding, Part, Ref, Spec, did_you_mean
from crossway.model.plugin import PluginName, PluginSettings, Settings

_ABOUT_REQUESTS: Final = frozenset({"head", "request", "response", "around"})
"""The hooks of a plugin that has something to do where requests pass."""

_VALUE: Final = "the value"
"""What stands for a value in what is said about it."""


class Use(Part):
    """One plugin, with its settings here. In one line, its name."""

    plugin: PluginName
    """The name of the plugin; `namespace/name` for one elsewhere."""
    settings: Settings = Field(default_factory=lambda: PluginSettings({}))
    """Its settings here, checked against the model in its code. Text under a name that ends in `password`, `secret`,
    `token`, `credential` or `key`, as in `api_key`, is a secret, and shown to nobody."""
    enabled: bool = True
    """Whether it runs; `false` takes one away here that is attached to all routes of a gateway, for example."""

    short_forms = ("plugin",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"plugin": value} if isinstance(value, str) else value


class Plugins(Spec):
    """Run plugins for requests, in the order of the list: `[stamp, {plugin: audit, settings: {header: x-audit}}]`.

    The first one sees a request first and its answer last. They run behind authentication and limits, and before caches
    and transformations. A plugin that fails or takes too long answers with an error, unless its resource says
    `failure: open`.

    Attached at several places, the lists add up, the farther place first: what guards a gateway is passed before what a
    route adds. A plugin that stands in several of them runs once, in its first place, with the settings of the closest.
    """

    run: Annotated[tuple[Use, ...], Field(min_length=1, max_length=50)]
    """The plugins, in their order; at most 50."""

    short_forms = ("run", "run/items")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return {"run": value}
        if isinstance(value, str) or (isinstance(value, Mapping) and "run" not in value):
            return {"run": [value]}
        return value


def compile_plugins(spec: Plugins, site: Site) -> Fragment | Finding:
    """Return a step for each plugin that runs, and their code."""
    steps: list[Step] = []
    codes: dict[Code, None] = {}
    uses = {Ref.parse("plugins", use.plugin, site.namespace): (place, use) for place, use in enumerate(spec.run)}
    for ref, (place, use) in uses.items():
        described = site.plugins.get(ref)
        if described is None:
            hint = did_you_mean(ref.local, [known.local for known in site.plugins])
            return Finding("reference.dangling", f"there is no plugin {ref.local!r}", path=(place, "plugin"), hint=hint)
        if not use.enabled:
            continue
        settings = cast("PluginSettings", use.settings)
        if finding := _broken(ref, described, place) or _unfit(ref, described, settings.reveal(), place):
            return finding
        steps.append(_step(ref, described, settings))
        codes[described.code] = None
    return Fragment(steps=tuple(steps), codes=tuple(codes))


def _step(ref: Ref, described: Described, settings: PluginSettings) -> Step:
    kind = "plugin" if described.bounds.isolation == "proxy" else "process"
    told = Raw(json.encode(settings.reveal()))
    code = digest(described.code)
    content = PluginStep(
        ref.local, code, described.attribute, ref.namespace, told, described.bounds, tuple(described.hooks)
    )
    return Step(kind, Raw(json.encode(content)))


def _broken(ref: Ref, described: Described, place: int) -> Finding | None:
    if described.problem:
        return Finding("plugin.broken", f"plugin {ref.local} cannot run: {described.problem}", path=(place, "plugin"))
    if not _ABOUT_REQUESTS.intersection(described.hooks):
        does = " and ".join(described.hooks) or "nothing"
        message = f"plugin {ref.local} does nothing with requests: its hooks are {does}"
        return Finding("plugin.unfit", message, path=(place, "plugin"))
    return None


def _unfit(ref: Ref, described: Described, settings: Mapping[str, object], place: int) -> Finding | None:
    """Return the first thing in *settings* that does not fit the model of the plugin."""
    try:
        validator = Draft202012Validator(bytes(described.schema).decode(), mask=_VALUE)
    except ValidationError:
        return None  # a pattern that only Python knows: the plugin checks its settings once more before it runs
    error = next(iter(validator.iter_errors(settings)), None)
    return None if error is None else _finding(f"plugin {ref.local}", described, error, (place, "settings"))


def _finding(plugin: str, described: Described, error: ValidationError, within: FieldPath) -> Finding:
    """Return *error* as a finding. No value is in it: it may be a secret."""
    path = (*within, *error.instance_path)
    match error.kind:
        case ValidationErrorKind.AdditionalProperties(unexpected=[unknown, *_]):
            known = _names(json.decode(described.schema))
            hint = did_you_mean(unknown, known) or (f"there are: {', '.join(known)}" if known else "")
            return Finding("field.unknown", f"{plugin} has no setting {unknown!r}", path=(*path, unknown), hint=hint)
        case ValidationErrorKind.Required(property=missing):
            return Finding("field.missing", f"{plugin} needs the setting {missing}", path=(*path, missing))
        case ValidationErrorKind.AnyOf(context=context):
            # A field that may be None is one alternative and `null`: what it has to be is the first of the two.
            alternatives = [errors[0] for errors in context if errors and "null" not in errors[0].message]
            if len(alternatives) == 1:
                return _finding(plugin, described, alternatives[0], within)
    return Finding("field.invalid", f"{plugin}: {error.message}", path=path)


def _names(schema: Mapping[str, Any]) -> list[str]:
    """Return the names of all settings, those of parts of settings included."""
    parts = (schema, *schema.get("$defs", {}).values())
    return list(dict.fromkeys(name for part in parts for name in part.get("properties", {})))


POLICY = Policy(
    spec=Plugins,
    stage=Stage.PLUGIN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_plugins,
    merge=Merge.UNION,
    runs=True,
)
