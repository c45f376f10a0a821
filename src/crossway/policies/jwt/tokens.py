"""Tokens: where a client shows one, and what becomes of it once it is verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from crossway.model import HeaderName, Part

_BEARER: Final = "Bearer "


class TokenHeader(Part):
    """A header that holds a token. In one line, its name."""

    name: HeaderName
    """The name of the header."""
    prefix: str | None = None
    """What stands in front of the token. Without it, `Bearer ` in `authorization`, and nothing elsewhere."""

    short_forms = ("name",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value

    @property
    def before(self) -> str:
        """What stands in front of the token."""
        if self.prefix is not None:
            return self.prefix
        return _BEARER if self.name == "authorization" else ""


def _list(value: object) -> object:
    """One needs no list."""
    return (value,) if isinstance(value, str | Mapping) else value


_Word = Annotated[str, Field(min_length=1)]
_Headers = Annotated[
    tuple[TokenHeader, ...],
    BeforeValidator(_list, json_schema_input_type=TokenHeader | tuple[TokenHeader, ...]),
]
_Words = Annotated[tuple[_Word, ...], BeforeValidator(_list, json_schema_input_type=_Word | tuple[_Word, ...])]


class Token(Part):
    """Where a token is, and what becomes of it."""

    header: _Headers = ()
    """The header that holds the token, or a list of these: `authorization`, after `Bearer`, where no place is named."""
    query: _Words = ()
    """The parameter of the query that holds the token, or a list. Tokens in URLs end up in logs and histories."""
    cookie: _Words = ()
    """The cookie that holds the token, or a list."""
    claims_to_headers: Mapping[_Word, HeaderName] = Field(default_factory=dict)
    """Hand claims to the backend in headers: `{sub: x-user}`. What a client writes into these is taken off."""
    payload_header: HeaderName | None = None
    """Hand all claims to the backend in this header, as JSON in base64url. What a client writes into it is taken off.
    """
    hide_credentials: bool = False
    """Take the token off the request, so that no backend sees it."""


_PLACES: Final = frozenset({"header", "query", "cookie"})


def of_issuer(common: Token, own: Token) -> Token:
    """Return what holds for the tokens of one issuer: what is said of them alone, else what is said of all.

    The places belong together: who names one for an issuer names all of them.
    """
    said = own.model_fields_set
    places = own if said & _PLACES else common
    nowhere = not (places.header or places.query or places.cookie)
    return Token(
        header=(TokenHeader(name="authorization"),) if nowhere else places.header,
        query=places.query,
        cookie=places.cookie,
        claims_to_headers=(own if "claims_to_headers" in said else common).claims_to_headers,
        payload_header=(own if "payload_header" in said else common).payload_header,
        hide_credentials=(own if "hide_credentials" in said else common).hide_credentials,
    )
