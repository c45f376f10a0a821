"""Which endpoint a request is for, and what clients are told of all of them; the rest is in the journey."""

from datetime import UTC, datetime

import pytest

from authn.scene import Clock, roster, store
from crossway.authn.oauth2.keys import Keys
from crossway.authn.oauth2.server import Server, endpoint_of, metadata
from crossway.authn.verdict import Request
from crossway.compile.checks import Asked
from crossway.identity.vault import Vault
from crossway.policies.oauth2_server import OAuth2Server

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/o/token", "token"),
        ("/o/authorize?a=/b", "authorize"),
        ("/.well-known/oauth-authorization-server/o", "metadata"),
        ("/o/.well-known/oauth-authorization-server", "metadata"),
        ("/o/metadata", None),
        ("/o/token/", None),
        ("/token", None),
        ("/o", None),
        ("/o/", None),
        ("/oo/token", None),
    ],
)
def test_endpoints(path, endpoint):
    assert endpoint_of(path, "https://a.test/o") == endpoint


def test_an_issuer_without_a_path():
    assert endpoint_of("/token", "https://a.test") == "token"
    assert endpoint_of("/.well-known/oauth-authorization-server", "https://a.test") == "metadata"


def test_metadata():
    told = metadata(OAuth2Server(issuer="https://a.test/o", scopes={"a": "A"}))
    assert told["token_endpoint"] == "https://a.test/o/token"
    assert told["scopes_supported"] == ["a"]


async def test_a_cookie_over_tls_is_for_this_host_alone(tmp_path):
    clock = Clock(NOW)
    client = {"client_id": "app", "redirect_uris": ["https://app.test/"]}
    settings = OAuth2Server(issuer="https://a.test/o").model_dump_json()
    path = (
        "/o/authorize?response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.test%2F"
        f"&code_challenge={'x' * 43}&code_challenge_method=S256"
    )
    async with store(tmp_path, clock) as kept:
        keys = Keys(kept, Vault.open(tmp_path / "key"), clock)
        server = Server(roster(shop={"oauth2": [client]}), kept, keys, clock)
        answer = await server(
            Request("GET", "https", "a.test", path), Asked("oauth2_server", "default", False, settings)
        )
    cookie = dict(answer.headers)["set-cookie"]
    assert cookie.startswith("__Host-crossway-login=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} < set(cookie.split("; "))
