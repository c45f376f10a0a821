"""OpenID Connect: a provider as a process of its own, and a browser that logs in there.

The browser has a jar of cookies for each origin, and returns `Secure` ones on loopback, as browsers do.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from harness.ports import free_port

USERS = {"alice": {"email": "alice@example.org"}, "bob": {}}
PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"


class Provider:
    """A running ``oidc-provider-mock``; its tokens are good for *seconds*.

    When it *renews* them, there is an identity token among them, as with most providers; the mock itself has none.
    """

    def __init__(self, seconds: int, *, renews: bool = True, port: int = 0) -> None:
        self.port = port or free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.openid", str(self.port), str(seconds), str(renews)],
            cwd=Path(__file__).parents[1],
            env=os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        assert any("Uvicorn running" in line for line in self._process.stderr)

    @property
    def issuer(self) -> str:
        """Where it is, and who it is."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def provider(seconds: int = 600, *, renews: bool = True, port: int = 0) -> Iterator[Provider]:
    """Give a provider; the arguments are those of `Provider`."""
    running = Provider(seconds, renews=renews, port=port)
    try:
        yield running
    finally:
        running.stop()


@dataclass(frozen=True)
class Page:
    """What a browser was answered."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that a backend was shown, from the JSON of an echo."""
        return dict(part.split("=", 1) for part in self.json["headers"].get("cookie", "").split("; ") if part)

    @property
    def query(self) -> dict[str, str]:
        """The query of where it redirects to."""
        return dict(parse_qsl(urlsplit(self.headers["location"]).query))


@dataclass
class Browser:
    """A browser of one person."""

    jars: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Page:
        """Ask for *url*, and follow no redirect."""
        parts = urlsplit(url)
        jar = self.jars.setdefault(parts.netloc, {})
        sent = {"accept": PAGE} | dict(headers or {})
        if jar:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if form is not None:
            sent["content-type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(parts.netloc, timeout=15)
        try:
            path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request(method, path, urlencode(form) if form is not None else None, sent)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                _keep(jar, value)
        return Page(url, answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)

    def open(self, url: str) -> Page:
        """Ask for *url*, and follow redirects to their end."""
        page = self.get(url)
        for _ in range(10):
            if page.status not in {302, 303}:
                return page
            page = self.get(urljoin(page.url, page.headers["location"]))
        raise AssertionError(f"redirected for ever, at last to {page.url}")

    def consent(self, url: str, user: str = "alice") -> Page:
        """Go to the provider from *url*, log in as *user*, and return where the provider redirects to."""
        form = self.open(url)
        assert b"<form" in form.body, form
        return self.get(form.url, method="POST", form={"sub": user})

    def log_in(self, url: str, user: str = "alice") -> Page:
        """Log in as *user* on the way to *url*, and return what is there."""
        return self.open(self.consent(url, user).headers["location"])


def _keep(jar: dict[str, str], cookie: str) -> None:
    pair, *attributes = cookie.split(";")
    name, _, value = pair.partition("=")
    gone = {"max-age=0", "expires=thu, 01 jan 1970 00:00:00 gmt"}
    if gone & {attribute.strip().lower() for attribute in attributes}:
        jar.pop(name, None)
    else:
        jar[name] = value


def _serve(port: int, seconds: int, *, renews: bool) -> None:
    import uvicorn
    from authlib.oidc.core.grants.util import generate_id_token
    from oidc_provider_mock import User, _app

    class Renewing(_app.RefreshTokenGrant):
        def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
            status, body, headers = super().create_token_response()
            body["id_token"] = generate_id_token(
                body,
                {"sub": self.request.user.sub},
                key=_app.storage.jwk.as_dict(is_private=True),
                alg="RS256",
                iss=f"http://127.0.0.1:{port}",
                aud=[self.client.get_client_id()],
                exp=seconds,
            )
            return status, body, headers

    if renews:
        _app.RefreshTokenGrant = Renewing
    users = [User(sub=sub, claims=claims) for sub, claims in USERS.items()]
    app = _app.app(access_token_max_age=timedelta(seconds=seconds), user_claims=users)
    uvicorn.run(app, interface="wsgi", host="127.0.0.1", port=port)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]), renews=sys.argv[3] == "True")
