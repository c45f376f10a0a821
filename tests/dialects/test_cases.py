"""The cases beside the dialects: what a foreign text becomes, what is said about it, and that it works in a real Envoy.

``CROSSWAY_GOLDEN=write`` writes what a text becomes into the files, for a person to read before it is committed.
"""

import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field

import crossway.dialects
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_dialects, load_policies
from crossway.dialects.native.render import render_yaml
from crossway.dialects.native.values import parse_yaml
from crossway.dialects.translator import Translated, Translator
from crossway.model import DEFAULT_NAMESPACE, Document
from harness import client
from harness.background import Background
from harness.cases import Closed, Exchange, check
from harness.gateway import Gateway
from harness.ports import free_port
from harness.upstreams import Upstreams

FOLDER = Path(crossway.dialects.__path__[0])
BACKEND = re.compile(r"\b900[1-9]\b")
"""Ports of 127.0.0.1 that stand for those of backends, which call themselves by that number."""
PORT = re.compile(r"\b1808\d\b")
"""Ports that stand for free ones. The first of them is the one that requests are sent to."""


class ExpectedFinding(Closed):
    """A finding with the line in the given text, from 1."""

    code: str
    line: int


class CaseFile(Closed):
    """A foreign text; the resources it becomes, in native form by kind and name; what is said about it."""

    given: str
    native: str = ""
    """A native document beside it."""
    expect: dict[str, Any] = Field(default_factory=dict)
    findings: tuple[ExpectedFinding, ...] = ()
    exchanges: Annotated[tuple[Exchange, ...], Field(alias="try")] = ()


class Case:
    """One case file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"{self.path.parent.parent.name}-{self.path.stem}"

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def file(self) -> CaseFile:
        (content,) = parse_yaml(self.text)
        return CaseFile.model_validate(content)


CASES = [Case(path) for path in sorted(FOLDER.glob("*/cases/*.yaml"))]
TRIED = [case for case in CASES if case.file.exchanges]

each = pytest.mark.parametrize


def translation(case: Case) -> Translated:
    return Translator(load_dialects()).read([Document("given.yaml", case.file.given)])


@each("case", CASES, ids=repr)
def test_it_becomes_what_is_expected(case: Case) -> None:
    assert case.text.startswith("# "), "a case begins with the sentence that becomes its title"
    result = translation(case)
    given = golden(result)
    if os.environ.get("CROSSWAY_GOLDEN") == "write" and case.file.expect != given:
        case.path.write_text(with_golden(case.text, given))
    else:
        assert case.file.expect == given


@each("case", CASES, ids=repr)
def test_what_is_wrong_is_said(case: Case) -> None:
    pipeline = Pipeline(load_policies(), dialects=load_dialects())
    native = [Document("native.yaml", case.file.native)] if case.file.native else []
    loaded = pipeline.read([Document("given.yaml", case.file.given), *native])
    said = [(finding.code, finding.origin.line if finding.origin else 0) for finding in loaded.locate(loaded.findings)]
    assert said == [(finding.code, finding.line) for finding in case.file.findings]


def golden(result: Translated) -> dict[str, Any]:
    """Return the resources of a translation as a native configuration has them, with inline PEM cut short."""
    found: dict[str, Any] = {}
    for document in result.documents:
        if (ref := document.about) is not None and document.settings is not None:
            (settings,) = parse_yaml(document.text)[0].values()
            holder = found
            if ref.namespace != DEFAULT_NAMESPACE:
                holder = found.setdefault("namespaces", {}).setdefault(ref.namespace, {})
            holder.setdefault(ref.kind, {}).setdefault(ref.name, {}).update(shortened(settings))
    return found


def shortened(value: Any) -> Any:
    """Return *value* with a word for each text in PEM."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value]
    return "PEM" if isinstance(value, str) and value.startswith("-----BEGIN ") else value


def with_golden(text: str, given: dict[str, Any]) -> str:
    """Return the text of a case with another expectation."""
    block = "expect:\n" + render_yaml(given, indent=2) if given else ""
    if re.search(r"^expect:", text, flags=re.MULTILINE):
        return re.sub(r"^expect:.*?(?=^\w|\Z)", lambda _: block, text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?=^(findings|try):)|\Z", lambda _: block, text, count=1, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def gateway(background: Background) -> Iterator[Gateway]:
    """One gateway, in which a case takes the place of the one before it."""
    with background.entered(Gateway("gateways: {none: {listeners: {http: {port: $http}}}}")) as running:
        yield running


@each("case", TRIED, ids=repr)
async def test_it_works(case: Case, gateway: Gateway, upstreams: Upstreams) -> None:
    backends = {stand_in: upstreams.echo(stand_in) for stand_in in set(BACKEND.findall(case.text))}
    ports = {stand_in: free_port() for stand_in in sorted(set(PORT.findall(case.text)))}
    text = "---\n".join(filter(None, (case.file.given, case.file.native)))
    text = BACKEND.sub(lambda found: str(backends[found[0]].port), text)
    await gateway.edit(PORT.sub(lambda found: str(ports[found[0]]), text).replace("$", "$$"))
    for exchange in case.file.exchanges:
        mark = uuid.uuid4().hex
        headers = {"host": "test"} | exchange.send.headers | {"x-case-id": mark}
        port = next(iter(ports.values()))
        answer = await client.request(
            port, exchange.send.path, method=exchange.send.method, headers=headers, body=exchange.send.body
        )
        assert gateway.process.poll() is None
        check(exchange, answer, sum(len(backend.of_case(mark)) for backend in backends.values()))
