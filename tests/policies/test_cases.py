"""The cases beside the policies, in three ways: the compiler gives what is expected, Envoy accepts it, and it works.

``CROSSWAY_GOLDEN=write`` writes what the compiler gives into the files, for a person to read before it is committed.
"""

import json
import os
import re
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
import yaml
from google.protobuf.message import Message

from crossway.compile.contract import Fragment, GenericSecret, PlacedFilter, Policies, Site, Target
from crossway.compile.program import Code, Step
from crossway.daemon.definitions import Definitions
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.plugins import Plugins
from crossway.daemon.registry import load_policies
from crossway.fleet.validate import validate
from crossway.model import (
    BackendProtocol,
    Broken,
    Definition,
    Document,
    Finding,
    Findings,
    Plugin,
    Ref,
    Route,
    Service,
    Spec,
    errors,
)
from crossway.model import Gateway as GatewayPart
from crossway.protos import to_dict
from harness import client
from harness.background import Background
from harness.cases import Case, all_cases, check
from harness.gateway import Gateway
from harness.ports import free_port
from harness.static import self_contained
from harness.upstreams import Echo, Upstreams

CASES = all_cases()
RIGHT = [case for case in CASES if not case.is_wrong]
TRIED = [case for case in CASES if case.file.exchanges]
PLACES = {Target.ROUTE: Ref("routes", "case"), Target.SERVICE: Ref("services", "echo")}
EDGE = Ref("gateways", "edge")

each = pytest.mark.parametrize


@pytest.fixture(scope="module")
def policies() -> Policies:
    return load_policies()


def loaded(policies: Policies, document: dict[str, object]) -> Pipeline:
    """Return a pipeline that has adopted *document*."""
    pipeline = Pipeline(policies, Plugins().describe, define=Definitions().read)
    pipeline.adopt(pipeline.read([Document("case.yaml", json.dumps(document))]))
    return pipeline


def compiled(policies: Policies, case: Case) -> Fragment | Findings:
    """Return what the policy of *case* gives, or what it has against its settings."""
    policy = policies[case.policy]
    pipeline = loaded(policies, case.document())
    other = [finding for finding in errors(pipeline.loaded.findings) if case.policy not in finding.path]
    assert other == []
    given = case.file.given
    about = EDGE if given.listener is not None else PLACES[Target.SERVICE if given.service else Target.ROUTE]
    part = pipeline.loaded.resources[about]
    path, secure = Route.model_fields["matches"].default[0].effective_path, False
    policies_here: Mapping[str, object] = {}
    if isinstance(part, Route):
        policies_here = part.policies
        spec, path = part.policies[case.policy], part.matches[0].effective_path
    elif isinstance(part, Service):
        spec = part.policies[case.policy]
    else:
        assert isinstance(part, GatewayPart)
        spec, secure = part.listeners["http"].policies[case.policy], part.listeners["http"].tls is not None
    if isinstance(spec, Broken):
        return spec.findings
    beside = {name: other for name, other in policies_here.items() if isinstance(other, Spec)}
    services = (item for item in pipeline.loaded.resources.values() if isinstance(item, Service))
    http2 = any(service.protocol is not BackendProtocol.HTTP1 for service in services)
    plugins = {ref: item for ref, item in pipeline.loaded.resources.items() if isinstance(item, Plugin)}
    described = Plugins().describe(plugins)
    definitions = {ref: item for ref, item in pipeline.loaded.resources.items() if isinstance(item, Definition)}
    site = Site(
        about,
        about.namespace,
        path,
        "http",
        secure,
        beside=beside,
        http2=http2,
        plugins=described,
        definitions=Definitions().read(definitions),
    )
    result = policy.compile(spec, site)
    return (result,) if isinstance(result, Finding) else result


