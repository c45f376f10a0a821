"""Parity: what becomes of every field that the concepts of a dialect have, whether anybody uses it or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from crossway.dialects.contract import Dialect, Fate, Foreign
from crossway.dialects.fate import fate_of, schemas
from crossway.errors import Bug


class Field(NamedTuple):
    """One field of a foreign concept."""

    kind: str
    path: str
    """With ``[]`` for each item of a list, and ``*`` for each key of a mapping."""
    fate: Fate


def parity(dialect: Dialect) -> tuple[Field, ...]:
    """Return every field of *dialect*, concept by concept, in the order of their schemas."""
    return tuple(field for concept in dialect.concepts for field in _fields(concept.kind, concept.schema, "", ()))


def _fields(kind: str, schema: type[Foreign], path: str, around: tuple[type[Foreign], ...]) -> Iterator[Field]:
    for name, info in schema.model_fields.items():
        here = f"{path}.{info.alias or name}".removeprefix(".")
        fate = fate_of(info.metadata)
        inner = list(schemas(info.annotation, here))
        if fate is not None:
            yield Field(kind, here, fate)
        elif not inner:
            raise Bug(f"the schema of {kind} does not say what becomes of {here}")
        for deeper, below in inner if fate is None else ():
            if deeper not in (*around, schema):  # a schema may hold its own kind, as expressions do
                yield from _fields(kind, deeper, below, (*around, schema))
