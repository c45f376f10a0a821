"""The REST API over a GraphQL backend, as OpenAPI 3.1.

What it takes and gives stands in the documents and the schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNameMetaFieldDef,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
)

from crossway.model.endpoint import variables
from crossway.model.graphql_backend import IN_URL, GraphqlEndpoint

Schema = dict[str, Any]
_SCALARS: Final[Mapping[str, Schema]] = {
    "Int": {"type": "integer", "format": "int32"},
    "Float": {"type": "number"},
    "Boolean": {"type": "boolean"},
    "String": {"type": "string"},
    "ID": {"type": "string"},
}
_TEXTS: Final = ("type", "title", "code", "detail", "request_id")
_PROBLEM: Final[Schema] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        **{name: {"type": "string"} for name in _TEXTS},
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_Selected = tuple[Any, SelectionSetNode | None]
"""The type of a field, and what is selected of its objects."""


class Description:
    """The endpoints of one policy, below the path *prefix*."""

    def __init__(self, schema: GraphQLSchema, prefix: str) -> None:
        self._schema, self._prefix = schema, prefix
        self._named: dict[str, Schema] = {"Problem": _PROBLEM}
        self._paths: dict[str, dict[str, Schema]] = {}

    def add(
        self,
        name: str,
        endpoint: GraphqlEndpoint,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        only: str,
    ) -> None:
        """Describe the endpoint called *name*, which *operation* answers: with its *only* field, if it has but one."""
        answer: Schema = {}
        if endpoint.answer is None:
            root = self._schema.get_root_type(operation.operation)
            answer = _Answers(self._schema, document).objects([(root, operation.selection_set)])
            answer = answer["properties"][only] if only else answer
        content = {"application/json": {"schema": answer}}
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        self._paths.setdefault(self._prefix + endpoint.path, {})[endpoint.method.lower()] = {
            "operationId": name,
            **self._inputs(endpoint, operation),
            "responses": {
                "200": {"description": "What was asked for.", "content": content},
                "default": {"description": "What is wrong.", "content": problem},
            },
        }

    def document(self, title: str) -> Schema:
        """Return the description of all that was added."""
        about = {"title": title, "version": "1"}
        return {"openapi": "3.1.0", "info": about, "paths": self._paths, "components": {"schemas": self._named}}

    def _inputs(self, endpoint: GraphqlEndpoint, operation: OperationDefinitionNode) -> Schema:
        """Return what clients give for the variables that are theirs to give."""
        given: dict[str, Schema] = {}
        required: set[str] = set()
        for node in operation.variable_definitions or ():
            if (name := node.variable.name.value) not in endpoint.variables:
                given[name] = self._input(type_from_ast(self._schema, node.type))
                if isinstance(node.type, NonNullTypeNode) and node.default_value is None:
                    required.add(name)
        parameters: list[Schema] = [
            {"name": name, "in": "path", "required": True, "schema": given.pop(name, {"type": "string"})}
            for name in variables(endpoint.path)
        ]
        if endpoint.method in IN_URL:
            parameters += [
                {"name": name, "in": "query", "required": name in required, "schema": schema}
                for name, schema in given.items()
            ]
        described: Schema = {"parameters": parameters} if parameters else {}
        if given and endpoint.method not in IN_URL:
            body = {"type": "object", "properties": given, "required": sorted(required & given.keys())}
            described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        return described

    def _input(self, kind: Any) -> Schema:  # noqa: ANN401  # a type within its wrappers
        if is_non_null_type(kind):
            return self._input(kind.of_type)
        if is_list_type(kind):
            return {"type": "array", "items": self._input(kind.of_type)}
        if not is_input_object_type(kind):
            return _leaf(kind)
        if kind.name not in self._named:
            described = self._named[kind.name] = {"type": "object"}  # which is in the way of circles
            described["properties"] = {name: self._input(field.type) for name, field in kind.fields.items()}
            described["required"] = [name for name, field in kind.fields.items() if is_required_input_field(field)]
        return {"$ref": f"#/components/schemas/{kind.name}"}


class _Answers:
    """What the operations of a document give."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        fragments = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._fragments = {each.name.value: each for each in fragments}

    def objects(self, selected: list[_Selected]) -> Schema:
        """Return what objects have of which all of *selected* is asked, each of those that are of its type."""
        fields: dict[str, list[_Selected]] = {}
        for of, selections in selected:
            for key, found in self._fields(of, selections):
                fields.setdefault(key, []).append(found)
        return {"type": "object", "properties": {key: self._value(found) for key, found in fields.items()}}

    def _fields(self, of: Any, selections: SelectionSetNode | None) -> Iterator[tuple[str, _Selected]]:  # noqa: ANN401
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                field = of.fields[node.name.value] if node.name.value != "__typename" else TypeNameMetaFieldDef
                yield (node.alias or node.name).value, (field.type, node.selection_set)
                continue
            assert isinstance(node, FragmentSpreadNode | InlineFragmentNode), f"a selection is none of {type(node)}"
            fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            condition = fragment.type_condition
            inner = self._schema.get_type(condition.name.value) if condition else of
            yield from self._fields(inner, fragment.selection_set)

    def _value(self, selected: list[_Selected]) -> Schema:
        """Return what a field has: it may be there several times, with types of one shape."""
        kind = selected[0][0]
        if is_non_null_type(kind):
            return self._some([(_bare(each), inside) for each, inside in selected])
        some = self._some(selected)
        return {**some, "type": [some["type"], "null"]} if "type" in some else some

    def _some(self, selected: list[_Selected]) -> Schema:
        bare = [(_bare(each), inside) for each, inside in selected]
        kind, inside = bare[0]
        if is_list_type(kind):
            return {"type": "array", "items": self._value([(each.of_type, inner) for each, inner in bare])}
        return _leaf(kind) if inside is None else self.objects(bare)


def _bare(kind: Any) -> Any:  # noqa: ANN401
    return kind.of_type if is_non_null_type(kind) else kind


def _leaf(kind: Any) -> Schema:  # noqa: ANN401
    return {"enum": list(kind.values)} if is_enum_type(kind) else dict(_SCALARS.get(kind.name, {}))
