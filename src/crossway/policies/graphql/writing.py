"""An interface as the plan that the runtime is given: the schema in the words of GraphQL, and what is special."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from crossway.model.graphql_plan import Choice, Field, Plan
from crossway.policies.graphql.interface import (
    BUILT_IN,
    MOST_FIELDS,
    Def,
    DefinitionError,
    EnumDef,
    FieldDef,
    InputDef,
    Interface,
    ObjectDef,
    ScalarDef,
    Type,
    UnionDef,
)

_LONGEST = 500
"""The characters of a description: schemas live in the memory of proxies."""


def written(whole: Interface, clusters: Mapping[str, str]) -> Plan:
    """Return the plan of *whole*, whose sources are the clusters that *clusters* says.

    What nobody can reach is left out of it. `DefinitionError` if there is too much.
    """
    types: dict[str, Def] = {"Query": ObjectDef(whole.queries), "Mutation": ObjectDef(whole.mutations)}
    types |= _reachable(whole)
    writing = _Writing(types)
    for name, definition in types.items():
        if not isinstance(definition, ObjectDef) or definition.fields:
            writing.write(name, definition)
    operations = {
        name: replace(one, service=clusters[one.source])
        for name, one in whole.operations.items()
        if name in writing.operations
    }
    needed = {one.descriptors for one in operations.values()}
    return Plan(
        sdl="\n".join(writing.lines),
        operations=operations,
        fields=writing.fields,
        inputs=writing.inputs,
        enums=writing.enums,
        choices=writing.choices,
        descriptors={digest: text for digest, text in whole.descriptors.items() if digest in needed},
    )


def _reachable(whole: Interface) -> dict[str, Def]:
    """Return the types that a query can reach, in an order that depends on nothing but the definitions."""
    extending: dict[str, list[str]] = {}
    for name, definition in whole.types.items():
        for interface in definition.interfaces if isinstance(definition, ObjectDef) else ():
            extending.setdefault(interface, []).append(name)
    left = [*_used(ObjectDef(whole.queries)), *_used(ObjectDef(whole.mutations))]
    found: set[str] = set()
    while left:
        name = left.pop()
        if name in found or name in BUILT_IN:
            continue
        found.add(name)
        left += [*_used(whole.types[name]), *extending.get(name, ())]
    return {name: definition for name, definition in whole.types.items() if name in found}


def _used(definition: Def) -> Iterator[str]:
    match definition:
        case ObjectDef():
            yield from definition.interfaces
            for each in definition.fields.values():
                yield each.type.named
                yield from (type_.named for type_ in each.arguments.values())
        case UnionDef():
            yield from definition.members
        case InputDef():
            yield from (type_.named for type_, _ in definition.fields.values())


@dataclass(slots=True)
class _Writing:
    types: Mapping[str, Def]
    lines: list[str] = field(default_factory=list)
    fields: dict[str, dict[str, Field]] = field(default_factory=dict)
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    enums: dict[str, dict[str, str]] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)
    operations: set[str] = field(default_factory=set)
    _count: int = 0

    def write(self, name: str, definition: Def) -> None:
        """Write a type."""
        self._describe(definition.description, "")
        match definition:
            case ObjectDef():
                self._object(name, definition)
            case InputDef():
                self.lines.append(f"input {name} {{")
                for key, (type_, said) in definition.fields.items():
                    self._line(f"{key}: {type_}")
                    if said != key:
                        self.inputs.setdefault(name, {})[key] = said
                self.lines.append("}")
            case EnumDef():
                self.lines.append(f"enum {name} {{")
                for key, said in definition.values.items():
                    self._line(key)
                    if said != key:
                        self.enums.setdefault(name, {})[key] = said
                self.lines.append("}")
            case UnionDef():
                self.lines.append(f"union {name} = {' | '.join(definition.members)}")
                self.choices[name] = definition.choice
            case ScalarDef():
                self.lines.append(f"scalar {name}")

    def _object(self, name: str, definition: ObjectDef) -> None:
        if definition.choice is not None:
            self.choices[name] = definition.choice
        implements = f" implements {' & '.join(definition.interfaces)}" if definition.interfaces else ""
        self.lines.append(f"{'type' if definition.choice is None else 'interface'} {name}{implements} {{")
        for key, one in definition.fields.items():
            self._describe(one.description, "  ")
            self._line(f"{key}{_arguments(one.arguments)}: {one.type}")
            self._special(name, key, one)
        self.lines.append("}")

    def _special(self, name: str, key: str, one: FieldDef) -> None:
        if one.operation:
            self.operations.add(one.operation)
        if one.operation or (one.key and one.key != key):
            said = Field(one.key if one.key != key else "", one.operation, one.link)
            self.fields.setdefault(name, {})[key] = said

    def _line(self, text: str) -> None:
        self._count += 1
        if self._count > MOST_FIELDS:
            raise DefinitionError(f"has more than {MOST_FIELDS:,} fields")
        self.lines.append(f"  {text}")

    def _describe(self, text: str, indent: str) -> None:
        if text:
            self.lines.append(indent + json.dumps(" ".join(text.split())[:_LONGEST], ensure_ascii=False))


def _arguments(arguments: Mapping[str, Type]) -> str:
    return f"({', '.join(f'{name}: {type_}' for name, type_ in arguments.items())})" if arguments else ""
