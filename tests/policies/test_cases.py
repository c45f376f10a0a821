"""The cases beside the policies, in three ways: the compiler gives what is expected, Envoy accepts it, and it works.

``CROSSWAY_GOLDEN=write`` writes what the compiler gives into the files, for a person to read before it is committed.
"""

import json
import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import fields

import pytest
import yaml
from harness import client
from harness.cases import Case, Exchange, all_cases
from harness.client import Answer
from harness.gateway import Gateway
from harness.ports import free_port
from harness.static import self_contained
from harness.upstreams import Echo

from crossway.compile.contract import Fragment, Policies, Site, Target
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.fleet.validate import validate
from crossway.model import Broken, Document, Finding, Findings, Gateway as GatewayPart, Ref, Route, Service, errors
from crossway.protos import to_dict

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
    pipeline = Pipeline(policies)
    pipeline.adopt(pipeline.read([Document("case.yaml", json.dumps(document))]))
    return pipeline


def compiled(policies: Policies, case: Case) -> Fragment | Findings:
    """Return what the policy of *case* gives, or what it has against its settings."""
    policy = policies[case.policy]
    pipeline = loaded(policies, case.document())
    other = [finding for finding in errors(pipeline.loaded.findings) if case.policy not in finding.path]
    assert other == []
    about = PLACES.get(policy.applies, EDGE)
    part = pipeline.loaded.resources[about]
    path, secure = Route.model_fields["matches"].default[0].effective_path, False
    if isinstance(part, Route):
        spec, path = part.policies[case.policy], part.matches[0].effective_path
    elif isinstance(part, Service):
        spec = part.policies[case.policy]
    else:
        assert isinstance(part, GatewayPart)
        spec, secure = part.listeners["http"].policies[case.policy], part.listeners["http"].tls is not None
    if isinstance(spec, Broken):
        return spec.findings
    result = policy.compile(spec, Site(about, about.namespace, path, "http", secure))
    return (result,) if isinstance(result, Finding) else result


@each("case", CASES, ids=repr)
def test_the_compiler_gives_what_is_expected(case: Case, policies: Policies) -> None:
    assert case.text.startswith("# "), "a case begins with the sentence that becomes its title"
    result = compiled(policies, case)
    if isinstance(result, Fragment):
        given = golden(result)
        if os.environ.get("CROSSWAY_GOLDEN") == "write":
            case.path.write_text(with_golden(case.text, given))
        else:
            assert case.file.expect == given
    else:
        expected = [(finding.code, tuple(finding.path)) for finding in case.file.findings or ()]
        assert [(finding.code, finding.path) for finding in result] == expected


def golden(fragment: Fragment) -> dict[str, object]:
    """Return the slots of *fragment* that hold something, as plain data."""
    slots = {field.name: getattr(fragment, field.name) for field in fields(fragment)}
    return {name: to_dict(message) for name, message in slots.items() if message is not None}


def with_golden(text: str, given: dict[str, object]) -> str:
    """Return the text of a case with another expectation."""
    block = yaml.safe_dump({"expect": given}, default_flow_style=None, sort_keys=False, width=140, allow_unicode=True)
    return re.sub(r"^expect:.*?(?=^\w|\Z)", lambda _: block, text, flags=re.MULTILINE | re.DOTALL)


@each("case", RIGHT, ids=repr)
def test_envoy_accepts_it(case: Case, policies: Policies) -> None:
    pipeline = loaded(policies, case.document(free_port()))
    assert errors(pipeline.findings()) == ()
    assert validate(self_contained(pipeline.resources())) is None


@pytest.fixture(scope="module")
def backends(upstreams) -> dict[tuple[str, str, str], Echo]:
    """The backend behind each stand-in of each service of each case."""
    found: dict[tuple[str, str, str], Echo] = {}
    for case in TRIED:

        def backend(service: str, stand_in: str, name: str = case.name) -> str:
            return found.setdefault((name, service, stand_in), upstreams.echo(service)).address

        case.document(backend=backend)
    return found


@pytest.fixture(scope="module")
def ports(background, policies, backends) -> Iterator[dict[str, int]]:
    """One gateway for all cases that can be loaded: the port of each."""
    ports: dict[str, int] = {}
    namespaces: dict[str, object] = {}
    for case in TRIED:

        def backend(service: str, stand_in: str, name: str = case.name) -> str:
            return backends[name, service, stand_in].address

        document = case.document(free_port(), backend)
        if not errors(loaded(policies, document).findings()):
            namespaces[case.name] = document
            ports[case.name] = document["gateways"]["edge"]["listeners"]["http"]["port"]
    text = json.dumps({"namespaces": namespaces}).replace("$", "$$")
    with background.entered(Gateway(text)):
        yield ports


@each("case", TRIED, ids=repr)
async def test_it_works(case: Case, ports, backends) -> None:
    assert case.name in ports, "it could not be loaded"
    mine = [backend for (name, _, _), backend in backends.items() if name == case.name]
    for exchange in case.file.exchanges:
        mark = uuid.uuid4().hex
        sent = exchange.send
        headers = sent.headers | {"x-case-id": mark}
        answer = await client.request(
            ports[case.name], sent.path, method=sent.method, host=f"{case.name}.test", headers=headers, body=sent.body
        )
        check(exchange, answer, sum(len(backend.of_case(mark)) for backend in mine))


def check(exchange: Exchange, answer: Answer, upstream_requests: int) -> None:
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
