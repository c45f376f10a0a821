"""Resources as they may be shown: what somebody wrote, with its secrets redacted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from crossway.compile.contract import Policies
from crossway.dialects.native import Native
from crossway.dialects.native.rows import document, value
from crossway.model import REDACTED, Broken, Part, Secret
from crossway.model.revision import Row

REMEMBERED: Final = 4096


class Showing:
    """Shows rows. A row is looked at once, however often it is shown."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self.value = lru_cache(REMEMBERED)(self._value)
        """Return the settings of a row as plain data; `None` if they cannot be read, so that nobody knows what in them
        is secret."""

    def _value(self, row: Row) -> object:
        part = Native(self._policies).read((document(row),)).resources.get(row.ref)
        if part is None or _is_broken(part):
            return None
        return _redacted(value(row), frozenset(_secrets(part)))


def _secrets(settings: object) -> Iterator[str]:
    """Yield the secrets in *settings*."""
    match settings:
        case Secret():
            yield settings.reveal()
        case Part():
            for name in type(settings).model_fields:
                yield from _secrets(getattr(settings, name))
        case Mapping():
            for inner in settings.values():
                yield from _secrets(inner)
        case tuple() | frozenset():
            for inner in settings:
                yield from _secrets(inner)


def _is_broken(settings: object) -> bool:
    match settings:
        case Broken():
            return True
        case Part():
            return any(_is_broken(getattr(settings, name)) for name in type(settings).model_fields)
        case Mapping():
            return any(map(_is_broken, settings.values()))
        case tuple():
            return any(map(_is_broken, settings))
    return False


def _redacted(plain: object, secrets: frozenset[str]) -> object:
    match plain:
        case str():
            return REDACTED if plain in secrets else plain
        case Mapping():
            return {key: _redacted(inner, secrets) for key, inner in plain.items()}
        case list():
            return [_redacted(inner, secrets) for inner in plain]
    return plain
