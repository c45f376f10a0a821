"""Words of OAuth 2.0: forms, errors, and answers in JSON."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from crossway.authn.verdict import Answer, Headers, Request

NO_STORE: Final = (("cache-control", "no-store"),)
MOST_FIELDS: Final = 50


@dataclass(frozen=True)
class OAuthError(Exception):
    """An error that a client is told (RFC 6749, section 5.2)."""

    code: str
    description: str
    status: int = 400
    headers: Headers = ()

    def answer(self) -> Answer:
        """Return it as the answer to a request that no browser made."""
        problem = {"error": self.code, "error_description": self.description}
        return answer(problem, self.status, self.headers)


def invalid_request(description: str) -> OAuthError:
    """Return the error for a request that makes no sense."""
    return OAuthError("invalid_request", description)


def answer(content: Mapping[str, object], status: int = 200, headers: Headers = ()) -> Answer:
    """Return an answer in JSON that nobody keeps."""
    return Answer(status, (("content-type", "application/json"), *NO_STORE, *headers), json.dumps(content))


def fields(text: str) -> dict[str, str]:
    """Return the fields of a form or a query; raises `OAuthError` for one that comes twice (RFC 6749, section 3.1)."""
    try:
        pairs = parse_qsl(text, keep_blank_values=False, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise invalid_request("the parameters cannot be read") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise invalid_request("a parameter comes twice")
    return found


def form(request: Request) -> dict[str, str]:
    """Return the fields of the form that *request* brings."""
    kind = (request.value("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise invalid_request("the body is a form, application/x-www-form-urlencoded")
    return fields(request.body.decode("latin-1"))


def needed(form: Mapping[str, str], name: str) -> str:
    """Return a field that has to be there."""
    if name not in form:
        raise invalid_request(f"{name} is missing")
    return form[name]


def scopes(wanted: str | None, *, allowed: Iterable[str], known: Iterable[str]) -> str:
    """Return the scopes that are given: those that are *wanted*, or else all that are *allowed* and *known*.

    Raises `OAuthError` if one may not be given.
    """
    possible = [scope for scope in allowed if scope in set(known)]
    if wanted is None:
        return " ".join(possible)
    asked = list(dict.fromkeys(wanted.split()))
    if any(scope not in possible for scope in asked):
        raise OAuthError("invalid_scope", "a scope is unknown, or not for this client")
    return " ".join(asked)


def new_secret() -> str:
    """Return a secret that nobody guesses: 256 bits, as base64url."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Return by what a secret is remembered: it has so much chance in it that a plain hash does."""
    return sha256(secret.encode()).digest()
