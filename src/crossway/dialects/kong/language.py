"""Declarative files of Kong, as DB-less nodes and deck read them: how they are recognised, and cut into entities.

An entity may stand inside of the one it belongs to, or beside it and name it: here both are one. Defaults of the file
(`_info.defaults`) and settings that plugins share (`_plugin_configs`) are filled in, and paths of formats before 3.0
are written as 3.0 has them, where a regular expression begins with `~`.

https://developer.konghq.com/gateway/db-less-mode/#declarative-configuration
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from crossway.dialects.contract import Entity, Language
from crossway.dialects.kong.entity import key, native_name
from crossway.dialects.kong.plugins import KINDS
from crossway.model import FieldPath

MARK: Final = "_format_version"
VERSIONS: Final = ("1.1", "2.1", "3.0")

_REGEX: Final = re.compile(r"[^a-zA-Z0-9._~/%-]")
"""A character that made a path of a format before 3.0 a regular expression."""


class Collection(NamedTuple):
    """Entities of one kind: what others call one of them, by what it is known, and what may stand inside of it."""

    word: str
    names: tuple[str, ...] = ("name", "id")
    inside: tuple[str, ...] = ()


_CREDENTIALS: Final = {  # a key is a secret, and names nothing
    "keyauth_credentials": Collection("keyauth_credential", ("id",)),
    "basicauth_credentials": Collection("basicauth_credential", ("id", "username")),
    "jwt_secrets": Collection("jwt_secret", ("id",)),
    "hmacauth_credentials": Collection("hmacauth_credential", ("id", "username")),
    "oauth2_credentials": Collection("oauth2_credential", ("id", "client_id")),
    "acls": Collection("acl", ("id",)),
    "mtls_auth_credentials": Collection("mtls_auth_credential", ("id", "subject_name")),
}
COLLECTIONS: Final[Mapping[str, Collection]] = {
    "services": Collection("service", inside=("routes", "plugins")),
    "routes": Collection("route", inside=("plugins",)),
    "upstreams": Collection("upstream", inside=("targets",)),
    "targets": Collection("target", ("id", "target")),
    "consumers": Collection("consumer", ("username", "id", "custom_id"), (*_CREDENTIALS, "plugins", "groups")),
    "consumer_groups": Collection("consumer_group", inside=("consumers", "plugins")),
    "certificates": Collection("certificate", ("id",), ("snis",)),
    "snis": Collection("sni"),
    "ca_certificates": Collection("ca_certificate", ("id",)),
    "vaults": Collection("vault", ("prefix", "id")),
    "plugins": Collection("plugin"),
    **_CREDENTIALS,
}
_MEMBERS: Final = {("consumers", "groups"), ("consumer_groups", "consumers")}
"""What names a consumer inside of a group, or a group inside of a consumer."""
_FILTERS: Final = "filter_chains"
"""Filters in WebAssembly: they guard as plugins do, and nothing is known of them."""
_SCOPES: Final = ("service", "route", "consumer", "consumer_group")


def split(root: object) -> Iterator[Entity] | None:
    """Return the entities of a file."""
    if not isinstance(root, Mapping) or MARK not in root:
        return None
    return _Splitting(root).entities()


@dataclass(slots=True)
class _Splitting:
    """One file that is cut."""

    root: Mapping[str, Any]
    taken: set[tuple[str, str]] = field(default_factory=set)
    """The names of those that have none of their own."""

    def entities(self) -> Iterator[Entity]:
        for word, value in self.root.items():
            if word in COLLECTIONS and isinstance(value, list):
                yield from self._collection(word, value, (word,), {})
            elif word == _FILTERS and isinstance(value, list):
                chains = [{"name": _FILTERS, **_scoped(item)} if isinstance(item, Mapping) else item for item in value]
                yield from self._collection("plugins", chains, (word,), {})
            elif word != MARK and value is not None:
                yield Entity(key(f"kong/{word}", ""), "", (word,), value)

    @property
    def version(self) -> str:
        return str(self.root[MARK])

    def _collection(self, word: str, items: list[Any], path: FieldPath, holder: Mapping[str, str]) -> Iterator[Entity]:
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield from self._entity(word, item, (*path, index), index, holder)
            else:
                yield Entity(
                    key(f"kong/{COLLECTIONS[word].word}", f"{word}[{index}]"), self.version, (*path, index), item
                )

    def _entity(
        self, word: str, item: Mapping[str, Any], path: FieldPath, index: int, holder: Mapping[str, str]
    ) -> Iterator[Entity]:
        collection = COLLECTIONS[word]
        value = self._filled(collection.word, item, holder)
        name = _scope(value) if word == "plugins" else self._name(word, value, index, holder)
        inside = [word for word in collection.inside if isinstance(value.get(word), list)]
        own = {word: content for word, content in value.items() if word not in inside}
        kind = f"kong/{collection.word}"
        if word == "plugins" and value.get("name") in KINDS:
            kind = KINDS[str(value["name"])].concept_kind
        elif word == "plugins":
            name = f"{value.get('name')} on {name}"
        yield Entity(key(kind, name), self.version, path, own)
        for part in inside:
            if (word, part) in _MEMBERS:
                yield from self._members(part, value[part], (*path, part), collection.word, name)
            else:
                yield from self._collection(part, value[part], (*path, part), {collection.word: name})

    def _members(self, word: str, items: list[Any], path: FieldPath, holder: str, name: str) -> Iterator[Entity]:
        other = "consumer_group" if word == "groups" else "consumer"
        for index, item in enumerate(items):
            text = item.get("username") or item.get("name") or item.get("id") if isinstance(item, Mapping) else item
            value = {holder: name, other: text}
            known = key("kong/consumer_group_consumer", f"{value['consumer']} in {value['consumer_group']}")
            yield Entity(known, self.version, (*path, index), value)

    def _filled(self, word: str, item: Mapping[str, Any], holder: Mapping[str, str]) -> dict[str, Any]:
        """Return *item* with what the file says of all of its kind, and of what it stands in."""
        info = self.root.get("_info")
        defaults = info.get("defaults") if isinstance(info, Mapping) else None
        default = defaults.get(word) if isinstance(defaults, Mapping) else None
        value = {**(default if isinstance(default, Mapping) else {}), **item, **holder}
        shared = value.pop("_config", None)
        configs = self.root.get("_plugin_configs")
        if isinstance(configs, Mapping) and isinstance(configs.get(shared), Mapping):
            value["config"] = {**configs[shared], **(value.get("config") or {})}
        if word == "plugin":
            value = _pruned(value)
        if word == "basicauth_credential" and self.root.get("_transform") is False:
            value["hashed"] = True
        if word == "route" and self.version in VERSIONS[:2] and isinstance(value.get("paths"), list):
            value["paths"] = [_as_written_today(path) for path in value["paths"]]
        return {name: content for name, content in value.items() if content is not None}

    def _name(self, word: str, value: Mapping[str, Any], index: int, holder: Mapping[str, str]) -> str:
        collection = COLLECTIONS[word]
        given = next((str(value[field]) for field in collection.names if value.get(field)), "")
        if given and word in {"targets", "snis", *_CREDENTIALS}:  # they are known by what they belong to
            owner: Mapping[str, object] = holder or {
                field: value.get(field) for field in ("upstream", "certificate", "consumer")
            }
            return " ".join([given, *(str(text) for text in owner.values() if text)])
        if given:
            return given
        base = next(iter(holder.values()), word)
        return self._free(word, f"{native_name(base)}_{index + 1}")

    def _free(self, word: str, name: str) -> str:
        while (word, name) in self.taken:
            name += "_"
        self.taken.add((word, name))
        return name


def _as_written_today(path: object) -> object:
    if isinstance(path, str) and path.startswith("/") and _REGEX.search(path):
        return f"~{path}"
    return path


def _pruned(value: Any) -> Any:  # noqa: ANN401 - settings of an unknown shape
    """Return *value* without what says nothing, as tools that write whole files have it: `null`, and empty lists."""
    if isinstance(value, Mapping):
        left = {key: _pruned(item) for key, item in value.items()}
        return {key: item for key, item in left.items() if item is not None}
    return None if value == [] else value


def _scoped(chain: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a chain of filters holds for, as plugins say it."""
    return {name: chain[name] for name in ("service", "route", "enabled") if name in chain}


def _scope(value: Mapping[str, Any]) -> str:
    """Return what a plugin holds for: there is one of a name for each."""
    said = [(word, _text(value[word])) for word in _SCOPES if value.get(word)]
    return ", ".join(f"{word} {text}" for word, text in said) or "everything"


def _text(reference: object) -> object:
    return next(iter(reference.values()), "") if isinstance(reference, Mapping) else reference


_TOOL: Final = "it is for the tool that writes the file into Kong"
KONG: Final = Language(
    "kong",
    (MARK,),
    split,
    {
        "kong/_transform": "it says whether passwords are hashed already, which each credential is asked for",
        "kong/_comment": "it is for people",
        "kong/_ignore": "Kong takes no notice of it either",
        "kong/_info": "its defaults are filled in, and the rest is for tools",
        "kong/_plugin_configs": "they are filled in where plugins name them",
        "kong/_workspace": "a file is of one workspace, and its resources stand in one namespace",
        "kong/_konnect": _TOOL,
        "kong/rbac_roles": "rights in the admin API of Kong do not concern requests",
        "kong/rbac_endpoint_permissions": "rights in the admin API of Kong do not concern requests",
        "kong/licenses": "Crossway needs none",
    },
)
