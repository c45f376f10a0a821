"""GraphQL over services: requests of clients, answered by calling what they ask for.

A document is read, held to its limits and validated once, and then kept with its plan; what is left for each request
are its variables and the calls. https://graphql.github.io/graphql-over-http/draft/
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

import msgspec
from graphql import GraphQLError, OperationDefinitionNode, VariableNode, execute_sync, validate
from graphql.execution.values import VariableValues, get_variable_values
from graphql.language import DirectiveNode, DocumentNode, Visitor, visit
from graphql.validation import OverlappingFieldsCanBeMergedRule, specified_rules

from crossway.compile.program import PEER
from crossway.model.call import ALWAYS_FORWARDED
from crossway.model.graphql_limits import Limits, Outline
from crossway.model.graphql_plan import Operation, Plan, Settings
from crossway.runtime.graphql.calls import Call, RpcCall
from crossway.runtime.graphql.documents import INVALID, Document
from crossway.runtime.graphql.execution import Execution
from crossway.runtime.graphql.planning import Planned, plan
from crossway.runtime.graphql.refusal import GRAPHQL_JSON, Refused, accepts, answer, refusal
from crossway.runtime.graphql.requests import Asked, asked, malformed
from crossway.runtime.graphql.rules import Client, Rules, client
from crossway.runtime.graphql.schema import Schema
from crossway.runtime.handler import Handler, Next, Tools
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

MOST_PLANS: Final = 16
"""Plans of one operation: there is one for all values of the variables in its `@skip` and `@include`."""
MOST_MISTAKES: Final = 10
"""Mistakes of a document that are told; to look for more would take longer."""
AT_ONCE: Final = 16_384
"""The characters of a schema that is made while others wait, which takes 50 ms. A larger one is made beside them."""
TOKENS_AT_ONCE: Final = 200
"""The tokens of a document that is validated while others wait, which takes 10 ms; a longer one beside them."""
RULES: Final = tuple(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule)
"""What a document is held to. What its fields have in common is looked at where they are planned, by `plan`: the rule
for that takes seconds for two thousand tokens."""
_NO_VARIABLES: Final = VariableValues({}, {})
_encode: Final = msgspec.json.Encoder().encode


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    del about  # errors name the service
    return Endpoint(msgspec.json.decode(settings, type=Settings), tools).handle


class _Ready:
    """An operation of a valid document."""

    __slots__ = ("conditions", "node", "plans")

    def __init__(self, document: Document, node: OperationDefinitionNode) -> None:
        self.node = node
        self.conditions = sorted(_conditions(document.node))
        self.plans: dict[tuple[object, ...], Planned] = {}


class Endpoint:
    """What answers on one route."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        """Make the schema that *settings* say."""
        self._settings, self._send = settings, tools.call
        known = bytes(settings.outline)
        outline = Outline.model_validate_json(known) if known != b"null" else None
        self._rules = Rules(Limits.model_validate_json(bytes(settings.limits)), outline)
        self._schema = Schema(settings.plan) if len(settings.plan.sdl) <= AT_ONCE else None
        self._making = asyncio.Lock()
        self._calls = {name: _call(operation, settings.plan) for name, operation in settings.plan.operations.items()}
        self._forwarded = ALWAYS_FORWARDED | {PEER} | set(settings.forward)
        self._told: tuple[object, dict[str, Any]] = (None, {})
        """What introspection has told last, and whom."""

    async def handle(self, request: Request, _: Next) -> Response:
        """Answer *request*. Nothing is called behind it."""
        settings = self._settings
        accept = request.headers.get("accept")
        try:
            operations, is_batch = await asked(request, batch=settings.max_batch, largest=settings.max_request)
            who = client(request.headers)
            if not is_batch:
                return await self._answer(request, operations[0], who, accept)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._answer(request, one, who, accept)) for one in operations]
            return _response(b"[" + b",".join(task.result().body for task in tasks) + b"]", accept)
        except Refused as refused:
            return refusal(refused, accept)
        except BodyTooLarge:
            message = f"The body of the request has more than {settings.max_request} bytes."
            return refusal(malformed(message, 413, "REQUEST_TOO_LARGE"), accept)

    async def _answer(self, request: Request, one: Asked, who: Client, accept: str | None) -> Response:
        """Return the answer to one operation."""
        try:
            return _response(await self._execute(request, one, who), accept)
        except Refused as refused:
            return refusal(refused, accept)
        except _Invalid as invalid:
            kind = accepts(accept)
            return answer(invalid.errors, 400 if kind == GRAPHQL_JSON else 200, kind)

    async def _execute(self, request: Request, one: Asked, who: Client) -> bytes:
        if one.query is None:
            raise malformed("A request of GraphQL has a query.")
        document = self._rules.read(one.query)
        node = self._rules.judge(document, one.name, one.variables, who).operation
        schema = self._schema or await self._made()
        await self._validate(schema, document)
        if request.method == "GET" and node.operation.value != "query":
            raise malformed(f"A {node.operation.value} is sent with POST.", 405, allow="POST")
        ready = self._ready(document, node)
        variables = _NO_VARIABLES
        if node.variable_definitions:
            found = get_variable_values(schema.graph, node.variable_definitions, dict(one.variables), 10)
            if not isinstance(found, VariableValues):
                raise _Invalid([_told(error, "BAD_USER_INPUT") for error in found])
            variables = found
        planned = self._planned(schema, document, ready, variables)
        fields = request.headers.items()
        execution = Execution(
            self._settings,
            self._calls,
            self._send,
            [item for item in fields if item[0] in self._forwarded],
            variables,
            is_traced="traceparent" in request.headers,
        )
        data = await execution.run(planned)
        if planned.introspection:
            data |= await self._introspect(schema, one, planned.introspection)
        result: dict[str, object] = {"data": data}
        if execution.errors:
            result = {"errors": execution.errors, **result}
        return _encode(result)

    async def _made(self) -> Schema:
        """Return the schema, once it is made."""
        async with self._making:
            if self._schema is None:
                self._schema = await asyncio.to_thread(Schema, self._settings.plan)
        return self._schema

    @staticmethod
    async def _validate(schema: Schema, document: Document) -> None:
        """Raise `_Invalid` if the schema has not what *document* asks for."""
        mistakes = document.kept.get("mistakes")
        if mistakes is None:
            validating = partial(validate, schema.graph, document.node, RULES, MOST_MISTAKES)
            is_long = document.tokens > TOKENS_AT_ONCE
            mistakes = document.kept["mistakes"] = await asyncio.to_thread(validating) if is_long else validating()
        if mistakes:
            assert isinstance(mistakes, list)
            raise _Invalid([_told(error, INVALID) for error in mistakes])

    def _ready(self, document: Document, node: OperationDefinitionNode) -> _Ready:
        key = ("ready", node.name.value if node.name else "")
        ready = document.kept.get(key)
        if not isinstance(ready, _Ready):
            ready = document.kept[key] = _Ready(document, node)
        return ready

    @staticmethod
    def _planned(schema: Schema, document: Document, ready: _Ready, variables: VariableValues) -> Planned:
        key = tuple(variables.coerced.get(name) for name in ready.conditions)
        planned = ready.plans.get(key)
        if planned is None:
            if len(ready.plans) >= MOST_PLANS:
                ready.plans.clear()
            try:
                planned = ready.plans[key] = plan(schema, document.fragments, ready.node, variables)
            except GraphQLError as error:
                raise _Invalid([_told(error, INVALID)]) from None
        return planned

    async def _introspect(self, schema: Schema, one: Asked, names: frozenset[str]) -> dict[str, Any]:
        """Return what the schema says of itself, as the fields *names* of the answer."""
        key = (one.query, one.name, _encode(one.variables))
        if self._told[0] != key:
            document = self._rules.read(one.query or "").node
            variables = dict(one.variables)
            telling = partial(execute_sync, variable_values=variables, operation_name=one.name)
            told = await asyncio.to_thread(telling, schema.graph, document, {})  # of a large schema it takes a second
            self._told = (key, told.data or {})
        return {name: self._told[1].get(name) for name in names}


def _call(operation: Operation, plan: Plan) -> Call:
    return RpcCall(operation, plan.descriptors[operation.descriptors]) if operation.descriptors else Call(operation)


class _Invalid(Exception):  # noqa: N818
    """An operation that the schema does not have."""

    def __init__(self, errors: list[dict[str, object]]) -> None:
        super().__init__()
        self.errors = errors


def _told(error: GraphQLError, code: str) -> dict[str, object]:
    return {"message": error.message, "extensions": {"code": code}}


def _conditions(node: DocumentNode) -> set[str]:
    """Return the variables in `@skip` and `@include`, which decide what is selected."""
    found: set[str] = set()

    class Collecting(Visitor):
        def enter_directive(self, directive: DirectiveNode, *_: object) -> None:
            if directive.name.value in {"skip", "include"}:
                values = (argument.value for argument in directive.arguments or ())
                found.update(value.name.value for value in values if isinstance(value, VariableNode))

    visit(node, Collecting())
    return found


def _response(body: bytes, accept: str | None) -> Response:
    kind = accepts(accept)
    content_type = f"{kind}; charset=utf-8" if kind == GRAPHQL_JSON else kind
    response = Response(200, Headers.of([("content-type", content_type), ("content-length", str(len(body)))]))
    response.arriving(body)
    return response
