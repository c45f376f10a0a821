"""Which secrets of policies proxies are given, and what becomes of a route without one."""

from crossway.compile.envoy.view import View
from crossway.model import Ref
from plan.planning import pipeline

OIDC = """{
  issuer: https://id.example, client_id: shop, client_secret: "%s",
  authorization_endpoint: https://id.example/authorize, token_endpoint: http://127.0.0.1:1/token,
  jwks_uri: http://127.0.0.1:1/jwks}"""
CONFIG = """
gateways:
  edge: {listeners: {http: 8080, more: 8081}, policies: {oidc: %(of_gateway)s}}
  inner: {listeners: {inner: 8082}}
services: {echo: "http://127.0.0.1:1"}
routes:
  one: {gateways: [edge], listeners: [http], matches: [{path: /one}, {path: /two}], to: echo}
  own: {gateways: [edge], matches: [{path: /own}], to: echo, policies: {oidc: %(of_route)s}}
  none: {gateways: [inner], to: echo}
"""
OF_GATEWAY = {"oidc-client/gateways/edge/http", "oidc-session/gateways/edge/http"}
OF_ROUTE = {"oidc-client/routes/own", "oidc-session/routes/own"}


def config(of_gateway: str = "abc", of_route: str = "secret:shop") -> str:
    return CONFIG % {"of_gateway": OIDC % of_gateway, "of_route": OIDC % of_route}


def test_a_secret_is_named_by_where_it_is_attached_and_says_nothing_of_itself():
    made = pipeline(config())
    assert made.view_secrets() == OF_GATEWAY | OF_ROUTE
    assert {secret.text.reveal() for secret in made.generic_secrets()} == {"abc", "secret:shop"}


def test_a_proxy_is_given_the_secrets_of_its_gateways():
    made = pipeline(config())
    assert made.view_secrets(View(frozenset({Ref("gateways", "edge")}))) == OF_GATEWAY | OF_ROUTE
    assert made.view_secrets(View(frozenset({Ref("gateways", "inner")}))) == frozenset()


def test_a_route_without_its_secret_is_closed_and_opens_by_itself():
    made = pipeline(config())
    made.serve_secrets(OF_GATEWAY)
    (finding,) = set(made.findings())
    assert (finding.code, finding.field) == ("secret.missing", "routes.own.policies.oidc.client_secret")
    assert made.view_secrets() == OF_GATEWAY | OF_ROUTE
    made.serve_secrets(OF_GATEWAY | OF_ROUTE)
    assert made.findings() == ()


def test_no_route_says_a_secret():
    made = pipeline(config(of_gateway="hunter2", of_route="hunter3"))
    assert not any(b"hunter" in resource.wire for resource in made.resources())
