"""What a store keeps of texts with secrets in them."""

import sqlite3

import pytest

from crossway.daemon.sealed import Sealed
from crossway.daemon.showing import Showing
from crossway.errors import RemoteError
from crossway.identity.vault import KEY_BYTES, Vault
from crossway.model import Ref
from harness.gateway import Gateway
from harness.poison import policies

ALICE = Ref("consumers", "alice")
TEXT = "  alice: {credentials: {api_key: [k-alice]}}\n"


@pytest.fixture
def sealed() -> Sealed:
    return Sealed(Vault(bytes(KEY_BYTES)), Showing(policies()))


def test_what_may_hold_a_secret_is_sealed_and_opened(sealed: Sealed) -> None:
    kept = sealed.seal(ALICE, TEXT)
    assert "alice" not in kept
    assert (sealed.open(ALICE, kept), sealed.seal(ALICE, TEXT)) == (TEXT, kept)


def test_everything_else_is_kept_as_it_is(sealed: Sealed) -> None:
    text = "  echo: http://127.0.0.1:9001\n"
    assert sealed.seal(Ref("services", "echo"), text) == text
    assert sealed.open(Ref("services", "echo"), text) == text


def test_a_sealed_text_is_that_of_its_resource_and_of_this_key(sealed: Sealed) -> None:
    kept = sealed.seal(ALICE, TEXT)
    with pytest.raises(RemoteError, match=r"consumers\.bob was sealed in the store with another key"):
        sealed.open(Ref("consumers", "bob"), kept)
    with pytest.raises(RemoteError):
        Sealed(Vault(b"k" * KEY_BYTES), Showing(policies())).open(ALICE, kept)


@pytest.mark.journey
async def test_a_database_tells_no_key() -> None:
    async with Gateway("gateways: {edge: {listeners: {http: $http}}}", stored=True) as gateway:
        config = f"""
gateways: {{edge: {{listeners: {{http: {gateway.port("http")}}}}}}}
consumers:
{TEXT}
routes: {{key: {{respond: {{}}, policies: {{api_key: {{}}}}}}}}
"""
        assert (await gateway.apply(config)).json["state"] == "live"
        assert (await gateway.get("/", headers={"x-api-key": "k-alice"})).status == 200
        assert "k-alice" not in (await gateway.api("/v1/resources")).text
        (database,) = gateway.directory.rglob("store.db")
        with sqlite3.connect(database) as connection:
            kept = [text for (text,) in connection.execute("select text from crossway_content")]
        assert not any("k-alice" in text for text in kept)
        assert any(text.startswith("sealed:") for text in kept)
        again = await gateway.apply(config)
        assert again.json["state"] == "unchanged"
