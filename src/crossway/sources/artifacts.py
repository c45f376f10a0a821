"""Artifacts: files that policies name by URL and checksum are fetched, and kept under their checksum.

The law: what has the right checksum is good for ever, whatever becomes of the URL. All else is as good as nothing, and
is asked for again.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from crossway.errors import RemoteError
from crossway.model import Artifact, Artifacts, Silent

LARGEST: Final = 16 << 20
"""Bytes of a file: each proxy gets it again whenever the routes that use it change."""
WITHIN: Final = 60.0
"""Seconds that fetching may take."""
FIRST_WITHIN: Final = 5.0
"""Seconds that whoever names a file for the first time waits for it."""
SHORTEST, LONGEST = 1.0, 60.0
"""Seconds after which one that could not be had is asked for again: the first time, and at most."""


class Fetcher:
    """Fetches the files that somebody names, and keeps them in a *directory*."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._wanted: frozenset[Artifact] = frozenset()
        self._known: dict[Artifact, bytes] = {}
        self._silent: dict[Artifact, Silent] = {}
        self._due: dict[Artifact, float] = {}
        self._pauses: dict[Artifact, float] = {}
        self._news = asyncio.Event()

    async def find(self, artifacts: frozenset[Artifact]) -> Artifacts:
        """Return what became of fetching *artifacts*, and fetch these and no others from now on.

        Those that were never asked for before are waited for, and for a few seconds only.
        """
        self._wanted = artifacts
        for about in (self._known, self._silent, self._due, self._pauses):
            for gone in about.keys() - artifacts:  # it is a new one when it comes back
                about.pop(gone, None)
        await asyncio.to_thread(self._tidy, {artifact.sha256 for artifact in artifacts})
        self._news.set()
        await self._fetch(artifacts - self._known.keys() - self._due.keys(), FIRST_WITHIN)
        answers: dict[Artifact, bytes | Silent] = {**self._silent, **self._known}
        return {artifact: answers[artifact] for artifact in sorted(artifacts & answers.keys())}

    async def run(self, publish: Callable[[], Awaitable[None]]) -> None:
        """Fetch whenever it is time until cancelled; *publish* is called when `find` has another answer."""
        now = asyncio.get_running_loop().time
        while True:
            self._news.clear()
            before = {**self._silent, **self._known}
            missing = self._wanted - self._known.keys()
            await self._fetch({artifact for artifact in missing if self._due.get(artifact, 0.0) <= now()}, WITHIN)
            if {**self._silent, **self._known} != before:
                await publish()
            dues = [self._due.get(artifact, 0.0) for artifact in self._wanted - self._known.keys()]
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(dues, default=None)):
                    await self._news.wait()

    async def _fetch(self, artifacts: set[Artifact] | frozenset[Artifact], within: float) -> None:
        async with asyncio.TaskGroup() as tasks:
            for artifact in artifacts:
                tasks.create_task(self._fetch_one(artifact, within))

    async def _fetch_one(self, artifact: Artifact, within: float) -> None:
        now = asyncio.get_running_loop().time
        pause = self._pauses.get(artifact, SHORTEST)
        self._due[artifact] = now() + within
        try:
            content = await asyncio.to_thread(self._kept, artifact)
            if content is None:
                async with asyncio.timeout(within):
                    content = await fetch(artifact)
                with suppress(OSError):  # it is fetched again after a restart
                    await asyncio.to_thread(self._keep, artifact, content)
        except (TimeoutError, RemoteError) as error:
            self._silent[artifact] = Silent(str(error) or f"it did not come within {within:.3g} s")
            self._due[artifact] = now() + pause
            self._pauses[artifact] = min(2 * pause, LONGEST)
        else:
            self._known[artifact] = content
            self._silent.pop(artifact, None)

    def _kept(self, artifact: Artifact) -> bytes | None:
        with suppress(OSError):
            content = (self._directory / artifact.sha256).read_bytes()
            if sha256(content).hexdigest() == artifact.sha256:
                return content
        return None

    def _keep(self, artifact: Artifact, content: bytes) -> None:
        self._directory.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as beside:
            beside.write(content)
        Path(beside.name).replace(self._directory / artifact.sha256)

    def _tidy(self, checksums: set[str]) -> None:
        with suppress(OSError):
            for file in self._directory.iterdir():
                if file.name not in checksums:
                    file.unlink(missing_ok=True)


async def fetch(artifact: Artifact) -> bytes:
    """Return what *artifact* holds; `RemoteError` if it is not to be had, too large, or another than its checksum says.

    Redirects are followed: the checksum says whether it is the right file, wherever it comes from.
    """
    import httpx  # large, and most have nothing to fetch

    verify = await asyncio.to_thread(_authorities)
    checksum, content = sha256(), bytearray()
    try:
        async with (
            httpx.AsyncClient(verify=verify, timeout=WITHIN, trust_env=False, follow_redirects=True) as client,
            client.stream("GET", artifact.url, headers={"accept-encoding": "identity"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise RemoteError(f"the answer is {answer.status_code}")
            async for chunk in answer.aiter_raw():
                content += chunk
                checksum.update(chunk)
                if len(content) > LARGEST:
                    raise RemoteError(f"it has more than {LARGEST:,} bytes")
    except httpx.TimeoutException:
        raise RemoteError("there is no answer") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RemoteError(f"it cannot be read: {error}") from error
    if checksum.hexdigest() != artifact.sha256:
        raise RemoteError(f"its checksum is {checksum.hexdigest()}")
    return bytes(content)


@cache
def _authorities() -> ssl.SSLContext:
    """Return what trusts the authorities of this machine."""
    return ssl.create_default_context()
