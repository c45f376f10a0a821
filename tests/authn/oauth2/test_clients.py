"""Clients and users, and how they show who they are."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from authn.scene import roster
from crossway.authn.oauth2.clients import Directory, authenticated, directory, is_redirect
from crossway.authn.oauth2.protocol import OAuthError
from crossway.authn.verdict import Request
from crossway.model import OAuth2Client

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def scrypt(secret: str) -> str:
    salt = b"0123456789abcdef"
    found = hashlib.scrypt(secret.encode(), salt=salt, n=2**10, r=8, p=1)
    parts = (base64.b64encode(part).decode().rstrip("=") for part in (salt, found))
    return "$scrypt$ln=10,r=8,p=1$" + "$".join(parts)


def known() -> Directory:
    clients = [
        {"client_id": "plain", "client_secret": "se:cr%et"},
        {"client_id": "hashed", "client_secret": scrypt("secret")},
        {"client_id": "public", "redirect_uris": ["https://a.test/"]},
        {"client_id": "over", "client_secret": "secret", "expires": NOW - timedelta(seconds=1)},
    ]
    users = [
        {"username": "ada", "password": "pw", "id": "one"},
        {"username": "bea", "password": "{SHA}" + base64.b64encode(hashlib.sha1(b"pw").digest()).decode()},
        {"username": "old", "password": "pw", "expires": NOW},
    ]
    return directory(roster(alice={"oauth2": clients, "basic_auth": users}).of("default"))


async def shown(form: dict[str, str], header: str = "") -> str:
    """Return the client that was recognised, or the error."""
    headers = (("authorization", header),) if header else ()
    try:
        return (await authenticated(Request("POST", "https", "h", "/", headers), form, known(), NOW)).client_id
    except OAuthError as error:
        return error.code


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


async def test_clients_with_a_secret():
    assert await shown({"client_id": "plain", "client_secret": "se:cr%et"}) == "plain"
    assert await shown({}, basic("plain:se%3Acr%25et")) == "plain"
    assert await shown({"client_id": "plain"}, basic("plain:se%3Acr%25et")) == "plain"
    assert await shown({"client_id": "hashed", "client_secret": "secret"}) == "hashed"
    assert await shown({"client_id": "hashed", "client_secret": "other"}) == "invalid_client"
    assert await shown({"client_id": "hashed", "client_secret": scrypt("secret")}) == "invalid_client"
    assert await shown({"client_id": "plain", "client_secret": "x"}) == "invalid_client"
    assert await shown({"client_id": "plain"}) == "invalid_client"
    assert await shown({"client_id": "over", "client_secret": "secret"}) == "invalid_client"


async def test_clients_without_one():
    assert await shown({"client_id": "public"}) == "public"
    assert await shown({"client_id": "public", "client_secret": "x"}) == "invalid_client"
    assert await shown({}) == "invalid_client"


async def test_clients_that_say_two_things():
    assert await shown({"client_secret": "x"}, basic("plain:x")) == "invalid_request"
    assert await shown({"client_id": "public"}, basic("plain:x")) == "invalid_request"


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Bearer x", "Basic //8=", basic("plain")])
async def test_headers_that_say_nothing(header):
    assert await shown({}, header) == "invalid_client"


def test_users():
    found = known().logged_in("ada", "pw", NOW)
    assert (found.consumer, found.credential) == ("alice", "one")
    assert known().logged_in("bea", "pw", NOW).credential == "2"
    wrong = [("ada", "PW"), ("bea", "x"), ("nobody", ""), ("nobody", "pw"), ("old", "pw"), ("ada", "")]
    assert [known().logged_in(name, password, NOW) for name, password in wrong] == [None] * len(wrong)
    assert known().user("alice", "one", NOW) is not None
    assert known().user("alice", "nine", NOW) is None


def test_where_users_may_be_sent():
    client = OAuth2Client(
        client_id="a", redirect_uris=("https://a.test/back?x=1", "http://127.0.0.1/back", "com.example.app:/back")
    )
    right = ["https://a.test/back?x=1", "http://127.0.0.1/back", "http://127.0.0.1:1234/back", "com.example.app:/back"]
    assert all(is_redirect(uri, client) for uri in right)
    wrong = [
        "https://a.test/back",
        "https://a.test:444/back?x=1",
        "http://a.test/back?x=1",
        "http://127.0.0.1:1234/other",
        "http://localhost/back",
        "http://evil@127.0.0.1/back",
        "http://127.0.0.1.evil.test/back",
        "http://[",
        "",
    ]
    assert not any(is_redirect(uri, client) for uri in wrong)
