"""Resources as they may be shown: what somebody wrote, with its secrets redacted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, get_args

from crossway.compile.contract import Policies
from crossway.dialects.native import Native
from crossway.dialects.native.rows import document, render, value
from crossway.model import KINDS, REDACTED, Broken, Part, Ref, Resources, Secret
from crossway.model.revision import Row

REMEMBERED: Final = 4096


class Showing:
    """Shows rows. A row is looked at once, however often it is shown."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._secretive = frozenset(kind for kind, part in KINDS.items() if _holds_secrets(part))
        self._telling = _telling(policies)
        self.value = lru_cache(REMEMBERED)(self._value)
        """Return the settings of a row as plain data; `None` if they cannot be read, so that nobody knows what in them
        is secret."""

    def may_tell(self, ref: Ref, text: str) -> bool:
        """Return whether *text*, of the resource *ref*, may have a secret in it: never wrongly that it has none.

        A text without a word that a secret stands under has none; only in one with a backslash could the word be
        written in another way.
        """
        return ref.kind in self._secretive or "\\" in text or self._telling.search(text) is not None

    def text(self, row: Row) -> str:
        """Return the text of a row as it may be shown.

        It is the text itself where nothing in it is secret; else what its settings say. Of a text that cannot be read
        nobody knows what is secret, so nothing of it is shown.
        """
        if not self.may_tell(row.ref, row.text):
            return row.text
        shown = self.value(row)
        if shown is None:
            return render(row.ref, REDACTED)
        return render(row.ref, shown) if _is_redacted(shown) else row.text

    def _value(self, row: Row) -> object:
        part = Native(self._policies).read((document(row),)).resources.get(row.ref)
        if part is None or _is_broken(part):
            return None
        return _redacted(value(row), frozenset(_secrets(part)))


def concealed(plain: Iterable[object], resources: Resources) -> Iterator[object]:
    """Yield *plain* data, of whatever language, with `[redacted]` for each text that is a secret of *resources*."""
    secrets = frozenset(_secrets(resources))
    return (_redacted(item, secrets) for item in plain)


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


def _telling(policies: Policies) -> re.Pattern[str]:
    """Return what finds a word in a text that a secret may stand under: a field, or a policy."""
    parts = [policy.spec for policy in policies.values()]
    words = {name for name, policy in policies.items() if _holds_secrets(policy.spec)}
    words.update(name for part in parts for name in _fields(part) if _holds_secrets(_fields(part)[name]))
    return re.compile(rf"\b({'|'.join(sorted(map(re.escape, words)))})\b" if words else r"(?!)")


def _fields(part: type[Part]) -> Mapping[str, object]:
    return {name: field.annotation for name, field in part.model_fields.items()}


def _holds_secrets(annotation: object) -> bool:
    """Return whether a value of this type may have a secret in it."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return any(map(_holds_secrets, _fields(annotation).values()))
    return annotation is Secret or any(map(_holds_secrets, get_args(annotation)))


def _is_redacted(plain: object) -> bool:
    """Return whether something in *plain* was redacted."""
    match plain:
        case str():
            return plain == REDACTED
        case Mapping():
            return any(map(_is_redacted, plain.values()))
        case list():
            return any(map(_is_redacted, plain))
    return False


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
