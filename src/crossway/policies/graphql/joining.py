"""Several interfaces as one: names that clash, names that people want, links from one service to another."""

from __future__ import annotations

from collections.abc import Mapping

from crossway.model import FieldPath, Finding, did_you_mean
from crossway.model.graphql import Graphql, GraphqlLink
from crossway.model.graphql_plan import Choice, Link
from crossway.policies.graphql.interface import (
    BUILT_IN,
    ROOTS,
    SCALARS,
    Def,
    FieldDef,
    InputDef,
    Interface,
    ObjectDef,
    Type,
    UnionDef,
    field_name,
    type_name,
)


class UnfitError(Exception):
    """The settings cannot be a schema."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def unfit(message: str, *path: str | int, hint: str = "") -> UnfitError:
    """Return the error for settings that say, at *path*, what cannot be."""
    return UnfitError(Finding("graphql.invalid", message, path=tuple(path), hint=hint))


def joined(spec: Graphql, sources: Mapping[str, Interface]) -> Interface:
    """Return the one interface of all *sources*; `UnfitError` where the settings name what is not there."""
    whole = Interface()
    for name, source in sources.items():
        _add(whole, name, source)
    _rename(whole, spec)
    for place, link in spec.links.items():
        _link(whole, sources, place, link)
    for index, place in enumerate(spec.hide):
        _hide(whole, place, ("hide", index))
    if not whole.queries:
        raise unfit("no operation of the sources is a query, and a schema has one at least", "sources")
    return whole


def qualified(source: str, operation: str) -> str:
    """Return what *operation* of *source* is called in the plan."""
    return f"{source}.{operation}"


def _add(whole: Interface, source: str, one: Interface) -> None:
    names = {
        name: name if name not in whole.types or name in SCALARS else type_name(f"{source} {name}")
        for name in one.types
    }
    for name, definition in one.types.items():
        whole.types[names[name]] = _with_names(definition, names)
    for mine, its in ((whole.queries, one.queries), (whole.mutations, one.mutations)):
        for name, field in its.items():
            taken = name in whole.queries or name in whole.mutations
            renamed = _field(field, names)
            renamed.operation = qualified(source, field.operation)
            mine[field_name(f"{source} {name}") if taken else name] = renamed
    for name, operation in one.operations.items():
        whole.operations[qualified(source, name)] = operation
    whole.descriptors |= one.descriptors


def _with_names(definition: Def, names: dict[str, str]) -> Def:
    """Return a copy of *definition* in which types have the names that *names* says."""
    match definition:
        case ObjectDef():
            return ObjectDef(
                {name: _field(field, names) for name, field in definition.fields.items()},
                tuple(names.get(name, name) for name in definition.interfaces),
                _choice(definition.choice, names) if definition.choice is not None else None,
                definition.description,
            )
        case UnionDef():
            members = tuple(names.get(name, name) for name in definition.members)
            return UnionDef(_choice(definition.choice, names), members, definition.description)
        case InputDef():
            fields = {name: (type_.renamed(names), key) for name, (type_, key) in definition.fields.items()}
            return InputDef(fields, definition.description)
    return definition


def _field(field: FieldDef, names: dict[str, str]) -> FieldDef:
    return FieldDef(
        field.type.renamed(names),
        field.key,
        {name: type_.renamed(names) for name, type_ in field.arguments.items()},
        field.operation,
        field.link,
        field.description,
    )


def _choice(choice: Choice, names: dict[str, str]) -> Choice:
    return Choice(
        choice.key,
        {word: names.get(name, name) for word, name in choice.types.items()},
        tuple((names.get(name, name), keys) for name, keys in choice.shapes),
    )


def _rename(whole: Interface, spec: Graphql) -> None:
    types: dict[str, str] = {}
    for place, new in spec.rename.items():
        owner, _, name = place.partition(".")
        path = ("rename", place)
        if not name:
            if owner not in whole.types or owner in SCALARS:
                raise unfit(f"there is no type {owner}", *path, hint=did_you_mean(owner, whole.types))
            types[owner] = new
            continue
        fields = _fields(whole, owner, path)
        _there(fields, owner, name, path)
        if new in fields and new != name:
            raise unfit(f"{owner} has a field {new} already", *path)
        for each in (fields, *_implementing(whole, owner)):
            renamed = {new if key == name else key: value for key, value in each.items()}
            if not renamed[new].operation:
                renamed[new].key = renamed[new].key or name
            each.clear()
            each.update(renamed)
    taken = [types.get(name, name) for name in whole.types]
    for old, new in types.items():
        if taken.count(new) > 1 or new in BUILT_IN or new in ROOTS:
            raise unfit(f"there is a type {new} already", "rename", old)
    if types:
        whole.types = {types.get(name, name): _with_names(one, types) for name, one in whole.types.items()}
        whole.queries = {name: _field(field, types) for name, field in whole.queries.items()}
        whole.mutations = {name: _field(field, types) for name, field in whole.mutations.items()}


def _fields(whole: Interface, owner: str, path: FieldPath) -> dict[str, FieldDef]:
    """Return the fields of the type *owner*; those of an input type are renamed in their definition alone."""
    if owner == "Query":
        return whole.queries
    if owner == "Mutation":
        return whole.mutations
    definition = whole.types.get(owner)
    if not isinstance(definition, ObjectDef):
        known = [name for name, one in whole.types.items() if isinstance(one, ObjectDef)]
        raise unfit(f"there is no type {owner} with fields", *path, hint=did_you_mean(owner, [*known, *ROOTS]))
    return definition.fields


def _implementing(whole: Interface, owner: str) -> list[dict[str, FieldDef]]:
    """Return the fields of each type that implements the interface *owner*; nothing if it is none."""
    return [one.fields for one in whole.types.values() if isinstance(one, ObjectDef) and owner in one.interfaces]


def _there(fields: Mapping[str, FieldDef], owner: str, name: str, path: FieldPath) -> None:
    if name not in fields:
        raise unfit(f"{owner} has no field {name}", *path, hint=did_you_mean(name, fields))


def _link(whole: Interface, sources: Mapping[str, Interface], place: str, link: GraphqlLink) -> None:
    path = ("links", place)
    owner, _, name = place.partition(".")
    if owner in ROOTS:
        raise unfit("a link begins at an object that a service answers with, and not at a root", *path)
    fields = _fields(whole, owner, path)
    source = sources.get(link.source)
    if source is None:
        raise unfit(f"there is no source {link.source!r}", *path, "source", hint=did_you_mean(link.source, sources))
    operation = source.known.get(link.operation)
    if operation is None:
        hint = did_you_mean(link.operation, source.known)
        raise unfit(f"{link.source} has no operation {link.operation!r}", *path, "operation", hint=hint)
    asked = whole.field_of(qualified(link.source, operation))
    for argument in link.arguments:
        if argument not in asked.arguments:
            hint = did_you_mean(argument, asked.arguments)
            raise unfit(f"{link.operation} has no argument {argument!r}", *path, "arguments", argument, hint=hint)
    items = tuple(link.items.split(".")) if link.items else ()
    type_ = _within(whole, asked.type, items, (*path, "items"))
    if link.many is not None:
        batch = next(iter(link.arguments))
        if asked.arguments[batch].item is None:
            raise unfit(f"the argument {batch!r} takes no list of keys", *path, "arguments", batch)
        if type_.item is None:
            raise unfit(
                f"{link.operation} answers with no list of items", *path, "many", hint="say where they stand: items"
            )
        type_ = Type(item=type_.item) if link.list else type_.item
    for each in (fields, *_implementing(whole, owner)):
        each[name] = _linked(asked, link, type_, items)


def _linked(asked: FieldDef, link: GraphqlLink, type_: Type, items: tuple[str, ...]) -> FieldDef:
    return FieldDef(
        type_.optional(),
        arguments={key: one for key, one in asked.arguments.items() if key not in link.arguments},
        operation=asked.operation,
        link=Link(
            {argument: tuple(keys.split(".")) for argument, keys in link.arguments.items()},
            items=items,
            batch=next(iter(link.arguments)) if link.many is not None else "",
            key=tuple(link.many.split(".")) if link.many else (),
            is_list=link.list,
            size=link.size,
        ),
    )


def _within(whole: Interface, type_: Type, words: tuple[str, ...], path: FieldPath) -> Type:
    """Return the type of what stands at *words* within a value of *type_*."""
    for word in words:
        definition = whole.types.get(type_.name)
        inner = None
        if isinstance(definition, ObjectDef):
            inner = next((one for name, one in definition.fields.items() if (one.key or name) == word), None)
        if inner is None:
            raise unfit(f"there is no {word!r} in what the operation answers", *path)
        type_ = inner.type
    return type_


def _hide(whole: Interface, place: str, path: FieldPath) -> None:
    owner, _, name = place.partition(".")
    if name:
        fields = _fields(whole, owner, path)
        _there(fields, owner, name, path)
        del fields[name]
        return
    if whole.types.pop(owner, None) is None:
        raise unfit(f"there is no type {owner}", *path, hint=did_you_mean(owner, whole.types))
    for definition in whole.types.values():
        match definition:
            case ObjectDef():
                _without(definition.fields, owner)
                definition.interfaces = tuple(one for one in definition.interfaces if one != owner)
            case UnionDef():
                definition.members = tuple(one for one in definition.members if one != owner)
            case InputDef():
                definition.fields = {key: one for key, one in definition.fields.items() if one[0].named != owner}
    _without(whole.queries, owner)
    _without(whole.mutations, owner)


def _without(fields: dict[str, FieldDef], owner: str) -> None:
    for name, field in [*fields.items()]:
        if field.type.named == owner:
            del fields[name]
        elif any(type_.named == owner for type_ in field.arguments.values()):
            field.arguments = {key: one for key, one in field.arguments.items() if one.named != owner}
