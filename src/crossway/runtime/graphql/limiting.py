"""Limits in front of a GraphQL backend.

Law: what reaches the backend was read here, as the backend reads it, and is within all limits. It passes as it came;
only a document that the client has named is written out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from graphql import OperationType

from crossway.compile.program import CLAIMS
from crossway.model.graphql_limits import Limited
from crossway.runtime.graphql.documents import Document
from crossway.runtime.graphql.persisted import Found, Persisted, spelled
from crossway.runtime.graphql.refusal import Refused, refusal
from crossway.runtime.graphql.requests import KEYS, Asked, asked, is_preflighted, malformed, names, size_of
from crossway.runtime.graphql.rules import Client, Rules, check_cost, client
from crossway.runtime.graphql.subscriptions import guarded, offer
from crossway.runtime.handler import Handler, Next, Tools
from crossway.sdk.http import BodyTooLarge, Request, Response

IN_THREAD: Final = 8192
"""Documents with more characters are read beside the loop: it takes some ten milliseconds."""


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    return Limiting(Limited.model_validate_json(settings), about, tools)


class Limiting:
    """The limits of one route."""

    def __init__(self, settings: Limited, about: str, tools: Tools) -> None:
        self._limits = settings.limits
        self._rules = Rules(settings.limits, settings.outline)
        self._persisted = Persisted(settings.limits.persisted, settings.trusted, tools.store, about)

    async def __call__(self, request: Request, call_next: Next) -> Response:
        """Pass a request on that is within the limits, and answer any other."""
        who = client(request.headers)
        request.headers.discard(CLAIMS)
        accept = request.headers.get("accept")
        try:
            if "upgrade" in request.headers:
                return await self._subscribed(request, call_next, who)
            await self._check(request, who)
        except BodyTooLarge:
            most = self._limits.max_body
            large = malformed(f"The body of a request has at most {most} bytes.", 413, "REQUEST_TOO_LARGE")
            return refusal(large, accept)
        except Refused as refused:
            return refusal(refused, accept)
        return await call_next(request)

    async def _check(self, request: Request, who: Client) -> None:
        operations, is_list = await asked(request, batch=self._limits.batch, largest=self._limits.max_body)
        if request.method == "GET":
            self._check_get(request)
        total = 0
        documents: list[Found] = []
        for each in operations:
            found, cost = await self._admit(each, who, is_get=request.method == "GET")
            documents.append(found)
            total += cost
        if is_list and self._limits.cost is not None:
            check_cost(total, self._limits.cost.limit)
        if not all(found.is_sent for found in documents):
            spelt = [spelled(each, found) for each, found in zip(operations, documents, strict=True)]
            _write(request, spelt if is_list else spelt[0])

    def _check_get(self, request: Request) -> None:
        if self._limits.get == "deny":
            raise malformed("GET is not allowed here.", 405, "METHOD_NOT_ALLOWED", allow="POST")
        if self._limits.get == "preflight" and not is_preflighted(request):
            header = "content-type: application/json, or graphql-require-preflight: 1"
            raise malformed(f"A GET needs a header that pages of other sites cannot send: {header}.", 400, "CSRF")

    async def _admit(self, operation: Asked, who: Client, *, is_get: bool = False) -> tuple[Found, int]:
        """Return the document of an *operation* that may be executed, and its cost; `Refused` if it may not be."""
        most = self._limits.max_variables
        if operation.variables and size_of(operation.variables) > most:
            raise malformed(f"The variables of an operation have at most {most} bytes.", 413, "VARIABLES_TOO_LARGE")
        found = await self._persisted.find(operation)
        judged = self._rules.judge(await self._read(found.text), operation.name, operation.variables, who)
        if is_get and judged.operation.operation is OperationType.MUTATION:
            raise malformed("A mutation is asked for with POST.", 405, "METHOD_NOT_ALLOWED", allow="POST")
        await self._persisted.keep(found)
        return found, judged.cost

    async def _read(self, text: str) -> Document:
        if len(text) > IN_THREAD:
            return await asyncio.to_thread(self._rules.read, text)
        return self._rules.read(text)

    async def _subscribed(self, request: Request, call_next: Next, who: Client) -> Response:
        """Return the answer of the backend to a handshake, after which operations are looked at one by one."""
        if request.method != "GET" or request.headers["upgrade"].lower() != "websocket":
            raise malformed("The only other protocol is that of WebSockets, which is asked for with GET.")
        if names(request.query):
            raise malformed("The URL of a WebSocket has no operation: it is sent on the connection.")
        offer(request)

        async def admit(operation: Asked) -> dict[str, object] | None:
            found, _ = await self._admit(operation, who)
            return None if found.is_sent else spelled(operation, found)

        return guarded(await call_next(request), admit, self._limits)


def _write(request: Request, operations: Mapping[str, object] | Sequence[Mapping[str, object]]) -> None:
    """Let *request* ask for *operations*, written out."""
    if request.method == "POST":
        request.body = json.dumps(operations, ensure_ascii=False, separators=(",", ":"))
        return
    assert isinstance(operations, Mapping), "a URL has no list of operations"
    pairs = [pair for pair in parse_qsl(request.query, keep_blank_values=True) if pair[0] not in KEYS]
    pairs += [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in operations.items()]
    request.query = urlencode(pairs)
