"""A route with limits in front of a backend that says what it received."""

import json
from typing import Any
from urllib.parse import urlencode

import yaml

from crossway.compile.graphql import outline, read_schema
from crossway.model import Defined
from crossway.model.graphql_limits import GraphqlLimits, Limited, Limits, Outline
from crossway.runtime.graphql.limiting import Limiting
from crossway.runtime.handler import Tools
from crossway.runtime.stores import MemoryStore
from crossway.sdk.http import Request, Response
from harness.shop import SDL

GRAPHQL = "application/graphql-response+json"


class Route:
    """The limits, as YAML, and what the backend was asked."""

    def __init__(self, limits: str = "{}", *, sdl: str = "", trusted: dict[str, str] | None = None) -> None:
        spec = GraphqlLimits.model_validate(yaml.safe_load(limits))
        known = outlined(spec, sdl) if sdl else None
        settings = Limited.model_validate({"limits": spec, "outline": known, "trusted": trusted or {}})
        settings = Limited.model_validate_json(settings.model_dump_json(exclude_unset=True))
        self.store = MemoryStore(2**20)
        tools = Tools(None, self.store, clock=lambda: 0.0, background=lambda _: None)  # type: ignore[arg-type]
        self.handler = Limiting(settings, "routes.shop", tools)
        self.received: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        async def backend(received: Request) -> Response:
            await received.read()
            self.received.append(received)
            return Response(200, json={"data": {}})

        answer = await self.handler(request, backend)
        await answer.read()
        return answer

    async def code(self, query: object, **headers: str) -> str:
        """Return the code with which a POST is refused; nothing if it passes."""
        answer = await self.post(query, **headers)
        return code_of(answer)

    async def post(self, query: object, **headers: str) -> Response:
        """Ask for a document, or for a whole body."""
        body = {"query": query} if isinstance(query, str) else query
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"content-type": "application/json", "accept": GRAPHQL}
        return await self(Request("POST", "/graphql", named | told(headers), content))

    async def get(self, parameters: dict[str, str] | str, **headers: str) -> Response:
        query = parameters if isinstance(parameters, str) else urlencode(parameters)
        return await self(Request("GET", f"/graphql?{query}", {"accept": GRAPHQL} | told(headers)))


def outlined(limits: Limits, sdl: str = SDL) -> Outline:
    schema = read_schema(Defined(sdl.encode()))
    assert not isinstance(schema, str), schema
    known = outline(schema, limits)
    assert isinstance(known, Outline), known
    return known


def told(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def code_of(answer: Response) -> str:
    body: dict[str, Any] = answer.json()
    if "data" in body:
        return ""
    (error,) = body["errors"]
    assert error["message"].endswith(".") or error["message"].startswith("PersistedQuery"), error
    return str(error["extensions"]["code"])


def shop(limits: str = "{}") -> Route:
    return Route(limits, sdl=SDL)
