"""Providers: who is asked, and what holds with and without an answer."""

from crossway.daemon.pipeline import Pipeline
from crossway.model import Provider, Silent
from plan.planning import pipeline

CLIENT = "client_id: shop, client_secret: hunter2"
WRITTEN = (
    "authorization_endpoint: https://id.example/a, token_endpoint: https://id.example/t, jwks_uri: https://id.example/k"
)
TEXT = f"""\
gateways:
  edge:
    listeners: {{http: {{port: 8080, policies: {{oidc: {{issuer: https://listener.example, {CLIENT}}}}}}}}}
    policies: {{oidc: {{issuer: https://gateway.example, {CLIENT}}}}}
services: {{shop: http://127.0.0.1:9001}}
routes:
  asking: {{matches: [{{path: /asking}}], to: shop, policies: {{oidc: {{issuer: https://id.example, {CLIENT}}}}}}}
  knowing:
    matches: [{{path: /knowing}}]
    to: shop
    policies: {{oidc: {{issuer: https://no.example, {CLIENT}, {WRITTEN}}}}}
namespaces:
  team: {{policies: {{oidc: {{issuer: https://team.example, {CLIENT}}}}}}}
"""
ISSUER = "https://id.example"
PROVIDER = Provider("https://id.example/login", "https://tokens.example/token", "https://keys.example/jwks")


def states(made: Pipeline) -> dict[str, str]:
    return {row.route: row.state for row in made.routes()}


def clusters(made: Pipeline) -> set[str]:
    return {item.name for item in made.resources() if "Cluster" in item.type_url}


def served(made: Pipeline) -> None:
    """Have every secret served that is needed."""
    made.serve_secrets([secret.name for secret in made.generic_secrets()])


def test_providers_are_asked_whose_endpoints_nobody_wrote_wherever_the_policy_is_attached():
    made = pipeline(TEXT)
    assert made.issuers() == {f"https://{who}.example" for who in ("id", "listener", "gateway", "team")}


def test_nobody_is_asked_for_a_route_that_is_gone():
    made = pipeline(TEXT)
    made.adopt(pipeline(TEXT.replace(f"issuer: {ISSUER},", "issuer: https://new.example,")).loaded)
    assert ISSUER not in made.issuers()
    assert "https://new.example" in made.issuers()


def test_a_route_is_closed_until_its_provider_has_said_something():
    made = pipeline(TEXT)
    served(made)
    assert states(made) == {"asking": "closed: oidc.undiscovered", "knowing": "live"}
    assert {"https://tokens.example", "https://keys.example"}.isdisjoint(clusters(made))
    made.serve_providers({ISSUER: PROVIDER})
    served(made)
    assert states(made) == {"asking": "live", "knowing": "live"}
    assert clusters(made) >= {"https://tokens.example", "https://keys.example"}
    made.serve_providers({})
    assert states(made)["asking"] == "closed: oidc.undiscovered"


def test_a_provider_that_is_silent_is_told_with_the_reason_and_the_place():
    made = pipeline(TEXT)
    made.serve_providers({ISSUER: Silent("it is on holiday")})
    (finding,) = (finding for finding in made.findings() if finding.code == "oidc.undiscovered")
    assert finding.field == "routes.asking.policies.oidc.issuer"
    assert "it is on holiday" in finding.message


def test_what_is_written_holds_whatever_the_provider_says():
    made = pipeline(TEXT)
    served(made)
    before = list(made.compiled("knowing"))
    assert before
    made.serve_providers({"https://no.example": PROVIDER, ISSUER: PROVIDER})
    assert list(made.compiled("knowing")) == before
