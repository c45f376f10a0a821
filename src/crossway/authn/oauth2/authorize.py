"""The authorization endpoint (RFC 6749, section 3.1): a user logs in, agrees, and is sent back with a code.

Whoever can choose where a user is sent to has the code, so nothing is sent anywhere before client and redirect URI are
known to belong together. A form counts only with the token that its page gave to this browser, in a cookie that no
other site can have sent (CSRF).
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from crossway.authn.oauth2 import protocol
from crossway.authn.oauth2.clients import Directory, is_redirect
from crossway.authn.oauth2.grants import Grants
from crossway.authn.oauth2.page import error_page, login_page
from crossway.authn.oauth2.protocol import OAuthError
from crossway.authn.oauth2.tokens import Right
from crossway.authn.throttle import WHILE, Throttle
from crossway.authn.verdict import Answer, Request
from crossway.model import Grant, OAuth2Client
from crossway.policies.oauth2_server import OAuth2Server

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks a user for."""

    client: OAuth2Client
    redirect_uri: str
    state: str | None
    scope: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Authorization:
    """The endpoint of one server."""

    settings: OAuth2Server
    namespace: str
    directory: Directory
    grants: Grants
    throttle: Throttle

    async def answer(self, request: Request, now: datetime) -> Answer:
        """Return the page, or where the user is sent."""
        try:
            query = protocol.fields(urlsplit(request.path).query)
        except OAuthError as error:
            return error_page(f"The request is wrong: {error.description}.")
        client = self.directory.client(query.get("client_id"), now)
        redirect_uri = query.get("redirect_uri", "")
        if client is None or not is_redirect(redirect_uri, client):
            return error_page("The application is unknown, or asks to be answered at a place that is not its own.")
        try:
            wanted = self._wanted(query, client, redirect_uri)
            if request.method == "POST":
                return await self._decided(request, wanted, now)
        except OAuthError as error:
            return self._back(redirect_uri, query.get("state"), error=error.code, error_description=error.description)
        return self._page(wanted)

    def _wanted(self, query: Mapping[str, str], client: OAuth2Client, redirect_uri: str) -> Wanted:
        if Grant.AUTHORIZATION_CODE not in client.allowed:
            raise OAuthError("unauthorized_client", "the client may not ask users")
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response_type is code")
        challenge = query.get("code_challenge", "")
        if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
            raise protocol.invalid_request("PKCE is needed: code_challenge, with code_challenge_method S256")
        scope = protocol.scopes(query.get("scope"), allowed=client.scopes, known=self.settings.scopes)
        return Wanted(client, redirect_uri, query.get("state"), scope, challenge)

    async def _decided(self, request: Request, wanted: Wanted, now: datetime) -> Answer:
        form = protocol.form(request)
        token = self._cookie(request)
        if token is None or not hmac.compare_digest(token.encode(), form.get("csrf", "").encode()):
            return self._page(wanted, "The page was too old. Please try again.", 403)
        if form.get("decision") != "allow":
            raise OAuthError("access_denied", "the user does not agree")
        name = form.get("username", "")
        attempt = self.namespace, name
        if self.throttle.is_closed(attempt, now):
            page = self._page(wanted, "This was tried too often. Please wait some minutes.", 429)
            return Answer(429, (*page.headers, ("retry-after", str(round(WHILE.total_seconds())))), page.body)
        user = self.directory.logged_in(name, form.get("password", ""), now)
        if user is None:
            self.throttle.failed(attempt, now)
            return self._page(wanted, "The name or the password is wrong.", 403)
        right = Right(
            self.namespace,
            self.settings.issuer,
            wanted.client.client_id,
            wanted.scope,
            secrets.token_urlsafe(16),
            user.consumer,
            user.credential,
        )
        code = await self.grants.code(right, wanted.redirect_uri, wanted.challenge)
        return self._back(wanted.redirect_uri, wanted.state, code=code)

    def _page(self, wanted: Wanted, wrong: str = "", status: int = 200) -> Answer:
        token = secrets.token_urlsafe(16)
        scopes = [(scope, self.settings.scopes[scope]) for scope in wanted.scope.split()]
        body, headers = login_page(wanted.client.client_id, scopes, token, wanted.redirect_uri, wrong)
        secure = "; Secure" if self._is_secure else ""
        cookie = f"{self._cookie_name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}"
        return Answer(status, (*headers, ("set-cookie", cookie)), body)

    def _back(self, redirect_uri: str, state: str | None, **parameters: str) -> Answer:
        """Send the user back to the client, with who sends them (RFC 9207)."""
        said = parameters | ({"state": state} if state is not None else {}) | {"iss": self.settings.issuer}
        mark = "&" if "?" in redirect_uri else "?"
        location = f"{redirect_uri}{mark}{urlencode(said)}"
        return Answer(303, (("location", location), *protocol.NO_STORE, ("referrer-policy", "no-referrer")))

    @property
    def _is_secure(self) -> bool:
        return self.settings.issuer.startswith("https:")

    @property
    def _cookie_name(self) -> str:
        return "__Host-crossway-login" if self._is_secure else "crossway-login"

    def _cookie(self, request: Request) -> str | None:
        for line in request.values("cookie"):
            for pair in line.split(";"):
                name, _, value = pair.strip().partition("=")
                if name == self._cookie_name and value:
                    return value
        return None
