"""JSON Schema: checks in linear time, without loading anything."""

from __future__ import annotations

from itertools import islice

from jsonschema_rs import Draft202012Validator, RegexOptions

from crossway.model.transformation import JsonSchema
from crossway.runtime.converting.document import Value
from crossway.runtime.converting.refusal import Refusal

_LONGEST = 300


class Check:
    """A schema, compiled once."""

    def __init__(self, settings: JsonSchema) -> None:
        schema = settings.body_schema
        self._validator = Draft202012Validator(
            schema if isinstance(schema, bool) else dict(schema),
            validate_formats=settings.formats,
            pattern_options=RegexOptions(),
            offline=True,
            mask="the value",
        )
        self._max_errors = settings.max_errors

    def check(self, value: Value) -> None:
        """Raise a `Refusal` with the first errors if *value* does not fit."""
        if self._validator.is_valid(value):
            return
        errors = tuple(
            {"path": _pointer(error.instance_path), "message": error.message[:_LONGEST]}
            for error in islice(self._validator.iter_errors(value), self._max_errors)
        )
        raise Refusal("transform.schema", "the body does not fit its schema", errors=errors)


def _pointer(path: list[str | int]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)[:_LONGEST]