@each("case", CASES, ids=repr)
def test_the_compiler_gives_what_is_expected(case: Case, policies: Policies) -> None:
    assert case.text.startswith("# "), "a case begins with the sentence that becomes its title"
    result = compiled(policies, case)
    if isinstance(result, Fragment):
        given = golden(result)
        if os.environ.get("CROSSWAY_GOLDEN") == "write" and case.file.expect != given:
            case.path.write_text(with_golden(case.text, given))
        else:
            assert case.file.expect == given
    else:
        expected = [(finding.code, tuple(finding.path)) for finding in case.file.findings or ()]
        assert [(finding.code, finding.path) for finding in result] == expected


def golden(fragment: Fragment) -> dict[str, object]:
    """Return the slots of *fragment* that hold something, as plain data."""
    slots = {field.name: getattr(fragment, field.name) for field in fields(fragment)}
    return {name: plain(content) for name, content in slots.items() if content}


def plain(content: object) -> object:
    """Return the content of a slot as plain data."""
    if isinstance(content, Message):
        return to_dict(content)
    if isinstance(content, PlacedFilter):
        return {"after" if content.after else "before": content.stage.name.lower(), **to_dict(content.filter)}
    if isinstance(content, GenericSecret):
        return {"name": content.name, "path": list(content.path), "derived": bool(content.purpose)}
    if isinstance(content, Step):
        return {content.kind: json.loads(bytes(content.settings))}
    if isinstance(content, Code):
        return content.name
    if isinstance(content, tuple | list):
        return [plain(item) for item in content]
    if isinstance(content, Mapping):
        return {name: plain(item) for name, item in content.items()}
    return content


def with_golden(text: str, given: dict[str, object]) -> str:
    """Return the text of a case with another expectation."""
    block = yaml.safe_dump({"expect": given}, default_flow_style=None, sort_keys=False, width=120, allow_unicode=True)
    return re.sub(r"^expect:.*?(?=^\w|\Z)", lambda _: block, text, flags=re.MULTILINE | re.DOTALL)


@each("case", RIGHT, ids=repr)
def test_envoy_accepts_it(case: Case, policies: Policies, tmp_path: Path) -> None:
    pipeline = loaded(policies, case.document(free_port(), directory=tmp_path))
    assert errors(pipeline.findings()) == ()
    assert validate(self_contained(pipeline.resources())) is None


@dataclass(frozen=True)
class Running:
    """A case in the gateway of all cases."""

    port: int
    backends: dict[tuple[str, str], Echo]


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, background: Background, upstreams: Upstreams, policies: Policies
) -> Iterator[dict[str, Running]]:
    """One gateway for all cases that are run and can be loaded, by their names."""
    run = {item.name for item in request.session.items if item.path == request.path}
    running: dict[str, Running] = {}
    namespaces: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="cw-") as files:
        Path(files).chmod(0o777)  # the proxy may run as another user
        for case in (case for case in TRIED if f"test_it_works[{case}]" in run):
            backends: dict[tuple[str, str], Echo] = {}

            def backend(service: str, stand_in: str, backends: dict[tuple[str, str], Echo] = backends) -> str:
                return backends.setdefault((service, stand_in), upstreams.echo(service)).address

            port = free_port()
            document = case.document(port, backend, Path(files))
            if not errors(loaded(policies, document).findings()):
                namespaces[case.name] = document
                running[case.name] = Running(port, backends)
        text = json.dumps({"namespaces": namespaces}).replace("$", "$$")
        with background.entered(Gateway(text)):
            yield running


@each("case", TRIED, ids=repr)
async def test_it_works(case: Case, running: dict[str, Running]) -> None:
    assert case.name in running, "it could not be loaded"
    mine = running[case.name]
    for exchange in case.file.exchanges:
        mark = uuid.uuid4().hex
        sent = exchange.send
        headers = sent.headers | {"x-case-id": mark}
        answer = await client.request(
            mine.port, sent.path, method=sent.method, host=f"{case.name}.test", headers=headers, body=sent.body
        )
        check(exchange, answer, sum(len(backend.of_case(mark)) for backend in mine.backends.values()))
