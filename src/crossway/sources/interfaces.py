"""Interfaces: services are asked what they are, and what they said last is kept.

The law: what a service said holds until it says something else, over a restart too. One that has never said anything
is asked again and again.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from crossway.errors import RemoteError
from crossway.model import Answers, Asked, Pems, Silent
from crossway.model.definition import LARGEST_DEFINITION

WITHIN: Final = 15.0
"""Seconds that a service has for its answer."""
FIRST_WITHIN: Final = 3.0
"""Seconds that whoever names a service for the first time waits for it."""
REFRESH: Final = 300.0
"""Seconds after which one that has answered is asked again."""
SHORTEST, LONGEST = 1.0, 60.0
"""Seconds after which one that has not is asked again: the first time, and at most."""

Wanted = Mapping[Asked, Pems]


class Interfaces:
    """Asks the services that definitions name, and keeps in a *directory* what they said."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._wanted: Wanted = {}
        self._known: dict[Asked, bytes] = {}
        self._silent: dict[Asked, Silent] = {}
        self._due: dict[Asked, float] = {}
        self._pauses: dict[Asked, float] = {}
        self._news = asyncio.Event()

    async def find(self, wanted: Wanted) -> Answers:
        """Return what the services in *wanted* said, and ask these and no others from now on.

        Those that never said anything are waited for, and for a few seconds only.
        """
        self._wanted = wanted
        for about in (self._known, self._silent, self._due, self._pauses):
            for gone in about.keys() - wanted.keys():  # it is a new one when it comes back
                about.pop(gone, None)
        new = [asked for asked in wanted if asked not in self._known and asked not in self._due]
        self._known |= await asyncio.to_thread(self._kept, new, {asked.key for asked in wanted})
        self._news.set()
        await self._ask([asked for asked in new if asked not in self._known], FIRST_WITHIN)
        answers: dict[Asked, bytes | Silent] = {**self._silent, **self._known}
        return {asked: answers[asked] for asked in sorted(wanted, key=repr) if asked in answers}

    async def run(self, publish: Callable[[], Awaitable[None]]) -> None:
        """Ask whenever it is time until cancelled; *publish* is called when `find` has another answer."""
        now = asyncio.get_running_loop().time
        while True:
            self._news.clear()
            before = {**self._silent, **self._known}
            await self._ask([asked for asked in self._wanted if self._due.get(asked, 0.0) <= now()], WITHIN)
            if {**self._silent, **self._known} != before:
                await publish()
            dues = [self._due.get(asked, 0.0) for asked in self._wanted]
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(dues, default=None)):
                    await self._news.wait()

    async def _ask(self, services: Iterable[Asked], within: float) -> None:
        async with asyncio.TaskGroup() as tasks:
            for asked in services:
                tasks.create_task(self._ask_one(asked, within))

    async def _ask_one(self, asked: Asked, within: float) -> None:
        now = asyncio.get_running_loop().time
        pause = self._pauses.get(asked, SHORTEST)
        self._due[asked] = now() + within
        try:
            async with asyncio.timeout(within):
                content = await ask(asked, self._wanted.get(asked, Pems()))
        except (TimeoutError, RemoteError) as error:
            self._silent[asked] = Silent(str(error) or f"{asked.service} did not answer within {within:.3g} s")
            self._due[asked] = now() + pause
            self._pauses[asked] = min(2 * pause, LONGEST)
            return
        self._due[asked] = now() + REFRESH
        self._pauses.pop(asked, None)
        self._silent.pop(asked, None)
        if self._known.get(asked) != content:
            self._known[asked] = content
            with suppress(OSError):  # it is asked again after a restart
                await asyncio.to_thread(self._keep, asked, content)

    def _kept(self, services: Iterable[Asked], keys: set[str]) -> dict[Asked, bytes]:
        """Return what *services* said before a restart, and forget what is under no other than these *keys*."""
        found: dict[Asked, bytes] = {}
        for asked in services:
            with suppress(OSError):
                found[asked] = (self._directory / asked.key).read_bytes()
        with suppress(OSError):
            for file in self._directory.iterdir():
                if file.name not in keys:
                    file.unlink(missing_ok=True)
        return found

    def _keep(self, asked: Asked, content: bytes) -> None:
        self._directory.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as beside:
            beside.write(content)
        Path(beside.name).replace(self._directory / asked.key)


async def ask(asked: Asked, pems: Pems) -> bytes:
    """Return what the service says it is: the first of its endpoints that does. `RemoteError` if none does."""
    reason = "it has no endpoints"
    for address in asked.addresses:
        try:
            if asked.path:
                return await _fetch(asked, address, pems)
            from crossway.sources.reflection import reflect  # most have nobody to ask

            return await reflect(asked, address, pems)
        except RemoteError as error:
            reason = f"{address}: {error}"
    raise RemoteError(f"service {asked.service} does not say it: {reason}")


async def _fetch(asked: Asked, address: str, pems: Pems) -> bytes:
    """Return what *asked* is answered at *address* over HTTP. No redirect is followed."""
    import httpx  # large, and most have nothing to fetch

    trust, pipe = asked.trust, address.startswith("unix:")
    verify = await asyncio.to_thread(_context, asked, pems) if trust is not None else True
    transport = httpx.AsyncHTTPTransport(verify=verify, uds=address.removeprefix("unix:") if pipe else None)
    scheme = "https" if trust is not None else "http"
    extensions = {"sni_hostname": trust.server_name} if trust is not None and trust.server_name else {}
    content = bytearray()
    try:
        async with (
            httpx.AsyncClient(transport=transport, timeout=WITHIN, trust_env=False) as client,
            client.stream(
                "GET",
                f"{scheme}://{'localhost' if pipe else address}{asked.path}",
                headers={"accept-encoding": "identity"},
                extensions=extensions,
            ) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise RemoteError(f"the answer is {answer.status_code}")
            async for chunk in answer.aiter_raw():
                content += chunk
                if len(content) > LARGEST_DEFINITION:
                    raise RemoteError(f"it has more than {LARGEST_DEFINITION:,} bytes")
    except httpx.TimeoutException:
        raise RemoteError("there is no answer") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RemoteError(f"it cannot be read: {error}") from error
    return bytes(content)


def _context(asked: Asked, pems: Pems) -> ssl.SSLContext:
    """Return what checks the certificate of *asked*, and shows ours."""
    authorities = pems.authorities.decode("ascii", "replace") or None
    try:
        context = ssl.create_default_context(cadata=authorities)
        if asked.trust is not None and not asked.trust.verified:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if pems.certificate:
            with tempfile.NamedTemporaryFile() as pair:  # which is for us alone, and gone at once
                pair.write(pems.certificate + b"\n" + pems.key)
                pair.flush()
                context.load_cert_chain(pair.name)
    except ssl.SSLError as error:
        raise RemoteError(f"its certificates cannot be used: {error}") from None
    return context
