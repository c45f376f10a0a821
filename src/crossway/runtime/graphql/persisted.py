"""Documents that clients name in place of sending them: trusted ones, and those that clients have registered.

https://graphql.github.io/graphql-over-http/draft/#sec-Persisted-Documents and
https://www.apollographql.com/docs/apollo-server/performance/apq
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

from crossway.model.graphql_limits import PersistedDocuments
from crossway.runtime.graphql.refusal import Refused
from crossway.runtime.graphql.requests import Asked, malformed
from crossway.runtime.handler import Store

NAMED: Final = "sha256:"
"""What the name of a document begins with that is its hash."""


class Found(NamedTuple):
    """The document that is meant."""

    text: str
    is_sent: bool = True
    """Whether the client has sent it; otherwise the backend has to be told."""
    register: str = ""
    """The hash under which it is to be kept."""


class Persisted:
    """The documents of one route."""

    def __init__(self, settings: PersistedDocuments, trusted: Mapping[str, str], store: Store, about: str) -> None:
        """Know the *trusted* ones by name, and keep those of clients in *store*, for the route *about*."""
        self._only = settings.only
        self._lifetime = settings.automatic.lifetime.total_seconds() if settings.automatic else 0.0
        self._trusted = {_hash(text): text for text in trusted.values()}
        self._names = {**{NAMED + key: text for key, text in self._trusted.items()}, **trusted}
        self._store, self._prefix = store, f"graphql/{about}/"

    async def find(self, asked: Asked) -> Found:
        """Return the document that a client has sent or named; `Refused` if there is none."""
        told = _told(asked)
        if asked.query is not None:
            if asked.document_id is not None:
                raise malformed("A request has a document or names one, not both.")
            return self._sent(asked.query, told)
        if asked.document_id is not None:
            if asked.document_id in self._names and told is None:
                return Found(self._names[asked.document_id], is_sent=False)
            raise Refused("PERSISTED_QUERY_NOT_IN_LIST", "There is no such document.", 404)
        if told is None:
            raise malformed("A request has a document: query.")
        return await self._known(told)

    def _sent(self, text: str, told: str | None) -> Found:
        if told is None and not self._only:
            return Found(text)
        is_of = _hash(text)
        if told is not None and told != is_of:
            raise malformed("The hash is not that of the document.", code="PERSISTED_QUERY_HASH_MISMATCH")
        if self._only and is_of not in self._trusted:
            raise Refused("QUERY_NOT_IN_SAFELIST", "Only documents that are known beforehand are allowed here.", 403)
        return Found(text, register=is_of if told is not None and self._lifetime else "")

    async def _known(self, told: str) -> Found:
        if told in self._trusted:
            return Found(self._trusted[told], is_sent=False)
        if not self._lifetime:
            if self._trusted:
                raise Refused("PERSISTED_QUERY_NOT_IN_LIST", "There is no such document.", 404)
            raise Refused("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        try:
            kept = await self._store.get(self._prefix + told)
        except ConnectionError:
            kept = None
        if kept is None:
            # Clients know this one by its message; to 404 some would not look into the answer.
            raise Refused("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound", 200)
        return Found(kept.decode(), is_sent=False)

    async def keep(self, found: Found) -> None:
        """Keep a document that a client has registered, and that is good."""
        if found.register:
            try:
                await self._store.set(self._prefix + found.register, found.text.encode(), self._lifetime)
            except ConnectionError:
                return  # the client is asked for it once more


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _told(asked: Asked) -> str | None:
    """Return the hash by which a client names a document, as Apollo's clients do."""
    named = asked.extensions.get("persistedQuery")
    if named is None:
        return None
    told = named.get("sha256Hash") if isinstance(named, dict) else None
    if not isinstance(told, str) or len(told) != 64 or named.get("version") != 1:
        raise malformed("extensions.persistedQuery has version 1 and a sha256Hash.")
    return told.lower()


def spelled(asked: Asked, found: Found) -> dict[str, object]:
    """Return the request with the document in it, for a backend that knows none."""
    extensions = {name: value for name, value in asked.extensions.items() if name != "persistedQuery"}
    whole = {
        "query": found.text,
        "operationName": asked.name,
        "variables": asked.variables,
        "extensions": extensions,
    }
    return {name: value for name, value in whole.items() if value}
