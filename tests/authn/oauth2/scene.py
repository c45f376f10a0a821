"""A server with clients and users, without a proxy before it."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from authn.scene import Clock, roster, store
from crossway.authn.oauth2.keys import Keys
from crossway.authn.oauth2.server import Server
from crossway.authn.verdict import Answer, Request
from crossway.compile.checks import Asked
from crossway.identity.vault import Vault
from crossway.policies.oauth2_server import OAuth2Server

NOW = datetime(2026, 11, 22, tzinfo=UTC)
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BACK = "https://app.test/back"
CLIENTS = [
    {"client_id": "svc", "client_secret": "secret", "scopes": ["a", "b"]},
    {"client_id": "app", "redirect_uris": [BACK], "scopes": ["a"]},
    {"client_id": "once", "redirect_uris": [BACK], "grants": ["authorization_code"]},
]
FORM = ("content-type", "application/x-www-form-urlencoded")


class Scene:
    """The server, as clients and browsers see it."""

    def __init__(self, server: Server, clock: Clock, settings: OAuth2Server) -> None:
        self.server = server
        self.clock = clock
        self.asked = Asked("oauth2_server", "default", False, settings.model_dump_json())

    async def ask(self, path: str, body: str | None = None, cookie: str = "") -> Answer:
        headers = (*((FORM,) if body is not None else ()), *((("cookie", cookie),) if cookie else ()))
        method = "GET" if body is None else "POST"
        answer = await self.server(Request(method, "http", "a.test", path, headers, (body or "").encode()), self.asked)
        assert isinstance(answer, Answer)
        return answer

    async def post(self, endpoint: str, **form: str) -> tuple[int, dict[str, object]]:
        answer = await self.ask(f"/{endpoint}", urlencode(form))
        return answer.status, json.loads(answer.body or "{}")

    async def code(self, client: str = "app", **asked: str) -> str:
        """Return a code that a user allowed."""
        path = asking(client_id=client, **asked)
        page = dict((await self.ask(path)).headers)
        cookie = page["set-cookie"].partition(";")[0]
        form = {"csrf": cookie.partition("=")[2], "decision": "allow", "username": "ada", "password": "pw"}
        return back(await self.ask(path, urlencode(form), cookie))["code"]


def asking(**asked: str) -> str:
    wanted = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": BACK,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"/authorize?{urlencode(wanted | asked)}"


def back(answer: Answer) -> dict[str, str]:
    """Return what a client is told."""
    assert answer.status == 303
    query = urlsplit(dict(answer.headers)["location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


@asynccontextmanager
async def serving(directory: Path, **settings: object) -> AsyncIterator[Scene]:
    """Give a server."""
    clock = Clock(NOW)
    spec = OAuth2Server.model_validate({"issuer": "http://a.test", "scopes": {"a": "A", "b": "B"}, **settings})
    known = roster(shop={"oauth2": CLIENTS}, alice={"basic_auth": [{"username": "ada", "password": "pw"}]})
    async with store(directory, clock) as kept:
        keys = Keys(kept, Vault.open(directory / "key"), clock)
        yield Scene(Server(known, kept, keys, clock), clock, spec)
