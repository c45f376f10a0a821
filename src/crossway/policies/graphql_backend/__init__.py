"""A backend that speaks GraphQL, behind a REST API.

The documents of endpoints are checked against the schema here, once. The runtime is told the types of their variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal

from graphql import (
    FieldNode,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    TypeNode,
    VariableDefinitionNode,
)
from msgspec import json

from crossway.compile.contract import Fragment, Policy, Site, Stage, Target, step
from crossway.compile.graphql import find_schema, read_document
from crossway.model import FieldPath, Finding, PathKind
from crossway.model.endpoint import Endpoint, clash, variables
from crossway.model.expression import Node, Reading, Record, Shape, nodes_of_template, nodes_of_tree
from crossway.model.graphql_backend import (
    IN_URL,
    BackendOperation,
    GraphqlBackend,
    GraphqlCalls,
    GraphqlEndpoint,
    Variable,
)
from crossway.policies.graphql_backend.openapi import Description

_WORDS: Final[Mapping[str, Literal["Int", "Float", "Boolean", "text"]]] = {
    "Int": "Int",
    "Float": "Float",
    "Boolean": "Boolean",
    "String": "text",
    "ID": "text",
}
_KNOWN: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(("path", "query", "headers", "body", "method")),
    "consumer": Record(("consumer",), dict.fromkeys(("name", "groups")), "consumer"),
}


def compile_graphql_backend(spec: GraphqlBackend, site: Site) -> Fragment | Finding:
    """Return the step that calls the backend, or what of the settings cannot be."""
    described = {"openapi": Endpoint(method="GET", path=spec.openapi)} if spec.openapi else {}
    if two := clash({**described, **spec.endpoints}):
        message = f"the endpoints {two[0]} and {two[1]} answer the same requests"
        return Finding("endpoint.clash", message, path=("endpoints", two[1], "path"))
    if mistake := next(_mistakes(spec), None):
        return mistake
    schema = find_schema(site, spec.definition, ("definition",))
    if isinstance(schema, Finding):
        return schema
    prefix = site.path.value.rstrip("/") if site.path.kind in (PathKind.EXACT, PathKind.PREFIX) else ""
    description = Description(schema, prefix)
    operations: dict[str, BackendOperation] = {}
    for name, endpoint in spec.endpoints.items():
        operation = _operation(endpoint, schema, name, description)
        if isinstance(operation, Finding):
            return replace(operation, path=("endpoints", name, *operation.path))
        operations[name] = operation
    settings = GraphqlCalls(
        backend=spec.model_copy(update={"service": site.cluster(spec.service)}),
        operations=operations,
        below=site.path,
        openapi=json.encode(description.document(spec.definition)).decode() if spec.openapi else "",
    )
    return Fragment(steps=(step("graphql_backend", settings),))


def _operation(
    endpoint: GraphqlEndpoint, schema: GraphQLSchema, name: str, description: Description
) -> BackendOperation | Finding:
    document = read_document(endpoint.query, schema)
    if isinstance(document, str):
        return Finding("graphql.document", document, path=("query",))
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    names = [each.name.value if each.name else None for each in operations]
    meant = [each for each, own in zip(operations, names, strict=True) if endpoint.operation in (None, own)]
    if len(meant) != 1:
        there = ", ".join(own or "one without a name" for own in names) or "none"
        message = f"the operations of the document are {there}, and one has to be meant"
        return Finding("graphql.document", message, path=("operation" if endpoint.operation else "query",))
    (operation,) = meant
    if operation.operation is OperationType.SUBSCRIPTION:
        message = "a subscription has no end, and an answer has"
        return Finding("graphql.document", message, path=("query",), hint="graphql_limits passes subscriptions on")
    if operation.operation is OperationType.MUTATION and endpoint.method in IN_URL:
        message = f"a mutation is not asked for with {endpoint.method}, which changes nothing (RFC 9110, section 9.2.1)"
        return Finding("graphql.document", message, path=("method",), hint="write method: POST")
    known = [_variable(each) for each in operation.variable_definitions or ()]
    if unknown := sorted(endpoint.variables.keys() - {each.name for each in known}):
        message = f"the operation has no variable {unknown[0]!r}"
        return Finding("graphql.document", message, path=("variables", unknown[0]))
    only = _only(operation)
    description.add(name, endpoint, document, operation, only)
    return BackendOperation(variables=tuple(known), only=only)


def _variable(node: VariableDefinitionNode) -> Variable:
    kind: TypeNode = node.type
    is_list = False
    while isinstance(kind, NonNullTypeNode | ListTypeNode):
        is_list = is_list or isinstance(kind, ListTypeNode)
        kind = kind.type
    assert isinstance(kind, NamedTypeNode), f"a type is none of {kind.kind}"
    is_required = isinstance(node.type, NonNullTypeNode) and node.default_value is None
    return Variable(node.variable.name.value, _WORDS.get(kind.name.value, "other"), is_list, is_required)


def _only(operation: OperationDefinitionNode) -> str:
    """Return the key of the field at the root, if there is but one."""
    first, *more = operation.selection_set.selections
    return (first.alias or first.name).value if isinstance(first, FieldNode) and not more else ""


def _mistakes(spec: GraphqlBackend) -> Iterator[Finding]:
    """Yield what expressions mention that is not there."""
    nodes: list[tuple[FieldPath, Mapping[str, Shape], Node]] = []
    nodes += [(("path",), _KNOWN, node) for node in nodes_of_template(spec.path)]
    for header, text in spec.headers.items():
        nodes += [(("headers", header), _KNOWN, node) for node in nodes_of_template(text)]
    for name, endpoint in spec.endpoints.items():
        path = Record(("path",), dict.fromkeys(variables(endpoint.path)), "path, which has the variables of the path")
        here: Mapping[str, Shape] = {**_KNOWN, "path": path}
        at = ("endpoints", name)
        for variable, value in endpoint.variables.items():
            nodes += [(where, here, node) for where, node in nodes_of_tree(value, (*at, "variables", variable))]
        answered = {**here, "data": None, "errors": None}
        nodes += [(where, answered, node) for where, node in nodes_of_tree(endpoint.answer, (*at, "answer"))]
    for where, known, node in nodes:
        reading = Reading(Record((), known, "expressions of a call"))
        reading.read(node)
        for message, hint in reading.mistakes:
            yield replace(Finding("operation.unknown_name", message, hint=hint), path=where)


POLICY: Final = Policy(
    spec=GraphqlBackend,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_graphql_backend,
    defined=True,
)
