"""OData: clients speak OData v4, and behind the gateway are REST collections and SQL tables.

All names in the settings are looked up here, so that what could never work is told before the first request.
"""

from __future__ import annotations

from collections.abc import Iterator

from crossway.compile.contract import Fragment, Policy, Site, Stage, Target, step
from crossway.model import Finding, did_you_mean
from crossway.model.expression import Reading, Record, nodes_of_template
from crossway.model.finding import FieldPath
from crossway.model.odata import Collection, EntitySet, OData, ODataService, Reached, Table
from crossway.model.path import PathKind


def compile_odata(spec: OData, site: Site) -> Fragment | Finding:
    """Return the step that answers, or the first thing in the settings that cannot be."""
    if site.path.kind is not PathKind.PREFIX:
        message = "an OData service needs a route that matches a prefix"
        return Finding("odata.no_prefix", message, hint="match a path such as /odata/*: the sets stand below it")
    if wrong := next(_mistakes(spec), None):
        return wrong
    sets = {name: _resolved(each, spec, site) for name, each in spec.sets.items()}
    fields = {name: value for name, value in spec if name in spec.model_fields_set and name != "databases"}
    service = ODataService(
        root=site.path.value.rstrip("/"),
        spec=OData(**{**fields, "sets": sets}),
        databases={name: _reached(name, spec) for name in spec.databases},
    )
    return Fragment(steps=(step("odata", service),))


def _resolved(each: EntitySet, spec: OData, site: Site) -> EntitySet:
    """Return a set whose source is named as the runtime knows it."""
    match each.source:
        case Collection() as source:
            named = source.model_copy(update={"service": site.cluster(source.service)})
            return each.model_copy(update={"source": named})
        case Table(table=table):
            return each.model_copy(update={"source": Table(table=table, database=_database(each.source, spec))})


def _database(source: Table, spec: OData) -> str:
    return source.database or next(iter(spec.databases))


def _reached(name: str, spec: OData) -> Reached:
    database = spec.databases[name]
    writable = any(
        each.writable for each in spec.sets.values() if isinstance(each.source, Table) and _in(each.source, name, spec)
    )
    return Reached(
        url=database.url.reveal(), connections=database.connections, timeout=database.timeout, writable=writable
    )


def _in(source: Table, name: str, spec: OData) -> bool:
    return _database(source, spec) == name


def _mistakes(spec: OData) -> Iterator[Finding]:
    """Yield what the settings name and is not there, and what cannot be written."""
    for name, each in spec.sets.items():
        here: FieldPath = ("sets", name)
        if each.key not in each.properties:
            yield _unknown(each.key, "property", each.properties, (*here, "key"))
        for place, word in enumerate(each.search or ()):
            if word not in each.properties or each.properties[word].type != "String":
                yield _unknown(word, "property of type String", each.properties, (*here, "search", place))
        for title, way in each.navigation.items():
            there = (*here, "navigation", title)
            if title in each.properties:
                yield Finding("odata.unknown_name", f"{title!r} is a property already", path=there)
            if way.set not in spec.sets:
                yield _unknown(way.set, "set", spec.sets, (*there, "set"))
            elif way.by not in (holder := spec.sets[way.set] if way.many else each).properties:
                yield _unknown(way.by, "property", holder.properties, (*there, "by"))
        yield from _mistakes_of_source(each, spec, (*here, "source"))


def _mistakes_of_source(each: EntitySet, spec: OData, here: FieldPath) -> Iterator[Finding]:
    if isinstance(each.source, Table):
        name = each.source.database
        if name is None and len(spec.databases) != 1:
            message = f"the table is in one of {len(spec.databases)} databases, and has to say in which"
            yield Finding("odata.unknown_name", message, path=(*here, "database"))
        elif name is not None and name not in spec.databases:
            yield _unknown(name, "database", spec.databases, (*here, "database"))
        return
    source = each.source
    if each.writable and source.item_path is None:
        message = "a collection that is writable needs the path of one item, item_path"
        yield Finding("field.missing", message, path=(*here, "item_path"))
    for text in source.pushdown.filter:
        if (word := text.partition(" ")[0]) not in each.properties:
            yield _unknown(word, "property", each.properties, (*here, "pushdown", "filter", text))
    known = {"path": Record((), {}, "the path of a collection"), "item_path": Record((), {"key": None}, "item_path")}
    for field, record in known.items():
        reading = Reading(record)
        for node in nodes_of_template(getattr(source, field) or ""):
            reading.read(node)
        for message, hint in reading.mistakes:
            yield Finding("odata.unknown_name", message, path=(*here, field), hint=hint)


def _unknown(word: str, kind: str, known: object, path: FieldPath) -> Finding:
    hint = did_you_mean(word, list(known)) if isinstance(known, dict) else ""
    return Finding("odata.unknown_name", f"there is no {kind} {word!r}", path=path, hint=hint)


POLICY = Policy(
    spec=OData,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_odata,
)
