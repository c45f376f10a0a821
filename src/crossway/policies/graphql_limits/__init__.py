"""Limits for a GraphQL backend: depth, cost, aliases, tokens, introspection, persisted documents, scopes of fields.

The runtime reads the requests. What it has to know of the schema is worked out here, so it reads none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from graphql import GraphQLSchema
from msgspec import DecodeError, json

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.compile.graphql import find_schema, outline, read_document
from crossway.model import Defined, FieldPath, Finding
from crossway.model.graphql_limits import GraphqlLimits, Limited


def compile_graphql_limits(spec: GraphqlLimits, site: Site) -> Fragment | Finding:
    """Return the step of the runtime, or what of the settings cannot hold."""
    schema = _schema(spec, site)
    if isinstance(schema, Finding):
        return schema
    trusted = _trusted(spec, site, schema)
    if isinstance(trusted, Finding):
        return trusted
    known = outline(schema, spec) if schema is not None else None
    if isinstance(known, Finding):
        return known
    settings = Limited(limits=spec, trusted=trusted, outline=known)
    return Fragment(steps=(step("graphql_limits", settings),))


def _schema(spec: GraphqlLimits, site: Site) -> GraphQLSchema | Finding | None:
    if spec.definition is None:
        for word in ("cost", "fields"):
            if getattr(spec, word):
                return Finding("graphql.no_schema", f"{word} needs the schema of the backend", path=(word,), hint=_HINT)
        return None
    return find_schema(site, spec.definition, ("definition",))


_HINT: Final = "write its SDL under definitions, and the name of that under definition"


def _trusted(spec: GraphqlLimits, site: Site, schema: GraphQLSchema | None) -> Mapping[str, str] | Finding:
    """Return the trusted documents by their names, or what is wrong with one."""
    if spec.persisted.trusted is None:
        return {}
    here: FieldPath = ("persisted", "trusted")
    documents = dict(spec.persisted.trusted.documents)
    places: dict[str, FieldPath] = {name: (*here, "documents", name) for name in documents}
    if spec.persisted.trusted.definition is not None:
        path = (*here, "definition")
        defined = site.definition(spec.persisted.trusted.definition, path)
        if isinstance(defined, Finding):
            return defined
        listed = _listed(defined)
        if isinstance(listed, str):
            return Finding("graphql.document", listed, path=path)
        places |= dict.fromkeys(listed, path)
        documents |= listed
    for name, text in documents.items():
        problem = read_document(text, schema, spec.tokens)
        if isinstance(problem, str):
            return Finding("graphql.document", f"document {name}: {problem}", path=places[name])
    return documents


@lru_cache(maxsize=32)
def _listed(defined: Defined) -> Mapping[str, str] | str:
    """Return the documents of a list in JSON: as an object of names, or as Apollo's tools write it."""
    try:
        told: Any = json.decode(defined.content)
    except DecodeError as error:
        return f"this is no list of documents in JSON ({error})"
    if isinstance(told, dict) and isinstance(told.get("operations"), list):
        told = {each.get("id"): each.get("body") for each in told["operations"] if isinstance(each, dict)}
    if not isinstance(told, dict) or not all(isinstance(each, str) for pair in told.items() for each in pair):
        return "this is no list of documents: an object in JSON with names or hashes, and the document of each"
    return told


POLICY: Final = Policy(
    spec=GraphqlLimits,
    stage=Stage.PLUGIN,  # before caches, which know no scopes
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_graphql_limits,
    defined=True,
)
