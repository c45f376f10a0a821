"""The control plane: sources in, snapshots out, and nothing that is broken in between.

Law: what is live stays live until something better can replace it. A configuration that cannot be read changes
nothing; a start without a configuration that can be read serves the last one that was proven, and says so.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from crossway.compile.envoy.view import View
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.snapshots import ALL, view_of, view_snapshot
from crossway.dialects.native import Loaded
from crossway.errors import RemoteError, UserError
from crossway.identity.authority import gateways_of
from crossway.identity.secrets import SecretLane, Secrets
from crossway.model import Finding, Findings, errors
from crossway.sources import Reading, Source
from crossway.telemetry.metrics import ControlMetrics
from crossway.xds import archive
from crossway.xds.protocol import Live, Refused
from crossway.xds.proxies import Answered, Connected, Disconnected, Event
from crossway.xds.server import Server, accepted_is_warm
from crossway.xds.session import Warm
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import Node

Say = Callable[[str], None]
"""Takes one line for the person at the terminal."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class State:
    """What a control plane can say of itself."""

    revision: int
    """Counts the configurations that were adopted, from 1; 0 while the last good snapshot is served."""
    resources: int
    findings: Findings
    """Everything that is wrong with what is live, and with the newest configuration if that was refused."""
    refused: bool
    """Whether the newest configuration was refused, so that an older one is live."""


