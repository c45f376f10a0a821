"""The web application firewall: requests are held until they were inspected, and go on or do not.

Law: nothing passes uninspected, unless the settings say so. While the rules are not there, whatever the reason, the
answer is 503. What a rule has found is told to the log by the rule and the name of the parameter, and never by a value.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Final, TypeVar

from crossway.compile.modsecurity import Match, Rules, RulesError, Transaction, Verdict
from crossway.compile.program import PEER
from crossway.model.waf import Beyond, Inspection, Mode
from crossway.runtime.converting.compressed import READABLE, decompress
from crossway.runtime.converting.refusal import Refusal
from crossway.runtime.grpc import is_grpc
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import Problem, problem
from crossway.runtime.waf.loading import rules_of
from crossway.runtime.waf.screen import is_clean
from crossway.runtime.waf.telling import tell
from crossway.sdk.http import Message, Request, Response

T = TypeVar("T")

IN_THREAD: Final = 4_096
"""From how many bytes on a body is inspected in a thread, however few the rules are."""
MOST_WAITING: Final = 256
"""How many inspections may wait for a thread; one more is answered 503."""

_DTD: Final = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E")
_DTD_MATCH: Final = Match(7_000_005, "critical", "XML", ("crossway/dtd",))
_UNINSPECTED: Final = Match(7_000_006, "", "REQUEST_BODY", ("crossway/uninspected",))
_THREADS: Final = ThreadPoolExecutor(max(2, cpu_count() or 1), "crossway-waf")
_OWN: Final = "x-crossway-"
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "content-encoding"})
_READ: Final = ("text/", "application/json", "application/xml")
_BODILESS: Final = frozenset({204, 205, 304})


class Overloaded(Exception):  # noqa: N818  # it is what it is called
    """Too many inspections wait for a thread."""


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    return waf(Inspection.model_validate_json(settings), about, tools)


def waf(settings: Inspection, about: str, tools: Tools) -> Handler:
    """Return a handler that lets a request on once the rules of *settings* have found nothing in it."""
    del tools  # it calls nobody
    firewall = _Firewall(settings, about)

    async def handle(request: Request, call_next: Next) -> Response:
        try:
            body = await firewall.body(request)
            if isinstance(body, Response):
                return body
            if settings.screened and not settings.responses and len(body) < IN_THREAD and is_clean(request, body):
                return await call_next(request)
            transaction = await firewall.request(request, body)
            if isinstance(transaction, Response):
                return transaction
            if transaction is None:
                return await call_next(request)
            request.headers["accept-encoding"] = "identity"
            return await firewall.response(transaction, request, await call_next(request))
        except Overloaded:
            return problem(503, "waf.overloaded", "Too many requests wait to be inspected.")
        except RulesError:
            return problem(503, "waf.unavailable", "Requests cannot be inspected.")

    return handle


class _Firewall:
    """What inspects the messages of one route."""

    __slots__ = ("_about", "_blocks", "_rules", "_settings")

    def __init__(self, settings: Inspection, about: str) -> None:
        self._settings, self._about = settings, about
        self._blocks = settings.mode is Mode.BLOCK
        self._rules: Rules | None = None

    async def body(self, request: Request) -> bytes | Problem:
        """Return what of the body is to be inspected, or the answer to a request that cannot be."""
        settings, headers = self._settings, request.headers
        kind = headers.get("content-type")
        if is_grpc(kind or ""):
            return b""
        data = await _hold(request, settings.max_body)
        if data is None:
            too_large = problem(413, "waf.body_too_large", f"The body has more than {settings.max_body} bytes.")
            return self._uninspected(request, too_large)
        coding = headers.get("content-encoding")
        if not data or coding is None:
            return data
        try:
            return decompress(data, coding, settings.max_body)
        except Refusal as refusal:
            answer = problem(refusal.status, "waf.encoding", f"{refusal.detail[:1].upper()}{refusal.detail[1:]}.")
            if refusal.status == 415:
                answer.headers["accept-encoding"] = READABLE  # RFC 9110, section 12.5.3
            return self._uninspected(request, answer)

    def _uninspected(self, request: Request, answer: Problem) -> bytes | Problem:
        """Return *answer*, which a body gets that cannot be inspected, or nothing of the body where it is to pass."""
        if not self._blocks:
            tell(self._about, request.id, Verdict(0, (_UNINSPECTED,)), self._blocks)
            return b""
        return b"" if answer.status == 413 and self._settings.beyond is Beyond.PASS else answer

    async def request(self, request: Request, body: bytes) -> Transaction | Problem | None:
        """Return the answer to *request* if it is refused, or what is to inspect the answer of the backend."""
        if self._rules is None:
            self._rules = await _in_thread(lambda: rules_of(self._settings.rules, self._about))
        rules, headers = self._rules, _headers(request, body)
        client = request.headers.get(PEER) or "127.0.0.1"
        long = self._settings.heavy or len(body) >= IN_THREAD

        def inspect() -> tuple[Transaction, Verdict]:
            transaction = Transaction(rules, client, long=long)
            return transaction, transaction.request(request.method, request.target, headers, body)

        transaction, verdict = await _in_thread(inspect) if long else inspect()
        if _has_dtd(request, body):
            verdict = Verdict(verdict.status or (400 if self._blocks else 0), (*verdict.matches, _DTD_MATCH))
        return self._refused(request, verdict) or (transaction if self._settings.responses else None)

    async def response(self, transaction: Transaction, request: Request, response: Response) -> Response:
        """Return *response*, or what is answered in its place."""
        if response.status < 200 or is_grpc(response.headers.get("content-type") or ""):
            return response
        kind = response.headers.get("content-type") or ""
        is_held = response.status not in _BODILESS and request.method != "HEAD" and _is_read(kind)
        body = (await _hold(response, self._settings.max_response) if is_held else None) or b""
        headers = response.headers.items()
        verdict = await _in_thread(lambda: transaction.response(response.status, headers, body))
        if verdict.matches:
            tell(self._about, request.id, verdict, self._blocks, of_answer=True)
        if verdict.status:
            return problem(502, "waf.response_blocked", "The answer of the backend is not passed on.")
        return response

    def _refused(self, request: Request, verdict: Verdict) -> Problem | None:
        if verdict.matches:
            tell(self._about, request.id, verdict, self._blocks)
        if not verdict.status:
            return None
        if verdict.status == 400:
            return problem(400, "waf.malformed", "The body is not what its content type says.")
        return problem(403, "waf.blocked", "The request is refused.")


async def _hold(message: Message, limit: int) -> bytes | None:
    """Return the body of *message*; `None` if it has more than *limit* bytes, and all of it is still to come."""
    length = message.headers.get("content-length") or ""
    if length.isdecimal() and int(length[:18]) > limit:
        return None
    if message.is_read:
        return message.body if len(message.body) <= limit else None
    pieces: list[bytes] = []
    size = 0
    stream = message.stream()
    async for piece in stream:
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            message.arriving(_again(pieces, stream))
            return None
    body = b"".join(pieces)
    message.arriving(body)
    return body


async def _again(pieces: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    async for piece in rest:
        yield piece


def _headers(request: Request, body: bytes) -> list[tuple[str, str]]:
    """Return the headers of *request* as they are of what is inspected: nothing of ours, and the body as it is."""
    found = [
        (name, value) for name, value in request.headers.items() if name not in _FRAMING and not name.startswith(_OWN)
    ]
    if body or request.method == "POST":
        found.append(("content-length", str(len(body))))
    return found


def _has_dtd(request: Request, body: bytes) -> bool:
    """Return whether *body* is XML with a document type: entities come with it, and files and bombs with these."""
    return (
        b"<" in body[:64] and "xml" in (request.headers.get("content-type") or "").lower() and bool(_DTD.search(body))
    )


def _is_read(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith(_READ) or kind.endswith(("+json", "+xml"))


_waiting = 0


async def _in_thread(run: Callable[[], T]) -> T:
    """Return what *run* returns, in a thread; `Overloaded` if too many wait for one."""
    global _waiting  # of all loops of the process
    if _waiting >= MOST_WAITING:
        raise Overloaded
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, run)
    finally:
        _waiting -= 1
