import pytest

from crossway.model import Provider
from crossway.policies.oidc.settings import Oidc

SETTINGS = {"issuer": "https://id.example/tenant", "client_id": "shop", "client_secret": "hunter2"}
ENDPOINTS = {
    "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token",
    "jwks_uri": "https://keys.example/jwks",
}
PROVIDER = Provider(
    "https://said.example/authorize",
    "https://said.example/token",
    "https://said.example/jwks",
    "https://said.example/out",
)


def settings(**changes: object) -> Oidc:
    return Oidc.model_validate({**SETTINGS, **changes})


def test_the_provider_is_asked_unless_all_that_a_login_needs_is_written():
    assert settings().asked == "https://id.example/tenant"
    assert settings(**ENDPOINTS).asked is None
    for missing in ENDPOINTS:
        assert settings(**{name: url for name, url in ENDPOINTS.items() if name != missing}).asked


def test_what_the_provider_says_holds_where_nothing_is_written():
    told = settings().told(PROVIDER)
    assert told.asked is None
    assert told.endpoints == PROVIDER
    assert told.service == ("https://said.example/token", "https://said.example/jwks")


@pytest.mark.parametrize("name", [*ENDPOINTS, "end_session_endpoint"])
def test_what_is_written_goes_before_what_the_provider_says(name):
    told = settings(**{name: "https://written.example/x"}).told(PROVIDER)
    assert getattr(told, name) == "https://written.example/x"
    others = {*ENDPOINTS, "end_session_endpoint"} - {name}
    assert all(getattr(told, other) == getattr(PROVIDER, other) for other in others)


def test_a_service_that_is_written_reaches_what_the_provider_says():
    assert settings(service="id").told(PROVIDER).service == ("id", "id")


@pytest.mark.parametrize("issuer", ["accounts.example", "ftp://id.example", "https://id.example?tenant=a"])
def test_only_a_website_can_be_asked(issuer):
    assert settings(issuer=issuer, **ENDPOINTS).asked is None
    with pytest.raises(ValueError):
        settings(issuer=issuer)
