"""KongPlugin and KongClusterPlugin: plugins that objects name in the annotation `konghq.com/plugins`.

https://developer.konghq.com/kubernetes-ingress-controller/reference/custom-resources/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from crossway.dialects.contract import OBJECTS, Concept, Ignored, Key, Mapped, Object, Refused, Translation, find, of
from crossway.dialects.fate import examine
from crossway.dialects.kong.entity import PLUGIN, trouble
from crossway.dialects.kong.plugin import Plugin
from crossway.dialects.kong.plugins import KINDS, Unknown
from crossway.dialects.kong.policies import misplaced, say
from crossway.dialects.kubernetes.objects import DEFAULT, KubernetesObject
from crossway.memo import Index, Read
from crossway.model import FieldPath, Finding

KONG_PLUGIN: Final = "configuration.konghq.com/KongPlugin"
CLUSTER_PLUGIN: Final = "configuration.konghq.com/KongClusterPlugin"
_GLOBAL: Final = "global"
_SECRET: Final = "settings from a secret are not read; write them into the plugin, and secrets as secret:NAME"


class KongPlugin(KubernetesObject):
    """A plugin."""

    plugin: Annotated[str, Mapped("which policy")] = ""
    config: Annotated[Mapping[str, Any], Mapped("the policy")] = {}
    config_from: Annotated[Any, Refused(_SECRET)] = None
    config_patches: Annotated[Any, Refused(_SECRET)] = None
    disabled: Annotated[bool, Mapped("it is left out")] = False
    consumer_ref: Annotated[str | None, Refused("name the plugin at the consumer, in konghq.com/plugins")] = None
    instance_name: Annotated[Any, Ignored("it is for people")] = None
    protocols: Annotated[Any, Ignored("routes say what they take")] = None
    ordering: Annotated[Any, Refused("the order of policies is fixed; see the reference of each policy")] = None
    run_on: Annotated[Any, Ignored("it is of a mesh that Kong has no more")] = None


def _by_global(read: Read, key: Key) -> frozenset[str]:
    found = find(read, KongPlugin, key) if key.kind == CLUSTER_PLUGIN else None
    everywhere = found is not None and found.value.metadata.labels.get(_GLOBAL) == "true" and not found.value.disabled
    return frozenset({_GLOBAL}) if everywhere else frozenset()


GLOBAL_PLUGINS: Index[Key, str] = Index(OBJECTS, _by_global, "plugins of Kong for everything", of(CLUSTER_PLUGIN))


def plugin_of(read: Read, key: Key) -> Object[Any] | None:
    """Return the plugin that an object of Kubernetes is, as declarative files have it."""
    found = find(read, KongPlugin, key)
    if found is None:
        return None
    kind = KINDS.get(found.value.plugin)
    schema: type[Plugin] = kind.schema if kind else Unknown
    concept = Concept(kind.concept_kind if kind else PLUGIN, schema)
    settings: dict[str, object] = {"name": found.value.plugin, "config": dict(found.value.config)}
    if key not in read.group(GLOBAL_PLUGINS, _GLOBAL):
        settings["route"] = "those that name it"
    value, wrong, _ = examine(concept, settings)
    named = Key(concept.kind, key.namespace, key.name)
    return Object(named, value or schema(), found.source, (*found.wrong, *wrong))


def chosen(
    read: Read, names: Iterable[str], namespace: str, path: FieldPath
) -> tuple[dict[str, Object[Any]], tuple[Finding, ...]]:
    """Return the plugins that an object in *namespace* names, by what they are, and which of them are not there."""
    plugins: dict[str, Object[Any]] = {}
    missing = []
    for text in names:
        other, _, name = text.rpartition(":")  # namespace:name, where a grant lets one be named from elsewhere
        keys = (Key(KONG_PLUGIN, other or namespace, name), Key(CLUSTER_PLUGIN, DEFAULT, name))
        found = next((item for key in keys if (item := find(read, KongPlugin, key)) is not None), None)
        if found is None:
            missing.append(trouble("reference.dangling", f"there is no KongPlugin {text!r}", path))
        elif not found.value.disabled and (plugin := read(plugin_of, found.key)) is not None:
            plugins[found.value.plugin] = plugin
    return plugins, tuple(missing)


def global_plugins(read: Read) -> dict[str, Object[Any]]:
    """Return the plugins for everything."""
    found = ((find(read, KongPlugin, key), read(plugin_of, key)) for key in read.group(GLOBAL_PLUGINS, _GLOBAL))
    return {item.value.plugin: plugin for item, plugin in found if item is not None and plugin is not None}


def translate_plugin(read: Read, found: Object[KongPlugin]) -> Translation:
    """Return what there is to say of a plugin."""
    plugin = read(plugin_of, found.key)
    if plugin is None:
        return Translation()
    own = [finding for finding in plugin.wrong if finding not in found.wrong]
    one = say(read, plugin)
    return Translation((), (*own, *one.findings, *misplaced(one, everywhere=plugin.value.route is None)))
