"""Artifacts: which files are wanted, and what holds with and without them."""

from crossway.daemon.pipeline import Pipeline
from crossway.model import Artifact, Silent
from plan.planning import pipeline

TEXT = f"""\
gateways:
  edge:
    listeners: {{http: 8080}}
    policies: {{wasm: {{module: {{url: https://example.com/gateway.wasm, sha256: {"a" * 64}}}}}}}
services: {{shop: http://127.0.0.1:9001}}
routes:
  waiting:
    matches: [{{path: /waiting}}]
    to: shop
    policies: {{wasm: {{module: {{url: https://example.com/route.wasm, sha256: {"b" * 64}}}}}}}
  native: {{matches: [{{path: /native}}], to: shop, policies: {{wasm: false}}}}
"""
ROUTE = Artifact("https://example.com/route.wasm", "b" * 64)
GATEWAY = Artifact("https://example.com/gateway.wasm", "a" * 64)


def states(made: Pipeline) -> dict[str, str]:
    return {row.route: row.state for row in made.routes()}


def test_files_are_wanted_wherever_the_policy_is_attached():
    made = pipeline(TEXT)
    assert made.artifacts() == {ROUTE, GATEWAY}
    made.adopt(pipeline(TEXT.replace("route.wasm", "new.wasm")).loaded)
    assert made.artifacts() == {Artifact("https://example.com/new.wasm", "b" * 64), GATEWAY}


def test_a_route_is_closed_until_its_file_is_here():
    made = pipeline(TEXT)
    assert states(made) == {"waiting": "closed: artifact.unfetched", "native": "live"}
    made.serve_artifacts({ROUTE: b"\0asm\1\0\0\0"})
    assert states(made) == {"waiting": "live", "native": "live"}
    made.serve_artifacts({})
    assert states(made)["waiting"] == "closed: artifact.unfetched"


def test_a_file_that_cannot_be_had_is_told_with_the_reason_and_the_place():
    made = pipeline(TEXT)
    made.serve_artifacts({ROUTE: Silent("the answer is 404")})
    (finding,) = (finding for finding in made.findings() if finding.code == "artifact.unfetched")
    assert finding.field == "routes.waiting.policies.wasm.module.url"
    assert "the answer is 404" in finding.message
