"""The authorization server of a route: which endpoint a request is for, and its answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from crossway.authn.oauth2 import protocol
from crossway.authn.oauth2.authorize import Authorization
from crossway.authn.oauth2.clients import directory
from crossway.authn.oauth2.grants import Grants, GrantStore
from crossway.authn.oauth2.keys import Keys
from crossway.authn.oauth2.protocol import OAuthError
from crossway.authn.oauth2.token import Tokens
from crossway.authn.roster import Known, Roster
from crossway.authn.throttle import Throttle
from crossway.authn.verdict import Answer, Request, Verdict
from crossway.compile.checks import Asked
from crossway.model import Grant
from crossway.policies.oauth2_server import OAuth2Server

WELL_KNOWN: Final = "/.well-known/oauth-authorization-server"
METHODS: Final = {
    "authorize": ("GET", "POST"),
    "token": ("POST",),
    "revoke": ("POST",),
    "introspect": ("POST",),
    "jwks": ("GET", "HEAD"),
    "metadata": ("GET", "HEAD"),
}
"""The endpoints, with the methods that each has."""
_KEPT: Final = (("cache-control", "public, max-age=3600"),)
"""How long keys and metadata may be kept: far less than a key is published before it is used."""


class Server:
    """The method `oauth2_server`."""

    def __init__(self, roster: Roster, grants: GrantStore, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._directories = Known(roster, directory)
        self._store = grants
        self._keys = keys
        self._clock = clock
        self._throttle = Throttle()

    async def __call__(self, request: Request, asked: Asked) -> Verdict:
        """Return the answer to *request*."""
        settings = _settings(asked.settings)
        endpoint = endpoint_of(request.path, settings.issuer)
        if endpoint is None:
            return Answer.problem(404, "there is no such endpoint", request)
        if request.method not in METHODS[endpoint]:
            allow = (("allow", ", ".join(METHODS[endpoint])),)
            return Answer.problem(405, f"the endpoint has the methods {allow[0][1]}", request, allow)
        try:
            return await self._answer(endpoint, request, settings, asked.namespace)
        except OAuthError as error:
            return error.answer()

    async def _answer(self, endpoint: str, request: Request, settings: OAuth2Server, namespace: str) -> Answer:
        await self._keys.ready()
        now = self._clock()
        known = self._directories.of(namespace)
        grants = Grants(self._store, settings.refresh_token_lifetime, self._clock)
        tokens = Tokens(settings, namespace, known, grants, self._keys)
        match endpoint:
            case "authorize":
                return await Authorization(settings, namespace, known, grants, self._throttle).answer(request, now)
            case "token":
                return await tokens.token(request, now)
            case "revoke":
                return await tokens.revoke(request, now)
            case "introspect":
                return await tokens.introspect(request, now)
            case "jwks":
                return Answer(200, (("content-type", "application/jwk-set+json"), *_KEPT), self._keys.public)
        told = protocol.answer(metadata(settings))
        return Answer(200, (("content-type", "application/json"), *_KEPT), told.body)


@lru_cache(maxsize=1024)
def _settings(text: str) -> OAuth2Server:
    return OAuth2Server.model_validate_json(text)


def endpoint_of(path: str, issuer: str) -> str | None:
    """Return which endpoint of *issuer* the *path* of a request leads to, if it is one."""
    asked, base = path.partition("?")[0], urlsplit(issuer).path
    if asked in (f"{WELL_KNOWN}{base}", f"{base}{WELL_KNOWN}"):
        return "metadata"
    name = asked.removeprefix(f"{base}/")
    return name if asked == f"{base}/{name}" and name in METHODS and name != "metadata" else None


def metadata(settings: OAuth2Server) -> dict[str, object]:
    """Return what clients have to know of the server (RFC 8414, section 2)."""
    issuer = settings.issuer
    secret = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(settings.scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [str(grant) for grant in Grant],
        "token_endpoint_auth_methods_supported": [*secret, "none"],
        "revocation_endpoint_auth_methods_supported": [*secret, "none"],
        "introspection_endpoint_auth_methods_supported": secret,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
