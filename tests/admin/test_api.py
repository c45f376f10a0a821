"""Whatever is sent to the API, it answers what its document says, and never with a failure of its own.

The store is a real one, and so is the control plane behind it; only proxies are not there.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from crossway.admin.application import control_application, openapi
from crossway.admin.pages.probes import Probes
from crossway.admin.serving import AdminServer
from crossway.admin.tokens import Grant, Tokens
from crossway.model.access import Role
from harness.admin import is_ready, metrics
from harness.background import Background
from harness.client import Answer, request
from harness.plane import plane

SCHEMA = schemathesis.openapi.from_dict(json.loads(openapi()))
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]
CONFIGURATION = """
gateways: {edge: {listeners: {http: 18080}}}
services: {orders: "http://127.0.0.1:9001"}
routes: {orders: {gateways: [edge], hostnames: [a.example], to: orders}}
"""
LEFT_OUT = [
    checks.positive_data_acceptance,  # what the document allows may still be no configuration
    checks.missing_required_header,  # there is only Authorization, and test_gate.py sees to it
    checks.ignored_auth,  # it guesses so often that it is told to wait
    checks.use_after_free,  # that is about sequences of requests
    checks.ensure_resource_availability,
    checks.unsupported_method,  # test_application.py asks that once for each path
]
EXAMPLES = 8


@dataclass(frozen=True)
class Served:
    """A running API."""

    port: int
    token: str
    bound: str
    """A token of an editor of a namespace in which nothing is."""
    said: list[str]


@asynccontextmanager
async def serving(state: Path) -> AsyncIterator[Served]:
    async with plane(state, envoy=False) as running:
        await running.apply(CONFIGURATION)
        store, said = running.stored.store, list[str]()
        tokens = Tokens(store)
        token = await tokens.begin()
        assert token is not None
        bound, _ = await tokens.add(Grant("bound", Role.ADMIN, frozenset({"team-a"})))
        app = control_application(Probes(metrics, is_ready), running.desk, store, tokens, said.append)
        async with AdminServer(app, state, "127.0.0.1:0") as server:
            yield Served(server.port, token, bound, said)


@pytest.fixture(scope="module")
def served(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with background.entered(serving(tmp_path_factory.mktemp("state"))) as running:
        yield running


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.definition.raw["operationId"])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_answers_are_what_the_document_says(served: Served, operation, mode: GenerationMode) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        verbosity=Verbosity.quiet,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), token=st.sampled_from([served.token, served.bound]))
    def asked(case: schemathesis.Case, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{served.port}"
        case.call_and_validate(base_url=url, headers=headers, excluded_checks=LEFT_OUT, timeout=15)

    asked()
    assert served.said == []


async def test_namespaces_are_kept_apart(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:

        async def ask(method: str, path: str, body: object = None, token: str = served.bound) -> Answer:
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            text = "" if body is None else json.dumps(body)
            return await request(served.port, f"/v1{path}", method=method, headers=headers, body=text)

        path = "/resources/routes/team-a/own"
        own = {"gateways": ["default/edge"], "hostnames": ["own.example"], "respond": {"body": "own"}}
        for hostnames in (["a.example"], ["*.example"], []):
            assert codes(await ask("PUT", path, own | {"hostnames": hostnames})) == ["hostname.taken"]
        answer = await ask("PUT", path, own)
        assert (answer.status, answer.json["state"]) == (201, "live")
        borrowed = {"gateways": ["default/edge"], "hostnames": ["own.example"], "to": "default/orders"}
        assert codes(await ask("PUT", path, borrowed)) == ["namespace.foreign"]
        stolen = {"name": "x.yaml", "text": "routes: {orders: {respond: {body: stolen}}}"}
        answer = await ask("POST", "/changesets", {"documents": [stolen]})
        assert (codes(answer), answer.json["differences"]) == (["namespace.foreign"], [])
        for page in ("/resources", "/routes", "/findings", "/revisions/head/resources", "/proxies", "/secrets"):
            assert "orders" not in (await ask("GET", page)).text, page
        assert (await ask("DELETE", "/resources/routes/default/orders")).status == 404
        assert (await ask("GET", "/resources/routes/default/orders", token=served.token)).status == 200
        assert (await ask("GET", "/audit/verify", token=served.token)).json["whole"] is True
        assert served.said == []


def codes(answer: Answer) -> list[str]:
    assert (answer.status, answer.json["state"]) == (422, "refused")
    return [finding["code"] for finding in answer.json["findings"]]
