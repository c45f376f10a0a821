"""Services that answer a composition's calls at once, in place of the proxy."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import yaml

from crossway.model import PathMatch
from crossway.model.composition import Compose, Composition
from crossway.runtime.composing import compose
from crossway.runtime.handler import Tools
from crossway.sdk.http import Request, Response

Answering = Callable[[Request], Awaitable[Response] | Response]


class Services:
    """The services by name, and what they were asked. One that is not named says what it received."""

    def __init__(self, **services: Answering) -> None:
        self.services = services
        self.received: list[tuple[str, Request]] = []
        self.running = 0
        """How many calls run."""
        self.most = 0
        """How many have run at once."""

    async def call(self, service: str, request: Request) -> Response:
        self.received.append((service, request))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            answering = self.services.get(service, echo)
            answer = answering(request)
            return answer if isinstance(answer, Response) else await answer
        finally:
            self.running -= 1

    @property
    def targets(self) -> list[str]:
        """What was asked for, in order."""
        return [request.target for _, request in self.received]

    @property
    def tools(self) -> Tools:
        return Tools(self.call, store=None, clock=lambda: 0.0, background=lambda _: None)  # type: ignore[arg-type]


def echo(request: Request) -> Response:
    said = {"method": request.method, "target": request.target, "headers": dict(request.headers.items())}
    return Response(json=said | {"body": request.body.decode()})


def says(value: object, status: int = 200) -> Answering:
    return lambda _: Response(status, json=value)


async def never(_: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


def settings(text: str, path: str = "/page/{id}") -> Composition:
    spec = Compose.model_validate(yaml.safe_load(text))
    return Composition(compose=spec, path=PathMatch.model_validate(path))


async def nothing_behind(_: Request) -> Response:
    raise AssertionError("a composition calls nothing behind it")


async def answered(text: str, services: Services, request: Request | None = None) -> Response:
    """Return what the composition *text* answers to *request*."""
    handler = compose(settings(text), "routes/page", services.tools)
    return await handler(request or Request("GET", "/page/7"), nothing_behind)


async def said(text: str, services: Services, request: Request | None = None) -> Any:
    """Return the JSON with which the composition *text* answers, which is to succeed."""
    response = await answered(text, services, request)
    assert response.status == 200, response.text
    return json.loads(response.body)


async def problem(text: str, services: Services, request: Request | None = None) -> dict[str, Any]:
    """Return the problem with which the composition *text* answers."""
    response = await answered(text, services, request)
    assert response.headers["content-type"] == "application/problem+json", response.text
    details = response.json()
    assert details["status"] == response.status
    assert isinstance(details, dict)
    return details
