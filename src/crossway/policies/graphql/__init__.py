"""GraphQL: one schema over services that speak REST or gRPC.

Everything about the schema is worked out here, from the services' own definitions. The runtime is given a plan, and
knows neither OpenAPI nor links.
"""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
from graphql import GraphQLError, GraphQLSchema, build_schema, validate_schema

from crossway.compile.contract import Fragment, Policy, Site, Stage, Step, Target
from crossway.compile.descriptors import read_descriptors
from crossway.compile.graphql import outline
from crossway.model import Finding
from crossway.model.graphql import Graphql, GraphqlSource
from crossway.model.graphql_plan import Plan, Settings
from crossway.policies.graphql.interface import DefinitionError, Interface
from crossway.policies.graphql.joining import UnfitError, joined, unfit
from crossway.policies.graphql.openapi import read_openapi
from crossway.policies.graphql.protobuf import read_protobuf
from crossway.policies.graphql.writing import written


def compile_graphql(spec: Graphql, site: Site) -> Fragment | Finding:
    """Return the step that answers, or what is wrong with a definition or with what the settings name."""
    sources: dict[str, Interface] = {}
    for name, source in spec.sources.items():
        found = _source(name, source, site)
        if isinstance(found, Finding):
            return replace(found, path=("sources", name, "definition"))
        sources[name] = found
    clusters = {name: site.cluster(source.service) for name, source in spec.sources.items()}
    try:
        plan = written(joined(spec, sources), clusters)
        schema = _schema(plan)
    except UnfitError as error:
        return error.finding
    except DefinitionError as error:
        return Finding("graphql.definition", f"the schema of all sources {error}", path=("sources",))
    known = outline(schema, spec.limits) if spec.limits.cost is not None or spec.limits.fields else None
    if isinstance(known, Finding):
        return replace(known, path=("limits", *known.path))
    settings = Settings(
        plan=plan,
        outline=msgspec.Raw(b"null" if known is None else known.model_dump_json().encode()),
        limits=msgspec.Raw(spec.limits.model_dump_json(exclude_unset=True).encode()),
        forward=spec.forward,
        timeout=spec.timeout.total_seconds(),
        parallel=spec.parallel,
        max_calls=spec.max_calls,
        max_body=spec.max_body,
        max_request=spec.max_request,
        max_batch=spec.max_batch,
    )
    return Fragment(steps=(Step("graphql", msgspec.Raw(msgspec.json.encode(settings))),))


def _source(name: str, source: GraphqlSource, site: Site) -> Interface | Finding:
    """Return what the definition of *source* says, or what is wrong with it."""
    defined = site.definition(source.definition, ())
    if isinstance(defined, Finding):
        return defined
    try:
        if _is_text(defined.content):
            return read_openapi(name, defined, source.base)
        descriptors = read_descriptors(site, source.definition, ())
        return descriptors if isinstance(descriptors, Finding) else read_protobuf(name, descriptors)
    except DefinitionError as error:
        return Finding("graphql.definition", f"definition {source.definition} {error}")


def _is_text(content: bytes) -> bool:
    """Return whether *content* can be an OpenAPI document: a descriptor set is binary, or base64."""
    return b":" in content and re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", content) is None


def _schema(plan: Plan) -> GraphQLSchema:
    """Return the schema; `UnfitError` if GraphQL does not allow it: what is hidden or renamed may be needed."""
    try:
        schema = build_schema(plan.sdl, no_location=True)
    except (GraphQLError, TypeError) as error:
        raise unfit(f"the schema is not valid: {error}") from None
    if mistakes := validate_schema(schema):
        raise unfit(f"the schema is not valid: {mistakes[0].message}")
    return schema


POLICY = Policy(
    spec=Graphql,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_graphql,
    defined=True,
)
