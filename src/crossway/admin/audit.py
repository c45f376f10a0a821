"""The audit log, as the API writes it: nothing is changed that is not in there.

A write has an entry ``begun`` before it is done, and is not done if that cannot be written; a second entry says what
became of it. So a power cut leaves a write that has begun, and never one that nobody knows of. What is refused at the
gate, or because the request makes no sense, has one entry, with the status of the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from litestar import Request
from litestar.datastructures import State
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from crossway.admin.gate import address_of
from crossway.admin.ledger import Ledger
from crossway.admin.problems import Say, problem_of
from crossway.errors import RemoteError
from crossway.model.access import Identity

ACTION: Final = "action"
"""The option of a handler that writes: what its entries are called."""
BEGUN: Final = "begun"
_SETTLED: Final = "crossway.audited"
_LONGEST: Final = 1024


@dataclass(slots=True)
class Entry:
    """A write that goes on."""

    author: str
    address: str
    action: str
    target: str
    outcome: str = "done"
    """What the second entry will say, unless an exception says it."""


class Audit:
    """Writes the entries."""

    def __init__(self, ledger: Ledger, say: Say) -> None:
        self._ledger = ledger
        self._say = say

    def entry(self, request: Request[Identity, object, State], who: Identity, target: str) -> Entry:
        """Return what to `write` for a request; from now on its answer makes no entry by itself."""
        request.scope["state"][_SETTLED] = True
        action: str = request.route_handler.opt[ACTION]
        return Entry(who.name, address_of(request.scope), action, target[:_LONGEST])

    def unwritten(self, request: Request[Identity, object, State]) -> None:
        """Say that a request changes nothing after all: it makes no entry, whatever is answered."""
        request.scope["state"][_SETTLED] = True

    @asynccontextmanager
    async def write(self, entry: Entry) -> AsyncGenerator[Entry, None]:
        """Do a write inside ``async with``: raises `Unavailable` before anything is done if there can be no entry."""
        await self._append(entry, BEGUN)
        try:
            yield entry
        except asyncio.CancelledError:
            entry.outcome = "interrupted"
            raise
        except Exception as error:  # whatever it was, the log says it; it is raised again
            entry.outcome = str(problem_of(error)[0].status)
            raise
        finally:
            await self._append_late(entry, entry.outcome)

    async def refused(self, scope: Scope, status: int) -> None:
        """Append the entry of a write that was refused before it began."""
        scope["state"][_SETTLED] = True
        who = scope.get("user")
        author = who.name if isinstance(who, Identity) else "nobody"
        action: str = scope["route_handler"].opt[ACTION]
        await self._append_late(Entry(author, address_of(scope), action, scope["path"][:_LONGEST]), str(status))

    async def _append(self, entry: Entry, outcome: str) -> None:
        await self._ledger.audit(
            author=entry.author, address=entry.address, action=entry.action, target=entry.target, outcome=outcome
        )

    async def _append_late(self, entry: Entry, outcome: str) -> None:
        """Append an entry about what cannot be helped any more."""
        try:
            await self._append(entry, outcome)
        except RemoteError as error:
            self._say(f"the audit log lacks {entry.action} {entry.target} by {entry.author}, {outcome}: {error}")


def refusals(audit: Audit) -> Callable[[ASGIApp], ASGIApp]:
    """Return what sees the answers to writes, and makes the entry of each that was refused before it began.

    It is a function: Litestar makes deep copies of the objects it is given, the store behind them included.
    """

    def around(app: ASGIApp) -> ASGIApp:
        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start" and _is_news(scope, message["status"]):
                    await audit.refused(scope, message["status"])
                await send(message)

            await app(scope, receive, watched if ACTION in scope["route_handler"].opt else send)

        return served

    return around


def _is_news(scope: Scope, status: int) -> bool:
    """Return whether an answer is a refusal without an entry; one who guesses does not get to fill the log."""
    refused = status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.TOO_MANY_REQUESTS
    return refused and _SETTLED not in scope["state"]
