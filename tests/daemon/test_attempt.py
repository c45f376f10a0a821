"""Attempts: whichever way one ends, the proxies have the state from before or the one that was tried."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from crossway.compile.envoy import names
from crossway.daemon.archives import Archives
from crossway.daemon.attempt import Attempt, Standing
from crossway.daemon.control import ControlPlane
from crossway.daemon.pipeline import Pipeline
from crossway.identity.secrets import SecretLane
from crossway.model import Document, Finding, Ref
from crossway.sources.watch import watch
from crossway.telemetry.metrics import ControlMetrics
from crossway.xds.protocol import LISTENER
from crossway.xds.snapshot import Snapshot
from harness.poison import policies
from harness.pretender import Pretender, pretending
from harness.waiting import until

BEFORE = """\
gateways:
  edge: {listeners: {http: 8080}}
routes:
  hello: {matches: [{path: /hello}], respond: {body: hello}}
"""
MORE = BEFORE + "  more: {matches: [{path: /more}], respond: {body: more}}\n"
INNER = BEFORE.replace("routes:", "  inner: {listeners: {http: 8081}}\nroutes:")
MOVED = BEFORE.replace("8080", "8081")
POISONED = BEFORE + "  bad: {respond: {body: bad}, policies: {poison: {}}}\n"
NO_PORT = "cannot bind"
SHORT, LONG = 0.05, 10.0


class Plane(ControlPlane):
    """A control plane that has published `BEFORE`, and listens for proxies."""

    def __init__(self, state: Path) -> None:
        super().__init__(Pipeline(policies()), SecretLane(watch), Archives(state), ControlMetrics(), lambda _: None)
        self.stack = AsyncExitStack()
        self.address = f"unix:{state}/ads.sock"

    async def proxy(self, name: str = "envoy", view: str = "*") -> Pretender:
        """Connect a proxy that has what is published."""
        pretender = await self.stack.enter_async_context(pretending(self.server, self.address, name, view))
        if view in self.server.snapshots:
            await until(lambda: pretender.has.version == self.version)
        return pretender

    @property
    def version(self) -> str:
        """What is published."""
        return self.server.snapshots["*"].version

    def live(self, version: str) -> int:
        """Return how many proxies of all gateways have *version*."""
        return len(self.server.proxies.outcome("*", version).live)

    @asynccontextmanager
    async def attempt(self, text: str, **options: object) -> AsyncIterator[Attempt]:
        async with self.changing:
            loaded = await self.views.read([Document("c.yaml", text)])
            async with Attempt(self, loaded, **options) as attempt:
                await attempt.compile()
                yield attempt


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Plane]:
    control = Plane(tmp_path)
    control.server.listen(control.address)
    async with control.server, control.stack:
        assert await control.adopt(((Document("c.yaml", BEFORE),), ()), 1)
        yield control


async def last(attempt: Attempt, within: float = LONG) -> Standing:
    """Return the last word of an attempt that is pushed."""
    return [standing async for standing in attempt.wait(within)][-1]


def listeners(snapshot: Snapshot) -> set[str]:
    return set(snapshot.of_type(LISTENER)) - {names.RUNTIME}


async def test_a_trial_is_no_publication(here: Plane) -> None:
    old, before = await here.proxy("old"), here.version
    async with here.attempt(MORE) as attempt:
        assert here.version == before
        attempt.push()
        assert await last(attempt) == Standing(1, 1, done=True)
        new = await here.proxy("new")
        assert (new.has.version, here.version) == (before, before)
        await attempt.keep(2)
    assert (here.state.revision, here.version) == (2, old.has.version)
    await until(lambda: new.has.version == here.version)
    assert here.version != before


async def test_what_is_kept_is_what_a_start_would_fall_back_on(here: Plane, tmp_path: Path) -> None:
    async with here.attempt(MORE) as attempt:
        attempt.push()
        await attempt.keep(2)
    assert Archives(tmp_path).load("*").version == here.version == here.views.proven("*").version


async def test_without_proxies_there_is_nobody_to_wait_for(here: Plane) -> None:
    async with here.attempt(MORE) as attempt:
        assert await attempt.compile() == 0
        attempt.push()
        assert await last(attempt) == Standing(0, 0, done=True)


async def test_the_proxies_of_all_views_count(here: Plane) -> None:
    await here.proxy("one")
    await here.proxy("two", "edge")
    async with here.attempt(MORE) as attempt:
        attempt.push()
        assert await last(attempt) == Standing(2, 2, done=True)


async def test_who_is_late_is_named_and_everybody_gets_back_what_they_had(here: Plane) -> None:
    quick, slow = await here.proxy("quick"), await here.proxy("slow")
    before, had = here.version, dict(slow.has.resources)
    slow.answers.clear()
    async with here.attempt(MORE) as attempt:
        attempt.push()
        await until(lambda: quick.has.version != before and here.live(quick.has.version))
        standing = await last(attempt, SHORT)
        assert (standing.live, standing.proxies, standing.done) == (1, 2, False)
        (finding,) = standing.refused
        assert finding.code == "change.late"
        assert "proxy slow has not answered" in finding.message
        assert "quick" not in finding.message
    slow.answers.set()
    for proxy in (quick, slow):
        await until(lambda proxy=proxy: proxy.has.version == before)
    assert {kind: set(held) for kind, held in slow.has.resources.items()} == {k: set(held) for k, held in had.items()}
    assert here.version == before
    await until(lambda: here.live(before) == 2)


async def test_a_change_that_nobody_survives_is_over_at_once(here: Plane) -> None:
    proxy = await here.proxy()
    proxy.answers.clear()
    async with here.attempt(MORE) as attempt:
        attempt.push()
        told = []
        async for standing in attempt.wait(LONG):
            told.append(standing)
            proxy.leave()
        assert told[0].refused == ()
        assert [finding.code for finding in told[-1].refused] == ["proxy.lost"]
        assert "proxy envoy went away" in str(told[-1])


async def test_one_of_many_may_go(here: Plane) -> None:
    await here.proxy("one")
    await here.proxy("two")
    other = await here.proxy("other")
    other.answers.clear()
    async with here.attempt(MORE) as attempt:
        attempt.push()
        told = []
        async for standing in attempt.wait(LONG):
            told.append(standing)
            other.leave()
        assert told[-1] == Standing(2, 2, done=True)


async def test_what_a_proxy_refuses_is_put_aside_and_the_rest_goes_live(here: Plane) -> None:
    proxy = await here.proxy()
    proxy.refuses["inner/0.0.0.0:8081/tcp"] = NO_PORT
    async with here.attempt(INNER.replace("body: hello", "body: new")) as attempt:
        attempt.push()
        assert await last(attempt) == Standing(1, 1, done=True)
        await attempt.keep(2)
    assert listeners(proxy.has) == {"edge/0.0.0.0:8080/tcp"}
    (finding,) = [finding for finding in here.state.findings if finding.code == "proxy.refused"]
    assert (finding.about, NO_PORT in finding.message) == (Ref("gateways", "inner"), True)


async def test_a_strict_attempt_puts_nothing_aside(here: Plane) -> None:
    proxy, before = await here.proxy(), here.version
    proxy.refuses["inner/0.0.0.0:8081/tcp"] = NO_PORT
    async with here.attempt(INNER, strict=True) as attempt:
        attempt.push()
        standing = await last(attempt)
        assert (standing.live, standing.proxies, standing.done) == (0, 1, False)
        (finding,) = standing.refused
        assert finding.about == Ref("gateways", "inner")
        assert finding.message == f"proxy envoy refuses inner/0.0.0.0:8081/tcp: {NO_PORT}"
    await until(lambda: proxy.has.version == before)


async def test_no_gateway_is_silenced_by_what_is_put_aside(here: Plane) -> None:
    proxy, before = await here.proxy(), here.version
    proxy.refuses["edge/0.0.0.0:8081/tcp"] = NO_PORT
    async with here.attempt(MOVED) as attempt:
        attempt.push()
        standing = await last(attempt)
        assert (standing.done, [finding.about for finding in standing.refused]) == (False, [Ref("gateways", "edge")])
    await until(lambda: proxy.has.version == before)
    assert listeners(proxy.has) == {"edge/0.0.0.0:8080/tcp"}


async def test_a_gateway_that_nobody_wants_any_more_may_fall_silent(here: Plane) -> None:
    proxy = await here.proxy()
    proxy.refuses["inner/0.0.0.0:8081/tcp"] = NO_PORT
    async with here.attempt(INNER.replace("  edge: {listeners: {http: 8080}}\n", "")) as attempt:
        attempt.push()
        assert (await last(attempt)).done


async def test_what_envoy_refuses_is_put_aside_before_any_proxy_sees_it(here: Plane) -> None:
    async with here.attempt(POISONED) as attempt:
        assert await attempt.validate(LONG) == ()
        assert [item.code for item in await here.views.findings()] == ["proxy.refused"]


async def test_what_envoy_refuses_stands_against_a_strict_attempt(here: Plane) -> None:
    before = here.views.loaded
    async with here.attempt(POISONED, strict=True) as attempt:
        assert [finding.about for finding in await attempt.validate(LONG)] == [Ref("routes", "bad")]
    assert here.views.loaded is before
    assert await here.views.findings() == ()


async def test_what_was_not_pushed_is_taken_back_without_a_word(here: Plane) -> None:
    published = here.server.snapshots["*"]
    async with here.attempt(MORE):
        pass
    assert here.server.snapshots["*"] is published
    assert {name: snapshot.version for name, snapshot in (await here.views.compile()).items()} == {"*": here.version}


async def test_what_is_watched_is_counted_until_it_is_taken_back(here: Plane) -> None:
    await here.proxy()
    async with here.attempt(BEFORE, watched=[Ref("routes", "hello")]) as attempt:
        assert await attempt.compile() == 1
    assert (await here.views.compile())["*"].version == here.version


async def test_each_standing_is_told_once(here: Plane) -> None:
    one, _ = await here.proxy("one"), await here.proxy("two")
    one.answers.clear()
    async with here.attempt(MORE) as attempt, asyncio.timeout(LONG):
        attempt.push()
        told = []
        async for standing in attempt.wait(LONG):
            told.append(standing)
            if standing.live:
                one.answers.set()
    assert told[-1] == Standing(2, 2, done=True)
    assert len(set(told)) == len(told)


def test_a_standing_in_words() -> None:
    waits = tuple(f"proxy p{number} has not answered" for number in range(9))
    text = str(Standing(1, 10, waits, (Finding("proxy.lost", "proxy p0 went away"),)))
    assert text.startswith("live on 1/10 proxies; proxy p0 has not answered; proxy p1")
    assert text.endswith("; proxy p0 went away")
    assert "p3" not in text
