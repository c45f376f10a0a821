"""The base of everything people write: frozen, closed, and described field by field."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, ClassVar, Final, TypeGuard

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from crossway.model.finding import FieldPath, Finding, Findings
from crossway.model.ref import Ref
from crossway.model.values import format_duration


class Part(BaseModel):
    """A piece of the configuration. Unknown keys are errors; the docstring under a field is its documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, arbitrary_types_allowed=True)

    short_forms: ClassVar[tuple[str | JsonSchemaValue, ...]] = ()
    """What a validator of the class also reads, for the JSON Schema: the name of a field whose value may stand alone
    (``copies``, or ``copies/items`` for one item of it), or a schema."""

    def __eq__(self, other: object) -> bool:
        """Two parts are equal where one can stand for the other in all that is made of them.

        So it counts which fields were written (a union keeps what only one side says), and in which order a mapping.
        """
        return (
            type(self) is type(other)
            and self.model_fields_set == other.model_fields_set
            and _alike(self.__dict__, other.__dict__)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the part with all its fields, and its short forms."""
        full = handler(schema)
        if not cls.short_forms:
            return full
        forms = [_field_schema(full, form) if isinstance(form, str) else form for form in cls.short_forms]
        return {"anyOf": [full, *forms], "description": full.get("description", "")}


def _alike(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(map(_alike, one.values(), other.values()))
    return one == other


class Spec(Part):
    """What a person writes for one policy."""

    answers: ClassVar[bool] = False
    """Whether the policy answers every request by itself, so that its route has no other action."""


@dataclass(frozen=True, slots=True)
class Names:
    """Marks a text field as the name of another resource of *kind*, so that it is checked wherever it stands."""

    kind: str


ServiceName = Annotated[str, Names("services")]
CertificateName = Annotated[str, Names("certificates")]
GatewayName = Annotated[str, Names("gateways")]
Authorities = Annotated[
    tuple[CertificateName, ...],
    BeforeValidator(
        lambda value: (value,) if isinstance(value, str) else value,
        json_schema_input_type=CertificateName | tuple[CertificateName, ...],
    ),
]
"""The certificate resources that hold authorities (`ca`): one name, or a list."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A policy that a person wrote and that cannot be read. It holds its place: what it guards must not open."""

    findings: Findings
    """At least one; paths begin inside the policy."""


SpecReader = Callable[[str, object], Spec | Broken]
"""Reads what stands under one name in ``policies``."""

READ_POLICY: Final = "read_policy"
"""The key of the `SpecReader` in pydantic's validation context: the model knows no policy, its reader does."""


def _field_schema(full: JsonSchemaValue, path: str) -> JsonSchemaValue:
    field, *deeper = path.split("/")
    found: JsonSchemaValue = full["properties"][field]
    for step in deeper:
        found = found[step]
    return found


def _read_policies(value: object, info: ValidationInfo) -> Mapping[str, Spec | Broken]:
    if not isinstance(value, Mapping):
        raise ValueError("policies are a mapping of a policy's name to its settings")
    read: SpecReader | None = (info.context or {}).get(READ_POLICY)
    if read is None:
        return value
    return {name: spec if isinstance(spec, Spec | Broken) else read(name, spec) for name, spec in value.items()}


POLICIES_SCHEMA: Final = "#/$defs/Policies"
"""Where the JSON Schema of all policies stands in a whole schema; whoever makes one puts it there."""

Policies = Annotated[
    Mapping[str, Any],
    BeforeValidator(_read_policies),
    WithJsonSchema({"$ref": POLICIES_SCHEMA}),
]
"""The policies attached at one place: each name is a policy, each value its `Spec` (or a `Broken` one)."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the one of *known* that *word* looks like, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


_UNKNOWN: Final = "told_unknown"
_UNFIT: Final = "told_unfit"


def told(message: str, *, unknown: bool = False, expected: str = "", hint: str = "") -> PydanticCustomError:
    """Return an error for a validator to raise that becomes a finding with all of this: of an *unknown* key, or not."""
    context = {"message": message, "expected": expected, "hint": hint}
    return PydanticCustomError(_UNKNOWN if unknown else _UNFIT, "{message}", context)


def problems(error: ValidationError, root: type[Part], about: Ref | None = None, written: object = None) -> Findings:
    """Return each mistake that pydantic found in a *root* as a finding: a code for its kind, and the path of the field.

    Paths lose the steps that pydantic adds for unions and validators, which are no keys of what was *written*.
    """
    found: dict[tuple[FieldPath, str], Finding] = {}
    details = error.errors(include_url=False)
    deeper = {detail["loc"][:size] for detail in details for size in range(len(detail["loc"]))}
    for detail in details:
        if detail["type"] == "too_short" and detail["loc"] in deeper:
            continue  # pydantic counts only the valid items
        steps = tuple(_keys_among(detail["loc"], written))
        path = steps
        kind = detail["type"]
        if kind == "extra_forbidden":
            hint = did_you_mean(str(steps[-1]), _fields_at(root, steps[:-1]))
            finding = Finding("field.unknown", f"unknown key {steps[-1]!r}", about=about, path=path, hint=hint)
        elif kind == "missing":
            finding = Finding("field.missing", f"{steps[-1]} is required", about=about, path=path)
        elif kind == _UNKNOWN:
            finding = Finding("field.unknown", about=about, path=path, **detail["ctx"])
        elif kind == _UNFIT:
            finding = Finding("field.invalid", about=about, path=path, **detail["ctx"])
        else:
            message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
            message = _TIMEDELTA.sub(_as_written, message[:1].lower() + message[1:])
            finding = Finding("field.invalid", message, about=about, path=path)
        found.setdefault((path, finding.code), finding)
    return tuple(found.values())


_TIMEDELTA: Final = re.compile(r"datetime\.timedelta\([^)]*\)")
_TIMEDELTA_UNIT: Final = re.compile(r"(days|seconds|microseconds)=(\d+)")


def _as_written(found: re.Match[str]) -> str:
    """Return a length of time, as pydantic prints one, the way people write it."""
    return format_duration(timedelta(**{unit: int(number) for unit, number in _TIMEDELTA_UNIT.findall(found[0])}))


def _fields_at(root: type[Part], path: FieldPath) -> set[str]:
    """Return the keys that may stand at *path* inside a *root*."""
    parts: set[type[Part]] = {root}
    for step in path:
        fields = [field for part in parts for key, field in _keys(part) if key == step]
        if fields:
            parts = {inner for field in fields for inner in _inside(field.annotation) if _is_part(inner)}
    return {key for part in parts for key, _ in _keys(part)}


def _keys(part: type[Part]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the keys of a *part* as people write them, with their fields."""
    for name, field in part.model_fields.items():
        yield field.alias or name, field


def _is_part(annotation: object) -> TypeGuard[type[Part]]:
    return isinstance(annotation, type) and issubclass(annotation, Part)


def _keys_among(steps: FieldPath, written: object) -> Iterator[str | int]:
    """Yield the *steps* that lead from key to key: in what was *written*, as far as that has them."""
    for step in steps:
        is_written = isinstance(written, Mapping) and step in written
        if is_written or isinstance(step, int) or _is_key(step):
            yield step
            if isinstance(written, Mapping):
                written = written.get(step)
            elif isinstance(written, list | tuple) and isinstance(step, int) and step < len(written):
                written = written[step]


def _is_key(step: str) -> bool:
    return not ("[" in step or "(" in step or step in {"str", "int", "bool", "float"} or step[:1].isupper())


def attached_policies(part: Part) -> Iterator[tuple[FieldPath, Mapping[str, Spec | Broken]]]:
    """Yield the policies attached to *part*, and to each piece of it, with their paths."""
    yield from _attached(part, ())


def _attached(value: object, path: FieldPath) -> Iterator[tuple[FieldPath, Mapping[str, Spec | Broken]]]:
    if isinstance(value, Part):
        for field in _attaching_fields(type(value)):
            if field == "policies":
                yield (*path, field), getattr(value, field)
            else:
                yield from _attached(getattr(value, field), (*path, field))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _attached(item, (*path, index))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _attached(item, (*path, key))


@cache
def _attaching_fields(part: type[Part]) -> tuple[str, ...]:
    """Return the field of *part* that holds policies, and then those whose parts have one."""
    pieces = tuple(
        field
        for field, info in part.model_fields.items()
        if any(_is_part(item) and _attaching_fields(item) for item in (*info.metadata, *_inside(info.annotation)))
    )
    return ("policies", *pieces) if "policies" in part.model_fields else pieces


def named_resources(part: Part, namespace: str) -> Iterator[tuple[FieldPath, Ref]]:
    """Yield every resource that *part* names in fields marked with `Names`, with the path of the field."""
    yield from _named(part, namespace, ())


def _named(value: object, namespace: str, path: FieldPath) -> Iterator[tuple[FieldPath, Ref]]:
    if isinstance(value, Part):
        for field, kind in _naming_fields(type(value)):
            content = getattr(value, field)
            if kind is None:
                yield from _named(content, namespace, (*path, field))
            elif isinstance(content, str):
                yield (*path, field), Ref.parse(kind, content, namespace)
            elif content:
                for index, item in enumerate(content):
                    yield (*path, field, index), Ref.parse(kind, item, namespace)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _named(item, namespace, (*path, index))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named(item, namespace, (*path, key))


@cache
def _naming_fields(part: type[Part]) -> tuple[tuple[str, str | None], ...]:
    """Return the fields of *part* that name resources, with the kind, and those whose parts may (`None`).

    Policies are left out: they are looked at where they hold, not where they are written.
    """
    fields: list[tuple[str, str | None]] = []
    for field, info in part.model_fields.items():
        annotations = [*info.metadata, *_inside(info.annotation)]
        kinds = {item.kind for item in annotations if isinstance(item, Names)}
        parts = [item for item in annotations if _is_part(item)]
        if kinds:
            fields.append((field, kinds.pop()))
        elif any(_naming_fields(item) for item in parts):
            fields.append((field, None))
    return tuple(fields)


def _inside(annotation: object) -> Iterator[object]:
    """Yield what an annotation is made of: the arguments of its generics, and the metadata of `Annotated`."""
    yield annotation
    yield from getattr(annotation, "__metadata__", ())
    for argument in (getattr(annotation, "__origin__", None), *getattr(annotation, "__args__", ())):
        if argument is not None and argument is not annotation:
            yield from _inside(argument)
