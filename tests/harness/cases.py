"""The cases that stand beside each policy: what is given, what is expected of the compiler, and what to try.

A case is a configuration: `Case.document` is the whole of it, in a namespace of its own, so that all cases can run in
one gateway. The backends that it names as ``127.0.0.1:9001`` to ``9009`` stand for real ones, its files in ``/tmp`` for
files in a directory of the test. The files of its definitions lie beside it.
"""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

import crossway.policies
from crossway.dialects.native.values import parse_yaml
from crossway.model import KINDS
from harness.client import Answer

FOLDER = Path(crossway.policies.__path__[0])
STAND_IN = re.compile(r"127\.0\.0\.1:900[1-9]")
FILE = re.compile(r"^/tmp/")

Settings = dict[str, Any]


class Closed(BaseModel):
    """A part of a case file. A key that nobody reads is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Given(Closed):
    """What is configured: the policy and others beside it, at a route, a service called ``echo``, or a listener."""

    model_config = ConfigDict(extra="allow", frozen=True)

    policy: Annotated[dict[str, Any], Field(min_length=1)]
    route: Settings | None = None
    service: Settings | None = None
    listener: Settings | None = None

    @model_validator(mode="after")
    def _fields_fit(self) -> "Given":
        if sum(site is not None for site in (self.route, self.service, self.listener)) != 1:
            raise ValueError("give one of route, service, listener")
        if unknown := self.others.keys() - KINDS.keys():
            raise ValueError(f"not a kind: {unknown}")
        return self

    @property
    def others(self) -> dict[str, Settings]:
        """More resources, by kind and name."""
        return dict(self.model_extra or {})


class ExpectedFinding(Closed):
    code: str
    path: list[str | int]


class Send(Closed):
    method: str = "GET"
    path: str
    headers: dict[str, str] = {}
    body: str = ""


class Receive(Closed):
    status: int | None = None
    headers: dict[str, str | None] = {}
    body: str | None = None
    body_json: Any = None
    echo: Settings | None = None
    upstream_requests: int | None = None


class Exchange(Closed):
    send: Send
    receive: Receive


class CaseFile(Closed):
    given: Given
    expect: Settings | None = None
    findings: list[ExpectedFinding] | None = None
    exchanges: Annotated[list[Exchange], Field(alias="try")] = []

    @model_validator(mode="after")
    def _fields_fit(self) -> "CaseFile":
        if (self.expect is None) == (self.findings is None):
            raise ValueError("write one of expect and findings")
        if self.findings is not None and self.exchanges:
            raise ValueError("what is wrong cannot be tried")
        return self


class Case:
    """One case file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.policy = path.parent.parent.name
        self.name = f"{self.policy}-{path.stem}".replace("_", "-")

    def __repr__(self) -> str:
        return self.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def file(self) -> CaseFile:
        (content,) = parse_yaml(self.text)
        return CaseFile.model_validate(content)

    @property
    def settings(self) -> object:
        """What the policy was given."""
        return self.file.given.policy[self.policy]

    @property
    def is_wrong(self) -> bool:
        """Whether it is about input that is refused."""
        return self.file.findings is not None

    def document(
        self, port: int = 8080, backend: Callable[[str, str], str] | None = None, directory: Path | None = None
    ) -> dict[str, Any]:
        """Return the configuration, served at *port*; *backend* gives the address for a service and a stand-in."""
        given = self.file.given
        services = {"echo": given.service or {"endpoints": ["127.0.0.1:9001"]}} | given.others.get("services", {})
        listener = {**(given.listener or {}), "port": port}
        route = _route(given.route or {"to": "echo"})
        site = listener if given.listener else services["echo"] if given.service else route
        site["policies"] = given.policy
        if backend is not None:
            services = {
                name: _replaced(service, STAND_IN, lambda found, name=name: backend(name, found[0]))
                for name, service in services.items()
            }
        document = {
            **given.others,
            "gateways": {"edge": {"listeners": {"http": listener}}},
            "services": services,
            "routes": {"case": route},
        }
        if directory is not None:
            document = _replaced(document, FILE, lambda _: f"{directory}/")
        if "definitions" in document:
            document["definitions"] = {name: self._beside(one) for name, one in document["definitions"].items()}
        return document

    def _beside(self, definition: Settings) -> Settings:
        """Return *definition*, with a file that lies beside the case."""
        file = definition.get("file")
        return definition if file is None else {**definition, "file": str(self.path.parent / file)}


def _route(settings: Settings) -> Settings:
    """Return the route, with the short form ``match`` written out."""
    route = dict(settings)
    if "match" in route:
        route["matches"] = [route.pop("match")]
    return route


def _replaced(settings: Any, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str]) -> Any:
    """Return *settings* with what *pattern* finds in its texts replaced."""
    if isinstance(settings, str):
        return pattern.sub(by, settings)
    if isinstance(settings, Mapping):
        return {key: _replaced(value, pattern, by) for key, value in settings.items()}
    if isinstance(settings, list):
        return [_replaced(value, pattern, by) for value in settings]
    return settings


def all_cases() -> list[Case]:
    """Return the cases of all policies."""
    return [Case(path) for path in sorted(FOLDER.glob("*/cases/*.yaml"))]


def check(exchange: Exchange, answer: Answer, upstream_requests: int) -> None:
    """Check that *answer*, for which backends got so many requests, is what *exchange* expects."""
    expected = exchange.receive
    if expected.status is not None:
        assert answer.status == expected.status, answer.text
    assert {name: answer.headers.get(name) for name in expected.headers} == expected.headers
    if expected.body is not None:
        assert answer.text == expected.body
    if expected.body_json is not None:
        assert answer.json == expected.body_json
    if expected.echo is not None:
        told = answer.json
        headers = expected.echo.get("headers", {})
        assert {name: told["headers"].get(name) for name in headers} == headers
        others = {name: value for name, value in expected.echo.items() if name != "headers"}
        assert {name: told.get(name) for name in others} == others
    if expected.upstream_requests is not None:
        assert upstream_requests == expected.upstream_requests
