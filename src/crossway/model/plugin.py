"""Plugins: Python of users that routes may run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from crossway.model.part import Names, Part
from crossway.model.values import Duration, Secret, Size

LONGEST: Final = timedelta(minutes=5)
"""The longest deadline of a plugin."""
_WORDS: Final = r"[^\W\d]\w*(\.[^\W\d]\w*)*"


def _is_within_bounds(deadline: timedelta) -> timedelta:
    if not timedelta(milliseconds=1) <= deadline <= LONGEST:
        raise ValueError("a deadline is between 1ms and 5m")
    return deadline


Deadline = Annotated[Duration, AfterValidator(_is_within_bounds)]
Dotted = Annotated[str, Field(pattern=f"^{_WORDS}$", max_length=200)]


class Plugin(Part):
    """Python that routes run by the policy `plugins`: a function with `@plugin`, or a class derived from `Plugin`.

    Its code stands here, in a file, or in a package that is installed beside the proxy. It is loaded once in a process
    of its own before any proxy gets it; code that cannot be loaded is a finding, and what was live stays.
    """

    source: Annotated[str, Field(max_length=2**20)] | None = None
    """The text of its module."""
    file: str | None = None
    """The path of its module, relative to the file that says it. Modules beside it can be imported; an edit of one of
    them goes live too."""
    module: Dotted | None = None
    """The name of its module, `package.module`, where that is installed. A new version goes live with its proxy."""
    attribute: Dotted | None = None
    """What it is called in its module. The name of the plugin by default, with `_` for what no name in Python has."""
    isolation: Literal["proxy", "process"] = "proxy"
    """Where it runs: in the process of the proxy, which is the fastest, or in one of its own, whose crash and whose
    hunger for memory and CPU touch nobody else."""
    memory: Size | None = None
    """How much memory its process may take, beyond what an empty interpreter takes; 512MiB by default. One that needs
    more answers 500 and is started again. For `isolation: process` alone."""
    cpu_time: Duration | None = None
    """How much CPU time its process may take for a request, on average over its life; the deadline by default. One that
    takes more is replaced by a new process. For `isolation: process` alone."""
    deadline: Deadline = timedelta(seconds=1)
    """How long each of its hooks may take, up to 5m. What it waits for does not count where that is the backend or a
    body on its way; all else does. After that, the answer is 504."""
    failure: Literal["closed", "open"] = "closed"
    """What becomes of a request when the plugin fails or takes too long: it is answered with an error, or with `open`
    it goes on as it was before. Only write `open` where the plugin guards nothing."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = [word for word in ("source", "file", "module") if getattr(self, word) is not None]
        if len(given) != 1:
            told = f"{' and '.join(given)} are two of them" if given else "there is none of them"
            raise ValueError(f"a plugin has its code in source, file or module, and {told}")
        if self.isolation == "proxy":
            for word in ("memory", "cpu_time"):
                if getattr(self, word) is not None:
                    raise ValueError(f"{word} needs isolation: process; within the proxy it cannot be bounded")
        return self

    def symbol(self, name: str) -> str:
        """Return what a plugin with this *name* is called in its module."""
        return self.attribute or re.sub(r"\W", "_", name)


class PluginSettings(Mapping[str, Any]):
    """The settings of a plugin at one place: plain data as JSON has it, which never changes.

    Text under a key that ends in a word such as `password`, `secret` or `token` is a `Secret`.
    """

    __slots__ = ("_settings", "_text")

    def __init__(self, settings: Mapping[str, object]) -> None:
        self._text = json.dumps(_revealed(settings), sort_keys=True, ensure_ascii=False, allow_nan=False)
        self._settings: Mapping[str, object] = {key: _kept(value, key) for key, value in settings.items()}

    def reveal(self) -> dict[str, object]:
        """Return what somebody wrote, with its secrets, for the one place that needs it."""
        return {key: _revealed(value) for key, value in self._settings.items()}

    def shown(self) -> dict[str, object]:
        """Return the same with `[redacted]` for its secrets."""
        return {key: _shown(value) for key, value in self._settings.items()}

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401  # as JSON
        return self._settings[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PluginSettings) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return repr(self.shown())

    @classmethod
    def read(cls, value: object) -> PluginSettings:
        """Return the settings that *value*, a mapping, says; `ValueError` if JSON could not say it."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise ValueError("settings are a mapping of names to values")
        try:
            return cls(value)
        except (TypeError, ValueError, RecursionError):
            raise ValueError("settings are text, numbers, truth values, lists and mappings, as in JSON") from None


_SECRETIVE: Final = re.compile(
    r"(?i)(^|[._-]|(?<=[a-z])(?=[A-Z]))"
    r"(passwords?|passwd|passphrase|secrets?|tokens?|credentials?|(private|secret|api|access|signing)[._-]?keys?)$"
)
"""The keys whose text is a secret."""


def _kept(value: object, key: str) -> object:
    match value:
        case str() if _SECRETIVE.search(key):
            return Secret(value)
        case Mapping():
            return {word: _kept(inner, key if _SECRETIVE.search(key) else str(word)) for word, inner in value.items()}
        case list() | tuple():
            return tuple(_kept(inner, key) for inner in value)
    return value


def _revealed(value: object) -> object:
    match value:
        case Secret():
            return value.reveal()
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise TypeError("the keys of settings are text")
            return {key: _revealed(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_revealed(inner) for inner in value]
    return value


def _shown(value: object) -> object:
    match value:
        case Secret():
            return str(value)
        case Mapping():
            return {key: _shown(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_shown(inner) for inner in value]
    return value


Settings = Annotated[
    Mapping[str, Secret | JsonValue],
    PlainValidator(PluginSettings.read),
    PlainSerializer(PluginSettings.shown),
    WithJsonSchema({"type": "object"}),
]
"""Settings of a plugin, which its own model checks. A `PluginSettings` once they are read."""
PluginName = Annotated[str, Names("plugins")]
