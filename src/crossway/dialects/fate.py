"""What becomes of the fields of a foreign object, and what is left of one that is wrong.

An object with mistakes is read without them, so that whoever translates it sees only what its schema promises, and so
that it can be closed in its place: a route that must not be open still has to take the requests that were meant for it.
A part whose meaning hangs together (`Concept.atoms`) goes as a whole, and with the last item of a list what holds it:
of conditions, none may be lost singly, since that would match more than was written. A list that means nothing more
when it is empty stays (`Concept.emptied`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Generic, NamedTuple, get_args

from pydantic import ValidationError

from crossway.dialects.contract import Concept, F, Fate, Foreign, Ignored, Mapped, Refused, as_written
from crossway.errors import Bug
from crossway.model import FieldPath, Finding, Findings, problems

_MOST_ROUNDS = 10
"""Validations of one object. What is wrong behind what is wrong shows only when that is gone."""


class Present(NamedTuple):
    """A field that an object has."""

    path: FieldPath
    fate: Fate


class Refusal(NamedTuple):
    """A field that an object has and that is refused."""

    path: FieldPath
    fate: Refused


class Examined(NamedTuple, Generic[F]):
    """What is left of an object, and what is not."""

    value: F | None
    """What it says without the mistakes; `None` where nothing is left of it."""
    wrong: Findings
    """What is wrong with it, refused fields included. The paths begin at the object, as it was written."""
    gone: tuple[FieldPath, ...]
    """The items of lists that are left out, so that the ones after them have moved up; see `Object.as_written`."""


def examine(concept: Concept[F], value: object) -> Examined[F]:
    """Return what *value* says in the schema of *concept*, and what is wrong with it."""
    wrong: dict[Finding, None] = {}
    gone: list[FieldPath] = []
    for _ in range(_MOST_ROUNDS):
        try:
            made = concept.schema.model_validate(value)
        except ValidationError as error:
            found = problems(error, concept.schema)
            wrong |= dict.fromkeys(replace(finding, path=as_written(finding.path, gone)) for finding in found)
            cuts = _cuts(concept, value, found)
            if () in cuts:
                break
            gone += [as_written(cut, gone) for cut in cuts if isinstance(_at(value, cut[:-1]), list)]
            for cut in sorted(cuts, key=_order, reverse=True):
                value = _without(value, cut)
        else:
            refused = (
                Finding("dialect.refused", item.fate.why, path=as_written(item.path, gone))
                for item in _refused(made, ())
            )
            return Examined(made, (*wrong, *refused), tuple(gone))
    return Examined(None, tuple(wrong), ())


def fates(value: Foreign) -> Iterator[Present]:
    """Yield every field that *value* has, with what becomes of it."""
    return _fates(value, ())


def _fates(value: object, path: FieldPath) -> Iterator[Present]:
    if isinstance(value, Foreign):
        written = value.model_fields_set
        for name, word, fate in _fields(type(value)):
            if name in written:
                here = (*path, word)
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


@cache
def _fields(schema: type[Foreign]) -> tuple[tuple[str, str, Fate | None], ...]:
    """Return the fields of a schema: what they are called here, what there, and what becomes of them."""
    return tuple((name, info.alias or name, fate_of(info.metadata)) for name, info in schema.model_fields.items())


def _refused(value: object, path: FieldPath) -> Iterator[Refusal]:
    """Yield the refused fields that *value* has, without a look at what cannot have any."""
    if isinstance(value, Foreign):
        for name, key, fate in _refusing(type(value)):
            if name in value.model_fields_set:
                here = (*path, key)
                if fate is None:
                    yield from _refused(getattr(value, name), here)
                else:
                    yield Refusal(here, fate)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _refused(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _refused(item, (*path, index))


@cache
def _refusing(schema: type[Foreign]) -> tuple[tuple[str, str, Refused | None], ...]:
    """Return the fields of *schema* that are refused, and those that may hold such a field, by name and key."""
    found: list[tuple[str, str, Refused | None]] = []
    for name, info in schema.model_fields.items():
        key, fate = info.alias or name, fate_of(info.metadata)
        inner = [deeper for deeper, _ in schemas(info.annotation, "")]
        if fate is None and not inner:
            raise Bug(f"the schema does not say what becomes of {key}")
        if isinstance(fate, Refused):
            found.append((name, key, fate))
        elif fate is None and any(_may_refuse(deeper, (schema,)) for deeper in inner):
            found.append((name, key, None))
    return tuple(found)


def _may_refuse(schema: type[Foreign], around: tuple[type[Foreign], ...]) -> bool:
    """Return whether *schema*, inside of those *around*, has a refused field anywhere."""
    if schema in around:
        return False
    fields = [(fate_of(info.metadata), info.annotation) for info in schema.model_fields.values()]
    return any(isinstance(fate, Refused) for fate, _ in fields) or any(
        _may_refuse(deeper, (*around, schema))
        for fate, annotation in fields
        if fate is None
        for deeper, _ in schemas(annotation, "")
    )


def schemas(annotation: Any, path: str) -> Iterator[tuple[type[Foreign], str]]:  # noqa: ANN401 - any annotation
    """Yield the schemas that a value of this type may hold, each with the path of such a value."""
    if isinstance(annotation, type) and issubclass(annotation, Foreign):
        yield annotation, path
        return
    arguments = [item for item in get_args(annotation) if item is not Ellipsis]
    origin = str(getattr(annotation, "__origin__", ""))
    if "Mapping" in origin or "dict" in origin:
        path, arguments = f"{path}.*", arguments[1:]
    elif "tuple" in origin or "list" in origin:
        path = f"{path}[]"
    for argument in arguments:
        yield from schemas(argument, path)


def fate_of(metadata: Iterable[object]) -> Fate | None:
    """Return the fate among what a field is annotated with."""
    return next((item for item in metadata if isinstance(item, Mapped | Ignored | Refused)), None)


def shape(path: FieldPath) -> str:
    """Return *path* the way parity tables write it, for any index: ``spec.rules[].matches[].path``."""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _cuts(concept: Concept[F], value: object, found: Findings) -> set[FieldPath]:
    """Return what has to go so that the mistakes are gone: with all items of a list, the one of another that has it."""
    cuts = {_cut(concept, value, finding) for finding in found}
    while True:
        lists = {cut[:-1]: _at(value, cut[:-1]) for cut in cuts if cut}
        emptied = {
            path
            for path, items in lists.items()
            if isinstance(items, list)
            and shape(path) not in concept.emptied
            and all((*path, index) in cuts for index in range(len(items)))
        }
        if not emptied:
            return cuts
        cuts = {cut for cut in cuts if not cut or cut[:-1] not in emptied} | {_holder(path) for path in emptied}


def _cut(concept: Concept[F], value: object, finding: Finding) -> FieldPath:
    """Return what has to go at least so that a mistake is gone."""
    path = finding.path[:-1] if finding.code == "field.missing" else finding.path
    for length in range(1, len(path) + 1):
        if shape(path[:length]) in concept.atoms:
            path = path[:length]
            break
    while path and not _stands(value, path):
        path = path[:-1]
    return path


def _stands(value: object, path: FieldPath) -> bool:
    """Return whether something stands at *path*."""
    for step in path:
        is_item = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not is_item and not (isinstance(value, Mapping) and step in value):
            return False
        value = _at(value, (step,))
    return True


def _order(path: FieldPath) -> tuple[int, list[tuple[int, str]]]:
    """Return a sort key by which what is inside comes after what holds it, and the later item of a list later."""
    return len(path), [(step, "") if isinstance(step, int) else (-1, str(step)) for step in path]


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
    """Return *value* without what stands at *path*."""
    step, *rest = path
    if isinstance(value, Mapping):
        if rest:
            return {**value, step: _without(value[step], tuple(rest))}
        return {key: item for key, item in value.items() if key != step}
    if isinstance(value, list) and isinstance(step, int):
        left = [_without(value[step], tuple(rest))] if rest else []
        return [*value[:step], *left, *value[step + 1 :]]
    return value
