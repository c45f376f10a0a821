"""Entities of Kong: what all of them have, and how they name each other, by name or by id.

https://developer.konghq.com/gateway/entities/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from crossway.dialects.contract import OBJECTS, Foreign, Ignored, Key, Mapped, Object, find
from crossway.memo import Index, Read
from crossway.model import DEFAULT_NAMESPACE, FieldPath, Finding, Severity

SERVICE: Final = "kong/service"
ROUTE: Final = "kong/route"
UPSTREAM: Final = "kong/upstream"
TARGET: Final = "kong/target"
CONSUMER: Final = "kong/consumer"
CONSUMER_GROUP: Final = "kong/consumer_group"
MEMBER: Final = "kong/consumer_group_consumer"
CERTIFICATE: Final = "kong/certificate"
CA_CERTIFICATE: Final = "kong/ca_certificate"
SNI: Final = "kong/sni"
VAULT: Final = "kong/vault"
PLUGIN: Final = "kong/plugin"

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")

E = TypeVar("E", bound="KongEntity")


def _named(value: object) -> object:
    """Return what a reference says: a text, `{id: ...}` or `{name: ...}`."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((word, text),) = value.items()
        if word in {"id", "name", "username"}:
            return text
    return value


Reference = Annotated[str | None, BeforeValidator(_named)]
"""The name or the id of another entity."""


class KongEntity(Foreign):
    """An entity. What is `null` is not said."""

    id: Annotated[str | None, Ignored("whatever names it by its id has been told what it is called")] = None
    tags: Annotated[tuple[str, ...] | None, Ignored("words for people and tools")] = None
    created_at: Annotated[Any, Ignored("when it was made changes nothing")] = None
    updated_at: Annotated[Any, Ignored("when it was changed changes nothing")] = None
    ws_id: Annotated[Any, Ignored("a file is of one workspace")] = Field(default=None)

    @property
    def names(self) -> tuple[str, ...]:
        """What others call it."""
        return (self.id,) if self.id else ()


class NamedEntity(KongEntity):
    """An entity with a name."""

    name: Annotated[str | None, Mapped("the name")] = None

    @property
    def names(self) -> tuple[str, ...]:
        """What others call it."""
        return tuple(text for text in (self.name, self.id) if text)


def native_name(text: str) -> str:
    """Return *text* as the name of a resource."""
    return _NO_NAME.sub("_", text).strip("._-") or "unnamed"


def _is_entity(key: Key) -> bool:
    return key.kind.startswith("kong/")


def _by_name(read: Read, key: Key) -> frozenset[tuple[str, str]]:
    found = find(read, KongEntity, key) if key.kind.startswith("kong/") else None
    return frozenset((key.kind, text) for text in (*found.value.names, key.name)) if found else frozenset()


BY_NAME: Index[Key, tuple[str, str]] = Index(OBJECTS, _by_name, "entities of Kong by name and id", _is_entity)
"""Entities by their kind and what others call them."""


def named(read: Read, schema: type[E], kind: str, text: str | None) -> Object[E] | None:
    """Return the entity that *text* means."""
    keys = read.group(BY_NAME, (kind, text)) if text else ()
    return find(read, schema, keys[0]) if keys else None


def key(kind: str, name: str) -> Key:
    """Return the identity of an entity."""
    return Key(kind, DEFAULT_NAMESPACE, name)


def trouble(code: str, message: str, path: FieldPath) -> Finding:
    """Return what is wrong with the field at *path* of the entity that is translated."""
    return Finding(code, message, path=path)


def stricter(message: str, path: FieldPath) -> Finding:
    """Return that some requests are refused which Kong lets in, because of the field at *path*."""
    return Finding("dialect.stricter", message, Severity.WARNING, path=path)


def only(value: object, why: str) -> AfterValidator:
    """Return a validator that lets *value* pass and nothing else, for the reason *why*."""

    def check(given: object) -> object:
        if given not in (value, None):
            raise ValueError(why)
        return given

    return AfterValidator(check)
