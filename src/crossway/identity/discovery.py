"""Discovery: providers are asked where their endpoints are (OpenID Connect Discovery 1.0).

The law: what a provider has said once is good until it says something else. One that is away, or answers nonsense,
changes nothing of that, and it is asked again, also after a restart.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, TypeAdapter, ValidationError

from crossway.errors import RemoteError
from crossway.model import Provider, Providers, Ref, Service, Silent

WELL_KNOWN: Final = "/.well-known/openid-configuration"
LARGEST: Final = 1 << 18
"""Bytes of an answer that are read."""
WITHIN: Final = 5.0
"""Seconds that an answer may take."""
FIRST_WITHIN: Final = 3.0
"""Seconds that whoever names a provider for the first time waits for it."""
REFRESH: Final = 3600.0
"""Seconds after which a provider that answered is asked again."""
SHORTEST, LONGEST = 1.0, 60.0
"""Seconds after which one that did not answer is asked again: the first time, and at most."""

_HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity"}


def _reachable(url: str) -> str:
    if urlsplit(url).scheme not in {"https", "http"}:
        raise ValueError("it is no URL of a website")
    Service.model_validate(Ref.parse("services", url, "").name)
    return url


_Url = Annotated[str, AfterValidator(_reachable)]


class _Metadata(BaseModel):
    """What is read of the document (section 3, and RP-Initiated Logout 1.0, section 2.1)."""

    issuer: str
    authorization_endpoint: _Url
    token_endpoint: _Url
    jwks_uri: _Url
    end_session_endpoint: _Url | None = None


_KEPT: Final = TypeAdapter(dict[str, Provider])


class Discovery:
    """Asks the providers that somebody names, and remembers in the file *kept* what they said."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._wanted: frozenset[str] = frozenset()
        self._known: dict[str, Provider] = _read(kept)
        self._silent: dict[str, Silent] = {}
        self._due: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._news = asyncio.Event()

    async def find(self, issuers: frozenset[str]) -> Providers:
        """Return what the providers of *issuers* said, and ask these and no others from now on.

        Those that were never asked before are waited for, and for a few seconds only.
        """
        self._wanted = issuers
        for gone in self._due.keys() - issuers:  # it is a new one when it comes back
            for about in (self._due, self._pauses, self._silent):
                about.pop(gone, None)
        self._news.set()
        await self._ask(issuers - self._known.keys() - self._due.keys(), FIRST_WITHIN)
        answers: dict[str, Provider | Silent] = {**self._silent, **self._known}
        return {issuer: answers[issuer] for issuer in sorted(issuers & answers.keys())}

    async def run(self, publish: Callable[[], Awaitable[None]]) -> None:
        """Ask whenever it is time until cancelled; *publish* is called when `find` has another answer."""
        now = asyncio.get_running_loop().time
        while True:
            self._news.clear()
            before = {**self._silent, **self._known}
            await self._ask({issuer for issuer in self._wanted if self._due.get(issuer, 0.0) <= now()}, WITHIN)
            if {**self._silent, **self._known} != before:
                await publish()
            dues = [self._due.get(issuer, 0.0) for issuer in self._wanted]
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(dues, default=None)):
                    await self._news.wait()

    async def _ask(self, issuers: set[str] | frozenset[str], within: float) -> None:
        known = dict(self._known)
        async with asyncio.TaskGroup() as tasks:
            for issuer in issuers:
                tasks.create_task(self._ask_one(issuer, within))
        if self._known != known:
            with suppress(OSError):  # it is asked again after a restart
                await asyncio.to_thread(_write, self._kept, {**self._known})

    async def _ask_one(self, issuer: str, within: float) -> None:
        now = asyncio.get_running_loop().time
        pause = self._pauses.get(issuer, SHORTEST)
        self._due[issuer] = now() + within
        try:
            async with asyncio.timeout(within):
                self._known[issuer] = await discover(issuer)
        except (TimeoutError, RemoteError) as error:
            self._silent[issuer] = Silent(str(error) or "it does not answer")
            self._due[issuer] = now() + pause
            self._pauses[issuer] = min(2 * pause, LONGEST)
        else:
            self._due[issuer] = now() + REFRESH
            self._pauses.pop(issuer, None)


async def discover(issuer: str) -> Provider:
    """Return what the provider of *issuer* says of itself; `RemoteError` if it says nothing that can be used.

    No redirect is followed: what is asked for is what answers (section 4).
    """
    import httpx  # large, and most have nothing to discover

    url = issuer.removesuffix("/") + WELL_KNOWN
    verify = await asyncio.to_thread(_authorities)
    try:
        async with (
            httpx.AsyncClient(verify=verify, timeout=WITHIN, trust_env=False) as client,
            client.stream("GET", url, headers=_HEADERS) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise RemoteError(f"{url} answers {answer.status_code}")
            content = bytearray()
            async for chunk in answer.aiter_raw():
                content += chunk
                if len(content) > LARGEST:
                    raise RemoteError(f"{url} answers more than {LARGEST:,} bytes")
    except httpx.TimeoutException:
        raise RemoteError(f"{url} does not answer") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RemoteError(f"{url} cannot be read: {error}") from error
    return _provider(issuer, url, bytes(content))


def _provider(issuer: str, url: str, content: bytes) -> Provider:
    try:
        said = _Metadata.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RemoteError(f"{url} is no description of a provider: {where or 'it'}: {first['msg']}") from None
    if said.issuer != issuer:
        raise RemoteError(f"{url} describes another issuer, {said.issuer[:200]!r}")
    return Provider(said.authorization_endpoint, said.token_endpoint, said.jwks_uri, said.end_session_endpoint)


@cache
def _authorities() -> ssl.SSLContext:
    """Return what trusts the authorities of this machine."""
    return ssl.create_default_context()


def _read(kept: Path) -> dict[str, Provider]:
    """Return what was said before a restart; nothing if there is no such file, or one that cannot be read."""
    with suppress(OSError, ValidationError):
        return _KEPT.validate_json(kept.read_bytes())
    return {}


def _write(kept: Path, known: dict[str, Provider]) -> None:
    with tempfile.NamedTemporaryFile(dir=kept.parent, prefix=f".{kept.name}.", delete=False) as beside:
        beside.write(_KEPT.dump_json(known))
    Path(beside.name).replace(kept)
