from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from crossway.compile.authentication import Authentication
from crossway.compile.contract import Fragment, Site
from crossway.model import Ref, Spec
from crossway.policies.jwt import Jwt, compile_jwt
from crossway.protos.envoy.extensions.filters.http.jwt_authn import v3 as jwt_v3

SHOP = Site(Ref("routes", "shop"), "default")
LENIENT = Site(Ref("routes", "shop"), "default", beside={"authentication": Authentication(optional=True)})
SECRET: Mapping[str, Any] = {"jwks": {"secret": "x" * 32}}


def compiled(site: Site = SHOP, **settings: object) -> Fragment:
    return compile_jwt(Jwt.model_validate({**SECRET, **settings}), site)


def shared(fragment: Fragment) -> jwt_v3.JwtAuthentication:
    message = fragment.shared["jwt"]
    assert isinstance(message, jwt_v3.JwtAuthentication)
    return message


def provider(fragment: Fragment) -> jwt_v3.JwtProvider:
    (found,) = shared(fragment).providers.values()
    return found


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"issuers": []},
        {"jwks": {}},
        {"jwks": {"secret": "short"}},
        {"jwks": {"secret": "x" * 32, "uri": "https://id.test/keys"}},
        {"jwks": {"secret": "x" * 32, "service": "id"}},
        {"jwks": {"uri": "id.test/keys"}},
        {"jwks": {"uri": "file:///keys"}},
        {"jwks": {"uri": "https://id.test/keys", "refresh": "0s"}},
        {**SECRET, "issuer": ""},
        {**SECRET, "header": "a header"},
        {**SECRET, "claims_to_headers": {"sub": "a header"}},
        {**SECRET, "max_lifetime": "0s"},
        {**SECRET, "clock_skew": "0s"},
        {**SECRET, "cache": -1},
        {**SECRET, "algorithms": ["none"]},
    ],
)
def test_what_cannot_be_meant(settings):
    with pytest.raises(ValidationError):
        Jwt.model_validate(settings)


def test_one_issuer_needs_no_list():
    one = Jwt.model_validate({"issuer": "a", "audiences": ["b"], **SECRET, "cookie": "c"})
    assert one == Jwt.model_validate({"issuers": [{"issuer": "a", "audiences": ["b"], **SECRET}], "cookie": "c"})


def test_equal_settings_are_one_provider_and_others_are_not():
    assert shared(compiled()) == shared(compiled())
    assert set(shared(compiled()).providers).isdisjoint(shared(compiled(issuer="a")).providers)
    assert compiled().per_route["jwt"] != compiled(LENIENT).per_route["jwt"]


def test_one_of_several_issuers_will_do():
    several = Jwt.model_validate({"issuers": [{"issuer": "a", **SECRET}, {"issuer": "b", **SECRET}]})
    fragment = compile_jwt(several, SHOP)
    (requirement,) = shared(fragment).requirement_map.values()
    assert len(requirement.requires_any.requirements) == 2


def test_a_token_that_is_shown_must_be_right_even_where_none_is_needed():
    (requirement,) = shared(compiled(LENIENT)).requirement_map.values()
    ways = [way.WhichOneof("requires_type") for way in requirement.requires_any.requirements]
    assert ways == ["provider_name", "allow_missing"]


def test_the_token_stands_in_authorization_unless_another_place_is_named():
    (header,) = provider(compiled()).from_headers
    assert (header.name, header.value_prefix) == ("authorization", "Bearer ")
    assert provider(compiled(header="Authorization")) == provider(compiled())
    assert not provider(compiled(cookie="c")).from_headers
    assert list(provider(compiled(cookie="c")).from_cookies) == ["c"]
    (own,) = provider(compiled(header="x-token")).from_headers
    assert (own.name, own.value_prefix) == ("x-token", "")


def test_what_holds_where_nothing_is_said():
    found = provider(compiled())
    assert found.require_expiration
    assert found.forward
    assert found.clock_skew_seconds == 60
    assert found.jwt_cache_config.jwt_cache_size == 1000
    assert not provider(compiled(cache=0)).HasField("jwt_cache_config")


def test_keys_are_fetched_from_where_the_url_points_or_from_a_service():
    url = "https://id.test/keys"
    pointed, named = (
        provider(compiled(jwks={"uri": url, **more})).remote_jwks.http_uri for more in ({}, {"service": "issuer"})
    )
    assert (pointed.uri, named.uri) == (url, url)
    assert named.cluster == "issuer"
    assert pointed.cluster != "issuer"


def test_the_last_filter_of_the_stage_hears_of_it_where_it_has_to_know():
    assert "authentication" not in compiled().per_route
    assert "authentication" in compiled(consumer_claim="sub").per_route
    assert "authentication" in compiled(LENIENT).per_route
    assert "jwt.claims" not in compiled().per_route
    assert "jwt.claims" in compiled(required_claims={"a": 1}).per_route


def test_a_method_beside_it_needs_no_more_than_a_name():
    beside = Site(Ref("routes", "shop"), "default", beside={"api_key": Spec()})
    assert compiled(beside).per_route.keys() == compiled().per_route.keys()


def test_each_issuer_has_its_places_and_headers():
    several = Jwt.model_validate(
        {
            "issuers": [
                {"issuer": "a", **SECRET, "cookie": ["c", "d"], "hide_credentials": False, "payload_header": "x-p"},
                {"issuer": "b", **SECRET},
            ],
            "header": ["x-a", {"name": "x-b", "prefix": "JWT "}],
            "hide_credentials": True,
        }
    )
    a, b = sorted(shared(compile_jwt(several, SHOP)).providers.values(), key=lambda one: one.issuer)
    assert (list(a.from_cookies), len(a.from_headers)) == (["c", "d"], 0)
    assert (a.forward, a.forward_payload_header) == (True, "x-p")
    assert [(header.name, header.value_prefix) for header in b.from_headers] == [("x-a", ""), ("x-b", "JWT ")]
    assert not b.forward
