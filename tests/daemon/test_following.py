"""Following files: each edit that can be read is the next revision, and any other changes nothing."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crossway.daemon.archives import Archives
from crossway.daemon.control import ControlPlane
from crossway.daemon.following import Following
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.errors import UserError
from crossway.identity.secrets import SecretLane
from crossway.model import Document, Finding, Ref
from crossway.model.revision import EMPTY_DIGEST
from crossway.sources import Reading
from crossway.sources.watch import watch
from crossway.telemetry.metrics import ControlMetrics
from harness.waiting import until

HELLO = """\
gateways:
  edge: {listeners: {http: 8080}}
routes:
  hello: {respond: {body: hello}}
"""
OTHER = HELLO.replace("body: hello", "body: other")
DANGLING = HELLO.replace("respond: {body: hello}", "to: nobody")
BROKEN = "routes: [\n"
MISSING: Reading = ((), (Finding("file.missing", "there is no such file"),))


def reading(text: str) -> Reading:
    return (Document("shop.yaml", text),), ()


class Script:
    """A source that says what a test writes."""

    def __init__(self, first: Reading) -> None:
        self._first = first
        self.edits: asyncio.Queue[Reading] = asyncio.Queue()

    def read(self) -> Reading:
        return self._first

    async def changes(self) -> AsyncGenerator[Reading, None]:
        while True:
            yield await self.edits.get()


class Followed:
    """A control plane, what it follows and what it says."""

    def __init__(self, state: Path, first: Reading) -> None:
        self.said: list[str] = []
        pipeline = Pipeline(load_policies())
        self.control = ControlPlane(pipeline, SecretLane(watch), Archives(state), ControlMetrics(), self.said.append)
        self.source = Script(first)
        self.following = Following(self.control, self.source, self.said.append)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.following.start()
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.following.run())
            yield
            task.cancel()

    async def edit(self, text: str) -> None:
        """Write *text*, and return once it has been looked at."""
        before = self.state
        self.source.edits.put_nowait(reading(text))
        await until(lambda: self.state != before)
        async with self.control.changing:
            pass

    @property
    def state(self) -> tuple[int, float | None]:
        refused = self.control.metrics.registry.get_sample_value("crossway_refused_total")
        return self.control.state.revision, refused


async def test_edits_are_counted_from_the_start(tmp_path: Path) -> None:
    one = Followed(tmp_path, reading(HELLO))
    assert (one.following.head.number, one.following.head.message) == (0, "")
    assert (one.following.head.digest, dict(one.following.rows)) == (EMPTY_DIGEST, {})
    async with one.running():
        first = one.following.head
        assert (first.number, first.message, one.control.state.revision) == (1, "since the start", 1)
        await one.edit(OTHER)
        assert one.following.head.number == 2
        assert one.said[-1].startswith("revision 2 is out after")
        await one.edit(HELLO)
        assert (one.following.head.number, one.following.head.digest) == (3, first.digest)


async def test_what_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    one = Followed(tmp_path, reading(HELLO))
    async with one.running():
        head, rows = one.following.head, one.following.rows
        await one.edit(BROKEN)
        assert (one.following.head, one.following.rows) == (head, rows)
        assert [finding.code for finding in one.control.state.findings] == ["yaml.syntax"]
        assert (one.control.state.refused, "revision 1 stays live" in one.said[-1]) == (True, True)
        await one.edit(OTHER)
        assert (one.following.head.number, one.control.state.findings) == (2, ())


async def test_a_route_that_leads_nowhere_is_a_revision_and_a_finding(tmp_path: Path) -> None:
    one = Followed(tmp_path, reading(HELLO))
    async with one.running():
        await one.edit(DANGLING)
        assert one.following.head.number == 2
        assert [finding.code for finding in one.control.state.findings] == ["reference.dangling"]


async def test_rows_know_their_file_and_line(tmp_path: Path) -> None:
    one = Followed(tmp_path, reading(HELLO))
    async with one.running():
        rows = one.following.rows
        assert {str(ref): str(row.origin) for ref, row in rows.items()} == {
            "gateways.edge": "shop.yaml:2:3",
            "routes.hello": "shop.yaml:4:3",
        }
        assert one.following.rows is rows
        await one.edit("# a line more\n" + OTHER)
        hello = one.following.rows[Ref("routes", "hello")]
        assert (str(hello.origin), hello.text) == ("shop.yaml:5:3", "  hello: {respond: {body: other}}\n")


@pytest.mark.parametrize("first", [MISSING, reading(BROKEN)], ids=["no file", "no YAML"])
async def test_a_start_without_a_configuration_serves_the_last_good_one(tmp_path: Path, first: Reading) -> None:
    before = Followed(tmp_path, reading(HELLO))
    async with before.running():
        good = before.control.server.snapshots["*"]
    with pytest.raises(UserError, match="no last good one"):
        await Followed(tmp_path, first).following.start()
    Archives(tmp_path).save("*", good)
    one = Followed(tmp_path, first)
    async with one.running():
        assert one.control.server.snapshots["*"].version == good.version
        assert (one.control.state.last_good, one.following.head.number) == (True, 0)
        assert any("LAST GOOD" in line for line in one.said)
        await one.edit(OTHER)
        assert (one.control.state.last_good, one.following.head.number) == (False, 1)