class ControlPlane:
    """One control plane: it follows a source and keeps the proxies of every view up to date."""

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        secrets: SecretLane,
        state_directory: Path,
        metrics: ControlMetrics,
        say: Say,
        warm: Warm = accepted_is_warm,
    ) -> None:
        """Make a control plane; *warm* is asked whether the clusters of a proxy are warm."""
        self.metrics = metrics
        self.server = Server(self._view_of, time.monotonic, warm=warm, report=self._heard)
        self._pipeline = pipeline
        self._busy = asyncio.Lock()
        self._source = source
        self._lane = secrets
        self._say = say
        self._archives = state_directory / "snapshots"
        self._views: dict[str, View] = {ALL: View()}
        self._secrets = Secrets({}, (), {})
        self._refusals: Findings = ()
        self._findings: Findings = ()
        self._proxy_findings: dict[tuple[str, str], Finding] = {}
        self._told: frozenset[Finding] = frozenset()
        self._revision = 0
        self._progress = asyncio.Event()
        self._new_view = asyncio.Event()

    @property
    def state(self) -> State:
        """What is live now, and what is wrong."""
        resources = len(self.server.snapshots[ALL]) if ALL in self.server.snapshots else 0
        findings = (*self._refusals, *self._findings, *self._proxy_findings.values())
        return State(self._revision, resources, tuple(dict.fromkeys(findings)), bool(self._refusals))

    async def ask(self, question: Callable[[Pipeline], T]) -> T:
        """Return the answer of the pipeline to *question*, computed off the event loop and one at a time."""
        async with self._busy:
            return await asyncio.to_thread(question, self._pipeline)

    async def start(self) -> None:
        """Read the source and publish what it says, or else the last good snapshot.

        Raises `UserError` if there is neither.
        """
        with _without_collection():
            if await self._attempt(self._source.read()):
                return
        snapshot = archive.load(self._archives / _file(ALL))
        if snapshot is None:
            raise UserError("the configuration is broken, and there is no last good one to start from")
        self._say("the configuration is broken: STARTING FROM THE LAST GOOD ONE, which may be old")
        self._publish(ALL, snapshot)

    async def run(self) -> None:
        """Follow the source and the certificates until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_source())
            tasks.create_task(self._follow_secrets())
            tasks.create_task(self._follow_views())
            tasks.create_task(self._keep_archives())

    async def _follow_source(self) -> None:
        async with aclosing(self._source.changes()) as readings:
            async for reading in readings:
                began = time.monotonic()
                if await self._attempt(reading):
                    seconds = time.monotonic() - began
                    self.metrics.change_seconds.observe(seconds)
                    self._say(f"revision {self._revision} is out after {seconds * 1000:.0f} ms")

    async def _follow_secrets(self) -> None:
        async with aclosing(self._lane.changes()) as changes:
            async for secrets in changes:
                self._secrets = secrets
                await self._refresh()

    async def _follow_views(self) -> None:
        while True:
            await self._new_view.wait()
            self._new_view.clear()
            await self._refresh()

    async def _attempt(self, reading: Reading) -> bool:
        """Do `_take`; a crash of the compiler is a finding, and what is live stays live."""
        try:
            return await self._take(reading)
        except Exception as error:  # noqa: BLE001 - the supervisor of the compiler
            self._findings = (*self._findings, _crash(error))
            self._tell()
            return False

    async def _take(self, reading: Reading) -> bool:
        """Adopt what was read and publish it; return whether it could be."""
        documents, missing = reading
        loaded = await self.ask(lambda pipeline: pipeline.read(documents))
        self._refusals = (*missing, *loaded.findings) if errors(missing) or loaded.refused else ()
        if self._refusals:
            self.metrics.refused.inc()
            self._tell()
            if self._revision:
                self._say(f"the new configuration is refused; revision {self._revision} stays live")
            return False
        snapshots = await self.ask(lambda pipeline: self._adopt(pipeline, loaded))
        self._revision += 1
        self.metrics.revision.set(self._revision)
        self._publish_all(snapshots)
        await self._look()
        return True

    async def _refresh(self) -> None:
        """Publish again what is adopted, after something beside it changed."""
        if self._revision:
            self._publish_all(await self.ask(self._compile))
            await self._look()

    async def _look(self) -> None:
        """Collect what is wrong now: after the publish, so that no request waits for it."""
        self._findings = await self.ask(lambda pipeline: pipeline.findings(self._secrets.findings))
        self._tell()

    def _adopt(self, pipeline: Pipeline, loaded: Loaded) -> Mapping[str, Snapshot]:
        before = pipeline.certificates()
        pipeline.adopt(loaded)
        if (certificates := pipeline.certificates()) != before:
            self._secrets = self._lane.declare(certificates)
        return self._compile(pipeline)

    def _compile(self, pipeline: Pipeline) -> Mapping[str, Snapshot]:
        """Return the snapshot of each view."""
        pipeline.serve_certificates(self._secrets.resources.keys(), self._secrets.findings)
        return {name: view_snapshot(pipeline, view, self._secrets.resources) for name, view in self._views.items()}

    def _publish_all(self, snapshots: Mapping[str, Snapshot]) -> None:
        for name, snapshot in snapshots.items():
            self._publish(name, snapshot)

    def _publish(self, view: str, snapshot: Snapshot) -> None:
        self.server.publish(view, snapshot)
        if view == ALL:
            self.metrics.resources.set(len(snapshot))

    async def _keep_archives(self) -> None:
        """Save each snapshot once every proxy of its view has taken it over as a whole."""
        kept: dict[str, str] = {}
        while True:
            await self._progress.wait()
            self._progress.clear()
            for view, snapshot in list(self.server.snapshots.items()):
                outcome = self.server.proxies.outcome(view, snapshot.version)
                proven = outcome.live and not outcome.refused and not outcome.waiting
                if proven and kept.get(view) != snapshot.version:
                    await asyncio.to_thread(self._archive, view, snapshot)
                    kept[view] = snapshot.version

    def _archive(self, view: str, snapshot: Snapshot) -> None:
        try:
            self._archives.mkdir(mode=0o700, parents=True, exist_ok=True)
            archive.save(self._archives / _file(view), snapshot)
        except (OSError, RemoteError) as error:
            self._say(f"the last good snapshot cannot be kept, so there is none to start from: {error}")

    def _view_of(self, node: Node, identities: tuple[str, ...]) -> str | None:
        """Return the view that a proxy asks for by its cluster name; a gateway that does not exist adds nothing.

        A proxy whose certificate names gateways is given these at most, and turned away if it asks for others.
        """
        name, allowed = node.cluster or ALL, gateways_of(identities)
        if allowed:
            asked = allowed if name == ALL else frozenset(name.split(","))
            if not asked <= allowed:
                return None
            name = ",".join(sorted(asked))
        if name not in self._views:
            self._views[name] = view_of(name)
            if self._revision:
                self._new_view.set()
            elif (last_good := archive.load(self._archives / _file(name))) is not None:
                self._publish(name, last_good)
        return name

    def _heard(self, event: Event) -> None:
        self.metrics.proxies.set(len(self.server.proxies))
        self._progress.set()
        match event:
            case Connected(proxy):
                self._say(f"proxy {proxy.node.id} is connected")
            case Disconnected(proxy):
                self._say(f"proxy {proxy.node.id} is gone")
            case Answered(proxy, Refused(kind, resource, message)):
                what = resource.name if resource else "a removal"
                text = f"proxy {proxy.node.id} refuses {what}: {message}"
                about = resource.about if resource else None
                self._proxy_findings[kind, what] = Finding("proxy.refused", text, about=about)
                self._tell()
            case Answered(proxy, Live()) if self._proxy_findings:
                kept = {(item.type_url, item.resource.name) for item in proxy.refused if item.resource}
                self._proxy_findings = {key: item for key, item in self._proxy_findings.items() if key in kept}

    def _tell(self) -> None:
        """Say what is wrong, each thing once for as long as it lasts."""
        findings = self.state.findings
        for finding in findings:
            if finding not in self._told:
                self._say(str(finding))
        self._told = frozenset(findings)
        self.metrics.findings.set(len(errors(findings)))


@contextmanager
def _without_collection() -> Iterator[None]:
    """Hold the garbage collector off while the first configuration is built: nearly all of it stays.

    It would look at the same objects again and again, for a quarter of the time. What is there afterwards is taken
    out of its sight for good.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _crash(error: Exception) -> Finding:
    text = f"Crossway itself failed on this configuration, and what was live stays live: {error!r}"
    return Finding("crossway.bug", text, hint="please report it with the configuration that caused it")


def _file(view: str) -> str:
    return "all.snapshot" if view == ALL else f"{view.replace('/', '_')}.snapshot"
