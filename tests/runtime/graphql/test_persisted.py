"""Which document is meant by what a client sends or names."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from crossway.model.graphql_limits import PersistedDocuments
from crossway.runtime.graphql.persisted import Found, Persisted, spelled
from crossway.runtime.graphql.refusal import Refused
from crossway.runtime.graphql.requests import Asked
from crossway.runtime.stores import MemoryStore, RedisStore

each = pytest.mark.parametrize

GREETING = "query G { hello }"
ONLY: dict[str, Any] = {"only": True, "trusted": {}}
AUTOMATIC: dict[str, Any] = {"automatic": {}}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def hashed(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}


def persisted(settings: dict[str, Any]) -> Persisted:
    trusted = {"greeting": GREETING} if "trusted" in settings else {}
    return Persisted(PersistedDocuments.model_validate(settings), trusted, MemoryStore(2**20), "routes.shop")


async def code(documents: Persisted, asked: Asked) -> str:
    with pytest.raises(Refused) as refused:
        await documents.find(asked)
    return refused.value.code


async def test_trusted_documents_are_known_by_name_and_hash():
    documents = persisted(ONLY)
    for asked in (
        Asked(None, document_id="greeting"),
        Asked(None, document_id=f"sha256:{digest(GREETING)}"),
        Asked(None, extensions=hashed(GREETING)),
    ):
        assert await documents.find(asked) == Found(GREETING, is_sent=False)
    assert await documents.find(Asked(GREETING)) == Found(GREETING)


@each(
    ("asked", "told"),
    [
        (Asked(None, document_id="other"), "PERSISTED_QUERY_NOT_IN_LIST"),
        (Asked(None, extensions=hashed("{a}")), "PERSISTED_QUERY_NOT_IN_LIST"),
        (Asked("query G {  hello }"), "QUERY_NOT_IN_SAFELIST"),
        (Asked("{a}", extensions=hashed("{a}")), "QUERY_NOT_IN_SAFELIST"),
        (Asked("{a}", document_id="greeting"), "BAD_REQUEST"),
        (Asked(None, document_id="greeting", extensions=hashed("{a}")), "PERSISTED_QUERY_NOT_IN_LIST"),
    ],
)
async def test_there_may_be_no_others(asked: Asked, told: str):
    assert await code(persisted(ONLY), asked) == told


async def test_others_may_pass_beside_them():
    assert await persisted({"trusted": {}}).find(Asked("{a}")) == Found("{a}")


async def test_a_document_that_was_registered_is_known_by_its_hash():
    documents = persisted(AUTOMATIC)
    named = Asked(None, extensions=hashed("{a}"))
    assert await code(documents, named) == "PERSISTED_QUERY_NOT_FOUND"
    sent = await documents.find(Asked("{a}", extensions=hashed("{a}")))
    assert sent == Found("{a}", register=digest("{a}"))
    assert await code(documents, named) == "PERSISTED_QUERY_NOT_FOUND"  # until it is known to be good
    await documents.keep(sent)
    assert await documents.find(named) == Found("{a}", is_sent=False)


async def test_a_document_without_a_hash_is_not_kept():
    documents = persisted(AUTOMATIC)
    found = await documents.find(Asked("{a}"))
    assert found == Found("{a}")
    await documents.keep(found)
    assert await code(documents, Asked(None, extensions=hashed("{a}"))) == "PERSISTED_QUERY_NOT_FOUND"


@each(
    ("asked", "told"),
    [
        (Asked("{b}", extensions=hashed("{a}")), "PERSISTED_QUERY_HASH_MISMATCH"),
        (Asked(None, extensions={"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}), "BAD_REQUEST"),
        (Asked(None, extensions={"persistedQuery": {"version": 1, "sha256Hash": "0"}}), "BAD_REQUEST"),
        (Asked(None, extensions={"persistedQuery": {"version": 1}}), "BAD_REQUEST"),
        (Asked(None, extensions={"persistedQuery": "x"}), "BAD_REQUEST"),
        (Asked(None), "BAD_REQUEST"),
    ],
)
async def test_what_names_no_document_is_refused(asked: Asked, told: str):
    assert await code(persisted(AUTOMATIC), asked) == told


async def test_off_hashes_are_checked_and_not_looked_up():
    documents = persisted({})
    assert await code(documents, Asked(None, extensions=hashed("{a}"))) == "PERSISTED_QUERY_NOT_SUPPORTED"
    assert await code(documents, Asked("{b}", extensions=hashed("{a}"))) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert await documents.find(Asked("{a}", extensions=hashed("{a}"))) == Found("{a}")


async def test_a_store_that_is_away_knows_nothing(tmp_path: Path):
    store = RedisStore(f"unix://{tmp_path}/nobody", "")
    documents = Persisted(PersistedDocuments.model_validate(AUTOMATIC), {}, store, "routes.shop")
    await documents.keep(await documents.find(Asked("{a}", extensions=hashed("{a}"))))
    assert await code(documents, Asked(None, extensions=hashed("{a}"))) == "PERSISTED_QUERY_NOT_FOUND"
    await store.close()


def test_a_request_is_spelled_for_a_backend_that_knows_no_documents():
    asked = Asked(None, "A", {"n": 1}, hashed("{a}") | {"x": 2})
    expected = {"query": "{a}", "operationName": "A", "variables": {"n": 1}, "extensions": {"x": 2}}
    assert spelled(asked, Found("{a}")) == expected
    assert spelled(Asked(None, extensions=hashed("{a}")), Found("{a}")) == {"query": "{a}"}
