"""Questions to a Crossway, over its admin API.

Without ``--admin`` it is the one on this machine that has the data directory, over the Unix socket in there; whoever
may open that needs no token. If none runs, the same API is served in this process, from the directory itself: no verb
knows the difference.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from crossway.cli.connection import PATIENCE, UnixConnection, is_served, wait_as_long_as_it_takes
from crossway.cli.options import Where
from crossway.cli.terminal import say
from crossway.errors import Conflict, CrosswayError, NotFound, RemoteError, UserError

PORT: Final = 7070
"""Where the admin API is unless it is told otherwise."""
HEAD: Final = "head"
SOCKET: Final = "admin.sock"
TOKEN: Final = "CROSSWAY_TOKEN"
LARGEST_PAGE: Final = 1000
"""Items that the API answers at once."""
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
LINES: Final = "application/x-ndjson"

Plain = Mapping[str, Any]
"""An object of JSON. What it holds, the API reference says: a type here could not make another Crossway keep to it."""


@dataclass(frozen=True, slots=True)
class Crossway:
    """One Crossway that can be asked.

    Every method raises `RemoteError` if it does not answer or cannot, and `UserError` for what it turns down:
    `Conflict` if somebody else was quicker, `NotFound` for what is not there.
    """

    name: str
    """What to call it in a sentence."""
    connect: Callable[[], http.client.HTTPConnection]
    prefix: str = ""
    """What its paths begin with."""
    token: str = ""
    runs: bool = True
    """Whether it has proxies to give a change to, or but keeps it."""

    def ask(self, path: str, **query: object) -> Plain:
        """Return what ``GET path`` answers."""
        return self.send("GET", path, query=query)

    def items(self, path: str, page: str, limit: int | None = None, **query: object) -> Iterator[Plain]:
        """Yield the items of a list, at most *limit*, page by page; *page* is the parameter that asks for the next."""
        left = limit
        position = None
        while left is None or left > 0:
            answer = self.ask(
                path, **query, **{page: position, "limit": LARGEST_PAGE if left is None else min(left, LARGEST_PAGE)}
            )
            yield from answer["items"][:left]
            position = answer.get("next")
            if left is not None:
                left -= len(answer["items"])
            if position is None:
                return

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> Plain:
        """Return what a request answers, empty if that is. What is refused with a reason is an answer too."""
        with self._request(method, path, query or {}, body, headers) as response:
            content = response.read()
        try:
            said: Plain = json.loads(content or b"{}")
        except ValueError:
            raise RemoteError(
                f"{self.name} answers with status {response.status} and no JSON: is it Crossway?"
            ) from None
        return said

    def follow(self, path: str, body: object) -> Iterator[Plain]:
        """Yield the lines that ``POST path`` answers, each as soon as it is there."""
        with self._request("POST", path, {}, body, accept=LINES) as response:
            for line in response:
                said = json.loads(line)
                if "problem" in said:
                    raise self._problem(int(said["problem"].get("status", 500)), said["problem"])
                yield said

    @contextmanager
    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        body: object = None,
        headers: Mapping[str, str] | None = None,
        accept: str = JSON,
    ) -> Iterator[http.client.HTTPResponse]:
        asked = urlencode({key: _word(value) for key, value in query.items() if value is not None})
        sent = {"Accept": accept, **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        content = None
        if body is not None:
            sent["Content-Type"] = JSON
            content = json.dumps(body).encode()
        try:
            with closing(self.connect()) as connection:
                connection.connect()
                if method != "GET":
                    wait_as_long_as_it_takes(connection.sock)
                connection.request(method, self.prefix + path + (f"?{asked}" if asked else ""), content, sent)
                response = connection.getresponse()
                self._check(response, path)
                yield response
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            raise self._silence(error) from None

    def _silence(self, error: Exception) -> RemoteError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if isinstance(error, ssl.SSLCertVerificationError):
            return RemoteError(
                f"the certificate of {self.name} cannot be trusted ({error.verify_message}): "
                f"name the authority that issued it with --ca"
            )
        if isinstance(error, (ConnectionRefusedError, socket.gaierror, FileNotFoundError)):
            return RemoteError(
                f"nobody answers at {self.name} ({reason}): is `crossway run` running, and --admin right?"
            )
        return RemoteError(f"{self.name} broke off, or is no Crossway ({reason})")

    def _check(self, response: http.client.HTTPResponse, path: str) -> None:
        """Raise what the answer says if it is no answer to the question."""
        kind = response.headers.get_content_type()
        if kind == PROBLEM:
            problem = json.loads(response.read())
            if problem["detail"] != HTTPStatus.NOT_FOUND.phrase:  # else there is nobody behind this path
                raise self._problem(response.status, problem)
        if response.status == HTTPStatus.NOT_FOUND:
            raise UserError(
                f"{self.name} has no {path}: only a control plane can say that, and only one that is not too old"
            )
        if response.status >= HTTPStatus.BAD_REQUEST and kind != JSON:
            raise RemoteError(f"{self.name} answers with status {response.status}: is it Crossway?")

    def _problem(self, status: int, problem: Plain) -> CrosswayError:
        """Return a problem document (RFC 9457) as an exception."""
        wrong = [f"{one['path']}: {one['message']}" for one in problem.get("errors", ())]
        detail = "; ".join(wrong) or str(problem.get("detail") or problem.get("title") or f"status {status}")
        if status == HTTPStatus.UNAUTHORIZED:
            if self.token:
                return UserError(f"{self.name} does not take this token: {detail}")
            return UserError(f"{self.name} wants a token: put it into {TOKEN}, or into a file for --token-file")
        if status == HTTPStatus.FORBIDDEN:
            return UserError(f"this token may not do that: {detail}")
        if status == HTTPStatus.PRECONDITION_FAILED:
            return Conflict(detail)
        if status == HTTPStatus.NOT_FOUND:
            return NotFound(detail)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return RemoteError(f"{self.name} cannot answer: {detail}")
        return UserError(detail)


@contextmanager
def crossway(where: Where, *, alone: bool = True, create: bool = False) -> Iterator[Crossway]:
    """Yield the Crossway that is meant.

    With *alone*, the data directory itself answers if no control plane has it; with *create*, it may be a new one.
    """
    if where.admin:
        yield _at(where)
        return
    path = where.state / SOCKET
    if is_served(path):
        yield at_socket(path, str(where.state))
    elif not alone:
        raise RemoteError(
            f"no Crossway runs on {where.state}: is `crossway run` running, and --state or --admin right?"
        )
    elif not create and not where.state.is_dir():
        raise UserError(
            f"there is no {where.state}, and no Crossway runs on it: are you, and --state or --admin, right?"
        )
    else:
        from crossway.cli.local import served  # slow, and seldom needed

        say(f"no Crossway runs on {where.state}: working on what is kept there")
        with served(where.state) as own:
            yield own


def at_socket(path: Path, name: str, *, runs: bool = True) -> Crossway:
    """Return the Crossway that serves the socket at *path*."""
    return Crossway(name, lambda: UnixConnection(path), runs=runs)


def revision(word: str) -> str:
    """Return *word*, which names a revision: by its number, or the newest that is live as ``head``."""
    if word != HEAD and not word.isdecimal():
        raise UserError(f"{word!r} is no revision: it is a number, or head")
    return word


def segment(*names: str) -> str:
    """Return *names* as segments of a path."""
    return "/".join(quote(name, safe="") for name in names)


def _at(where: Where) -> Crossway:
    """Return the Crossway at an address: over TLS unless it is on this machine, or told otherwise."""
    told = urlsplit(where.admin if "://" in where.admin else f"//{where.admin}")
    try:
        host, port = told.hostname, told.port
    except ValueError:
        host, port = None, None
    if not host or told.scheme not in ("", "http", "https"):
        raise UserError(f"--admin {where.admin} is neither host:port nor a URL with http or https")
    own = _is_loopback(host)
    scheme = told.scheme or ("http" if own else "https")
    token = _token(where)
    if scheme == "http" and token and not own:
        raise UserError(f"the token would be readable on its way to {where.admin}: ask it over https")
    port = port or (443 if told.scheme == "https" else 80 if told.scheme else PORT)
    prefix = told.path.rstrip("/")
    if scheme == "http":
        return Crossway(where.admin, lambda: http.client.HTTPConnection(host, port, timeout=PATIENCE), prefix, token)
    try:
        context = ssl.create_default_context(cafile=where.ca)
    except OSError as error:
        raise UserError(f"--ca {where.ca} cannot be used: {error.strerror or error}") from None
    return Crossway(
        where.admin, lambda: http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context), prefix, token
    )


def _token(where: Where) -> str:
    if where.token_file is None:
        return os.environ.get(TOKEN, "").strip()
    try:
        return where.token_file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UserError(f"--token-file {where.token_file} cannot be read: {reason}") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _word(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
