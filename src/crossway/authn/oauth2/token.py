"""The endpoints that clients call without a user: token, revoke (RFC 7009) and introspect (RFC 7662)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crossway.authn.oauth2 import protocol
from crossway.authn.oauth2.clients import Directory, authenticated
from crossway.authn.oauth2.grants import CODE, REFRESH, Grants
from crossway.authn.oauth2.keys import Keys
from crossway.authn.oauth2.protocol import OAuthError
from crossway.authn.oauth2.tokens import Right, access_token, read
from crossway.authn.verdict import Answer, Request
from crossway.model import Grant, OAuth2Client
from crossway.policies.oauth2_server import OAuth2Server

INACTIVE = protocol.answer({"active": False})


@dataclass(frozen=True, slots=True)
class Tokens:
    """The endpoints of one server."""

    settings: OAuth2Server
    namespace: str
    directory: Directory
    grants: Grants
    keys: Keys

    async def token(self, request: Request, now: datetime) -> Answer:
        """Return tokens, or an error (RFC 6749, section 5)."""
        form = protocol.form(request)
        client = await authenticated(request, form, self.directory, now)
        try:
            grant = Grant(protocol.needed(form, "grant_type"))
        except ValueError:
            raise OAuthError("unsupported_grant_type", "the grant_type is unknown") from None
        if grant not in client.allowed:
            raise OAuthError("unauthorized_client", f"the client may not use {grant}")
        match grant:
            case Grant.CLIENT_CREDENTIALS:
                scope = protocol.scopes(form.get("scope"), allowed=client.scopes, known=self.settings.scopes)
                family = secrets.token_urlsafe(16)
                right = Right(self.namespace, self.settings.issuer, client.client_id, scope, family)
            case Grant.AUTHORIZATION_CODE:
                right = await self._by_code(form, client)
            case Grant.REFRESH_TOKEN:
                right = await self._by_refresh_token(form, client, now)
        content: dict[str, object] = {
            "access_token": access_token(right, self.settings, self.keys, now),
            "token_type": "Bearer",
            "expires_in": int(self.settings.access_token_lifetime.total_seconds()),
            "scope": right.scope,
        }
        if right.consumer is not None and Grant.REFRESH_TOKEN in client.allowed:
            content["refresh_token"] = await self.grants.refresh_token(right)
        return protocol.answer(content, headers=(("pragma", "no-cache"),))

    async def _by_code(self, form: Mapping[str, str], client: OAuth2Client) -> Right:
        code, verifier = protocol.needed(form, "code"), protocol.needed(form, "code_verifier")
        issued = await self.grants.redeem(code, CODE, client.client_id, self.settings.issuer)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not hmac.compare_digest(challenge, str(issued.content["challenge"])):
            raise OAuthError("invalid_grant", "the code_verifier does not fit the code")
        if form.get("redirect_uri", issued.content["redirect_uri"]) != issued.content["redirect_uri"]:
            raise OAuthError("invalid_grant", "the redirect_uri is not that of the code")
        return Right.of(issued.content)

    async def _by_refresh_token(self, form: Mapping[str, str], client: OAuth2Client, now: datetime) -> Right:
        token = protocol.needed(form, "refresh_token")
        known = await self.grants.known(token, REFRESH)
        before = str(known.content["scope"]).split() if known is not None else []
        scope = protocol.scopes(form.get("scope"), allowed=before, known=before) if known is not None else ""
        issued = await self.grants.redeem(token, REFRESH, client.client_id, self.settings.issuer)
        right = Right.of(issued.content)
        if not self._is_there(right.consumer, right.credential, now):
            raise OAuthError("invalid_grant", "the user is not known any more")
        left = [one for one in scope.split() if one in client.scopes and one in self.settings.scopes]
        return replace(right, scope=" ".join(left))

    async def revoke(self, request: Request, now: datetime) -> Answer:
        """End what a token belongs to; one that is unknown needs no end (RFC 7009, section 2.2)."""
        form = protocol.form(request)
        client = await authenticated(request, form, self.directory, now)
        token = protocol.needed(form, "token")
        found = read(token, self.settings.issuer, self.namespace, self.keys, now)
        if found is not None:
            owner, family = found.right.client, found.right.family
        elif (issued := await self.grants.known(token, REFRESH)) is not None:
            owner, family = Right.of(issued.content).client, issued.family
        else:
            return Answer(200, protocol.NO_STORE)
        if owner == client.client_id:
            await self.grants.end(family)
        return Answer(200, protocol.NO_STORE)

    async def introspect(self, request: Request, now: datetime) -> Answer:
        """Say what a token is good for, to a client that has a secret."""
        form = protocol.form(request)
        client = await authenticated(request, form, self.directory, now)
        if client.client_secret is None:
            raise OAuthError("unauthorized_client", "a client without a secret may not ask", 403)
        token = protocol.needed(form, "token")
        found = read(token, self.settings.issuer, self.namespace, self.keys, now)
        if found is not None:
            right = found.right
            if await self.grants.has_ended(right.family):
                return INACTIVE
            told = {**found.claims, "token_type": "Bearer"}
        else:
            issued = await self.grants.known(token, REFRESH)
            if issued is None or issued.used or issued.content["issuer"] != self.settings.issuer:
                return INACTIVE
            right = Right.of(issued.content)
            told = {"client_id": right.client, "scope": right.scope, "exp": int(issued.until.timestamp())}
            told |= {"sub": right.consumer, "iss": right.issuer}
        if right.namespace != self.namespace or self.directory.client(right.client, now) is None:
            return INACTIVE
        if right.consumer is not None:
            if not self._is_there(right.consumer, right.credential, now):
                return INACTIVE
            told["username"] = right.consumer
        return protocol.answer({"active": True, **told})

    def _is_there(self, consumer: str | None, credential: str | None, now: datetime) -> bool:
        return self.directory.user(consumer or "", credential or "", now) is not None
