"""The CPU of a request under the policies people buy a gateway for, against the same request without any.

The rivals take turns as in `cost`. How soon a new key works is told here too, and how exact the limit of a fleet is.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack
from statistics import median

from joserfc import jwt
from joserfc.jwk import RSAKey

from bench import shared_limit
from bench.api import Api
from bench.changes import apply, following
from bench.client import Connection
from bench.cost import Rival, ratio, take_turns
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.machine import BenchError, free_port
from bench.table import Line, spread
from bench.work import MEMBER, Consumer, Work, consumers, head, policy_stack

MANY_KEYS = 100_000
MANY_CONSUMERS = 10_000
HOST, PATH = "any.example.com", "/"
LIMIT = 10_000_000
"""Requests a second: it is counted, and never reached."""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about policies."""
    for line in await _cost(lab):
        yield line
    yield await _new_key(lab)
    yield await shared_limit.measure(lab)


async def _cost(lab: Lab) -> list[Line]:
    key = RSAKey.generate_key(2048, auto_kid=True)
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    token = jwt.encode({"alg": "RS256", "kid": key.kid}, {"exp": int(time.time()) + 3600, "sub": "ada"}, key)
    many = 1_000 if lab.quick else MANY_KEYS
    keyed = {"x-api-key": _member(9).key}
    tasks: dict[str, tuple[str, Mapping[str, str], int, str]] = {
        "plain": ("", {}, 0, "false"),
        "stack": (policy_stack(LIMIT), keyed, 10, "{outputs: /dev/null}"),
        "jwt": (f"jwt: {{jwks: {{inline: {jwks}}}}}", {"authorization": f"Bearer {token}"}, 0, "false"),
        "fleet": (f"rate_limit: {{limit: {LIMIT}/second, by: client_ip, scope: fleet}}", {}, 0, "false"),
        "few": ("api_key: {}", keyed, 10, "false"),
        "many": ("api_key: {}", keyed, many, "false"),
    }
    rivals: dict[str, Rival] = {}
    async with AsyncExitStack() as stack:
        for name, (policies, headers, keys, log) in tasks.items():
            work = Work(free_port(), lab.backend.port, 1)
            config = f"{head(work, log)}  all:\n    to: backend\n    policies: {{{policies}}}\n{_members(range(keys))}"
            gateway = await stack.enter_async_context(crossway_run(config, lab.directory / name, within=120))
            rivals[name] = Rival(gateway.process, PROXY, work.port, HOST, PATH, headers)
        taken = await take_turns(lab, rivals, lab.times(20, 4))
    plain = taken["plain"]
    what = "CPU per request, api_key + rate_limit + authorize + JSON access log, against plain"
    return [
        ratio(what, taken["stack"], plain, 1.4),
        ratio("the same, jwt (RS256, verified before)", taken["jwt"], plain, 1.35),
        ratio("the same, rate_limit of the fleet", taken["fleet"], plain, 1.7),
        ratio(f"api_key with {many:,} keys against 10", taken["many"], taken["few"], 1.1),
    ]


async def _new_key(lab: Lab) -> Line:
    """Return how long it takes from the request that writes a new consumer until its key works."""
    work = Work(free_port(), lab.backend.port, 1)
    route = "  all: {to: backend, policies: {api_key: {}}}\n"
    number = 1_000 if lab.quick else MANY_CONSUMERS
    took: list[float] = []
    async with following(lab.directory / "new-key") as state, Api(state) as api:
        await apply(api, f"{head(work)}{route}{_members(range(number))}")
        async with Connection(work.port) as connection:
            for index in range(number, number + lab.times(25, 5)):
                began = time.perf_counter()
                await apply(api, _members([index]))
                answer = await connection.get(HOST, PATH, f"x-api-key: {_member(index).key}\r\n")
                if answer.status != 200:
                    raise BenchError(f"the key of a consumer that is live is answered {answer.status}")
                took.append(1000 * (time.perf_counter() - began))
    return Line(f"a new consumer until its key works, {number:,} consumers", median(took), "ms", 150, spread(took))


def _member(number: int) -> Consumer:
    return Consumer(f"c{number:06d}", MEMBER.group)


def _members(numbers: Iterable[int]) -> str:
    return consumers(map(_member, numbers))
