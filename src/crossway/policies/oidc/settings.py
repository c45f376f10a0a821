"""The settings of a login: the provider, the client that the gateway is there, and the session."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, BeforeValidator, Field, TypeAdapter, model_validator

from crossway.model import Duration, HeaderName, Provider, Secret, ServiceName, parse_duration
from crossway.model.provider import Discovering
from crossway.policies.oidc.cookies import Cookie, Path

T = TypeVar("T")


def _url(value: T) -> T:
    TypeAdapter(AnyHttpUrl).validate_python(value)
    return value


def _twice(value: object) -> object:
    return (value, value) if isinstance(value, str) else value


Url = Annotated[str, BeforeValidator(_url)]


class ClientAuth(enum.StrEnum):
    """How the gateway proves to the provider that it is the client (OpenID Connect Core 1.0, section 9)."""

    BASIC = "client_secret_basic"
    """In a header."""
    POST = "client_secret_post"
    """In the body of the request."""


class Oidc(Discovering):
    """Have people log in at an OpenID Connect provider: with a code, PKCE, and a session in encrypted cookies.

    A browser without a session is sent to the provider and back to where it wanted to go. Any other client, by its
    `Accept` header or `X-Requested-With`, is answered 401. Clients need TLS: browsers return these cookies over nothing
    else. The backend finds the verified identity token in the session's cookie `NAME-id`.

    `issuer`, `client_id` and `client_secret` are enough for a provider that says where its endpoints are.
    """

    issuer: Annotated[str, Field(min_length=1)]
    """Who makes the tokens (`iss`), exactly as the provider writes it. For endpoints that are not written, the control
    plane asks at its `/.well-known/openid-configuration`; until there is an answer, the route is closed."""
    client_id: Annotated[str, Field(min_length=1)]
    """How the provider calls this gateway. The token has to be made for it (`aud`)."""
    client_secret: Secret
    """What the provider knows it by: the secret itself, or `secret:NAME` for one of the store. The keys of sessions are
    derived from it, so that a new one ends them all."""
    authorization_endpoint: Url | None = None
    """Where browsers are sent to log in, if that is not what the provider says."""
    token_endpoint: Url | None = None
    """Where the gateway trades a code for tokens, if that is not what the provider says."""
    jwks_uri: Url | None = None
    """Where the provider publishes its keys, if that is not what it says. With these three written, it is not asked."""
    end_session_endpoint: Url | None = None
    """Where browsers are sent to log out at the provider too; without it, where a provider that is asked says, or they
    log out here alone."""
    service: Annotated[tuple[ServiceName, ...], BeforeValidator(_twice, json_schema_input_type=ServiceName)] = ()
    """The service that reaches the provider; without it, the gateway follows `token_endpoint` and `jwks_uri`."""
    client_auth: ClientAuth = ClientAuth.BASIC
    """How the gateway shows the secret."""
    scopes: tuple[Annotated[str, Field(pattern=r"^[!#-\[\]-~]+$")], ...] = ("openid",)
    """What is asked for. `openid` is always among it."""
    redirect_path: Path = "/oauth2/callback"
    """Where the provider sends browsers back to, on the host that they came to. A route with this policy has to match
    it; two providers on one host need two."""
    logout_path: Path = "/logout"
    """Where a browser ends its session. A route with this policy has to match it."""
    post_logout_redirect: Url | None = None
    """Where the provider sends browsers after the logout; without it, to `/` on the host that they came to."""
    refresh: bool = True
    """Ask for new tokens with the refresh token, unseen by anybody, when the old ones expire."""
    session_ttl: Annotated[Duration, Field(ge=timedelta(seconds=1))] = parse_duration("7d")
    """How long a session can be refreshed where the provider does not say."""
    claims_to_headers: Mapping[str, HeaderName] = Field(default_factory=dict)
    """Hand claims to the backend in headers: `{email: x-user-email}`. What a client writes into these is taken off."""
    consumer_claim: str | None = None
    """Find the consumer whose credential `jwt` has the value of this claim as its subject; no such consumer is 401.
    Without it, people need no consumer."""
    forward_token: bool = False
    """Hand the access token to the backend, as `Authorization: Bearer`."""
    cookie: Cookie = Cookie()
    """The cookies of the session."""

    @model_validator(mode="after")
    def _reached(self) -> Oidc:
        if self.redirect_path == self.logout_path:
            raise ValueError("redirect_path and logout_path are two")
        below = self.cookie.path.rstrip("/") + "/"
        if not all(path.startswith(below) for path in (self.redirect_path, self.logout_path)):
            raise ValueError("redirect_path and logout_path are below the path of the cookie")
        if self.asked is not None:
            if urlsplit(_url(self.issuer)).query:
                raise ValueError("an issuer that is asked for its endpoints has no query")
            return self
        return self if self.service else self.model_copy(update={"service": (self.token_endpoint, self.jwks_uri)})

    @property
    def asked(self) -> str | None:
        """The issuer, unless all endpoints that a login needs are written."""
        return None if self.endpoints else self.issuer

    @property
    def endpoints(self) -> Provider | None:
        """The endpoints, if all that a login needs are there."""
        if not (self.authorization_endpoint and self.token_endpoint and self.jwks_uri):
            return None
        return Provider(self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.end_session_endpoint)

    def told(self, provider: Provider) -> Oidc:
        """Return the settings with what *provider* says where nothing is written."""
        whole = Provider(
            self.authorization_endpoint or provider.authorization_endpoint,
            self.token_endpoint or provider.token_endpoint,
            self.jwks_uri or provider.jwks_uri,
            self.end_session_endpoint or provider.end_session_endpoint,
        )
        service = self.service or (whole.token_endpoint, whole.jwks_uri)
        return self.model_copy(update={**asdict(whole), "service": service})
