"""What becomes of the fields of a foreign object, and what is left of one that is wrong.

An object with mistakes is read without them, so that whoever translates it sees only what its schema promises, and so
that it can be closed in its place: a route that must not be open still has to take the requests that were meant for it.
A part whose meaning hangs together (`Concept.atoms`) goes as a whole, and with the last item of a list what holds it:
of conditions, none may be lost singly, since that would match more than was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from crossway.dialects.contract import Concept, Fate, Foreign, Ignored, Mapped, Refused
from crossway.errors import Bug
from crossway.model import FieldPath, Finding, Findings, problems

_MOST_ROUNDS = 10
"""Validations of one object. What is wrong behind what is wrong shows only when that is gone."""


class Present(NamedTuple):
    """A field that an object has."""

    path: FieldPath
    fate: Fate


def examine(concept: Concept[Any], value: object) -> tuple[Foreign | None, Findings]:
    """Return what *value* says in the schema of *concept*, and what is wrong with it, refused fields included.

    `None` where nothing is left of it. The paths of findings begin at the object.
    """
    wrong: dict[Finding, None] = {}
    for _ in range(_MOST_ROUNDS):
        try:
            made = concept.schema.model_validate(value)
        except ValidationError as error:
            found = problems(error, concept.schema)
            wrong |= dict.fromkeys(found)
            cuts = {_cut(concept, value, finding) for finding in found}
            if () in cuts:
                break
            for cut in sorted(cuts, key=len, reverse=True):
                value = _without(value, cut)
        else:
            refused = (
                Finding("dialect.refused", item.fate.why, path=item.path)
                for item in fates(made)
                if isinstance(item.fate, Refused)
            )
            return made, (*wrong, *refused)
    return None, tuple(wrong)


def fates(value: Foreign) -> Iterator[Present]:
    """Yield every field that *value* has, with what becomes of it."""
    return _fates(value, ())


def _fates(value: object, path: FieldPath) -> Iterator[Present]:
    if isinstance(value, Foreign):
        for name, info in type(value).model_fields.items():
            if name in value.model_fields_set:
                here = (*path, info.alias or name)
                fate = fate_of(info.metadata)
                if fate is None:
                    yield from _fates(getattr(value, name), here)
                else:
                    yield Present(here, fate)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _fates(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _fates(item, (*path, index))
    elif value is not None:
        raise Bug(f"the schema does not say what becomes of {shape(path)}")


def fate_of(metadata: list[Any]) -> Fate | None:
    """Return the fate among what a field is annotated with."""
    return next((item for item in metadata if isinstance(item, Mapped | Ignored | Refused)), None)


def shape(path: FieldPath) -> str:
    """Return *path* the way parity tables write it, for any index: ``spec.rules[].matches[].path``."""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _cut(concept: Concept[Any], value: object, finding: Finding) -> FieldPath:
    """Return what has to go so that the mistake is gone."""
    path = finding.path[:-1] if finding.code == "field.missing" else finding.path
    for length in range(1, len(path) + 1):
        if shape(path[:length]) in concept.atoms:
            path = path[:length]
            break
    while path and isinstance(path[-1], int) and len(_at(value, path[:-1])) == 1:
        path = _holder(path[:-1])
    return path


def _holder(path: FieldPath) -> FieldPath:
    """Return the item of a list that *path* is in; the empty path where it is in none."""
    while path and not isinstance(path[-1], int):
        path = path[:-1]
    return path


def _at(value: object, path: FieldPath) -> Any:  # noqa: ANN401 - a value of unknown shape
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


def _without(value: object, path: FieldPath) -> object:
    """Return *value* without what stands at *path*; as it is where nothing stands there any more."""
    step, *rest = path
    if isinstance(value, Mapping):
        if step not in value:
            return value
        if rest:
            return {**value, step: _without(value[step], tuple(rest))}
        return {key: item for key, item in value.items() if key != step}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        if rest:
            return [*value[:step], _without(value[step], tuple(rest)), *value[step + 1 :]]
        return [*value[:step], *value[step + 1 :]]
    return value
