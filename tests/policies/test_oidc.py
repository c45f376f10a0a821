import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.oidc import Oidc, compile_oidc
from crossway.protos.envoy.extensions.filters.http.oauth2 import v3 as oauth2_v3

SETTINGS = {
    "issuer": "https://id.example",
    "client_id": "shop",
    "client_secret": "hunter2",
    "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token",
    "jwks_uri": "https://keys.example/jwks",
}


def compiled(site: Site, **changes: object) -> Fragment:
    fragment = compile_oidc(Oidc.model_validate(SETTINGS | changes), site)
    assert isinstance(fragment, Fragment)
    return fragment


def login(site: Site, **changes: object) -> oauth2_v3.OAuth2Config:
    message = compiled(site, **changes).per_route["oidc"]
    assert isinstance(message, oauth2_v3.OAuth2PerRoute)
    return message.config


SHOP, CART = Site(Ref("routes", "shop"), "default"), Site(Ref("routes", "cart"), "default")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ""},
        {"client_secret": ""},
        {"token_endpoint": "id.example/token"},
        {"token_endpoint": "ftp://id.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"redirect_path": "callback"},
        {"redirect_path": "/callback?x=y"},
        {"redirect_path": "/logout"},
        {"scopes": ["openid email"]},
        {"cookie": {"name": "a cookie"}},
        {"cookie": {"path": "/shop; Domain=example"}},
        {"cookie": {"path": "/shop"}},
        {"cookie": {"same_site": "sometimes"}},
        {"client_auth": "private_key_jwt"},
        {"session_ttl": "0s"},
    ],
)
def test_what_cannot_hold_is_refused(changes):
    with pytest.raises(ValueError) as caught:
        Oidc.model_validate(SETTINGS | changes)
    assert "hunter2" not in str(caught.value)


def test_the_provider_is_reached_where_its_urls_point_or_by_a_service():
    assert Oidc.model_validate(SETTINGS).service == ("https://id.example/token", "https://keys.example/jwks")
    assert login(SHOP).token_endpoint.cluster == "https://id.example"
    assert login(SHOP, service="id").token_endpoint.cluster == "id"


def test_routes_with_one_client_share_a_session_and_others_do_not():
    one, other = login(SHOP), login(CART)
    assert one.credentials.cookie_names == other.credentials.cookie_names
    assert one.credentials.hmac_secret.name != other.credentials.hmac_secret.name
    assert [secret.purpose for secret in compiled(SHOP).secrets] == [
        secret.purpose for secret in compiled(CART).secrets
    ]
    for changes in ({"client_id": "cart"}, {"issuer": "https://other.example"}):
        stranger = login(SHOP, **changes)
        assert stranger.credentials.cookie_names != one.credentials.cookie_names
        assert compiled(SHOP, **changes).secrets != compiled(SHOP).secrets


def test_openid_is_always_asked_for():
    assert login(SHOP, scopes=["email"]).auth_scopes == ["openid", "email"]
    assert login(SHOP, scopes=["email", "openid"]).auth_scopes == ["openid", "email"]


def test_no_message_says_the_secret():
    fragment = compiled(SHOP)
    messages = [*fragment.per_route.values(), *fragment.shared.values()]
    assert not any(b"hunter2" in message.SerializeToString() for message in messages)
    assert "hunter2" not in repr(fragment)
