"""Whether a peer refuses what the stack of policies says it should: one that lets everything through costs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from bench.client import Answer, Connection, first, lines
from bench.lab import Lab
from bench.machine import BenchError, free_port
from bench.peers.peer import Peer, Policies
from bench.work import MEMBER, STRANGER, Consumer, Work

LIMIT = 5
WITHIN = 30.0
ENOUGH = 10 * LIMIT
"""Requests one after the other, which together take less than a second or two."""


async def refuses(lab: Lab, peer: Peer, policies: Policies, directory: Path) -> None:
    """Return if *peer* refuses, and logs, what it should; `BenchError` says what it does not."""
    work = Work(free_port(), lab.backend.port, 1, limit=LIMIT)
    async with peer.running(lab.packages, work, directory):
        await first(work.port, *work.last, WITHIN, is_refused)
        async with Connection(work.port) as connection:

            async def answer(headers: Mapping[str, str]) -> Answer:
                return await connection.get(*work.last, lines(headers))

            if not is_refused(await answer(policies.credentials(Consumer("eve", "gold")))):
                raise BenchError("a wrong key is not refused")
            if policies.authorizes and not is_refused(await answer(policies.credentials(STRANGER))):
                raise BenchError("a consumer of another group is not refused")
            key = policies.credentials(MEMBER)
            statuses = [(await answer(key)).status for _ in range(ENOUGH)]
    if statuses[0] != HTTPStatus.OK:
        raise BenchError(f"a good key is answered {statuses[0]}")
    if policies.limits and HTTPStatus.TOO_MANY_REQUESTS not in statuses:
        raise BenchError(f"{ENOUGH} requests are let through, {LIMIT} a second are allowed")
    if not _has_entry(directory / policies.log, work.last[1]):
        raise BenchError("it writes no access log in JSON")


def is_refused(answer: Answer) -> bool:
    """Return whether the answer is that one has to say who one is, or may not."""
    return answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def _has_entry(log: Path, path: str) -> bool:
    """Return whether a line of *log* says *path* in JSON, after a prefix or without one."""
    for line in log.read_text().splitlines() if log.exists() else ():
        with suppress(ValueError):
            if path in json.dumps(json.loads(line[line.index("{") :])):
                return True
    return False
