"""The control plane: configurations in, snapshots out, and nothing that is broken in between.

Law: what is live stays live until something better can replace it. A configuration that cannot be read changes
nothing; what a proxy refuses is put aside, and all else goes live; a start without a configuration that can be read
serves the last one that was proven, and says so.

Where configurations come from is the business of `following` (files) and `stored` (a store); each holds `changing`
while it makes a change.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeVar

from crossway.compile.program import Purge
from crossway.daemon.archives import Archives
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.snapshots import ALL
from crossway.daemon.views import Ask, Fetch, Find, Snapshots, Views, ask_none, fetch_none, find_none
from crossway.dialects.native import Loaded
from crossway.errors import RemoteError, UserError
from crossway.identity.authority import gateways_of
from crossway.identity.secrets import SecretLane
from crossway.model import Finding, Findings, errors
from crossway.sources import Reading
from crossway.telemetry.metrics import ControlMetrics
from crossway.xds.protocol import Live, Refused
from crossway.xds.proxies import Answered, Connected, Disconnected, Event
from crossway.xds.server import Server, accepted_is_warm
from crossway.xds.session import Warm
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import Node

Say = Callable[[str], None]
"""Takes one line for the person at the terminal."""

T = TypeVar("T")

BROKEN: Final = "the configuration is broken"
"""Why a start serves the last good snapshot, if it is not that there is no configuration to be had."""
FIRST_WITHIN: Final = 10.0
"""Seconds that a start may take to prove what is not in the last good snapshot."""


@dataclass(frozen=True, slots=True)
class State:
    """What a control plane can say of itself."""

    revision: int
    """The number of what is live; 0 before the first one, and while the last good snapshot is served."""
    last_good: bool
    """Whether it is the last good snapshot that is served, since no configuration could be adopted yet."""
    resources: int
    findings: Findings
    """Everything that is wrong with what is live, and with the newest configuration if that was refused."""
    refused: bool
    """Whether the newest configuration was refused, so that an older one is live."""


class ControlPlane:
    """One control plane: it keeps the proxies of every view up to date with the configuration that was adopted."""

    def __init__(
        self,
        pipeline: Pipeline,
        secrets: SecretLane,
        archives: Archives,
        metrics: ControlMetrics,
        say: Say,
        warm: Warm = accepted_is_warm,
        find: Find = find_none,
        fetch: Fetch = fetch_none,
        ask: Ask = ask_none,
    ) -> None:
        """Make a control plane.

        *warm* is asked whether the clusters of a proxy are warm, *find* what OpenID providers say of themselves,
        *fetch* for the files that policies name by URL, and *ask* what services say of themselves.
        """
        self.metrics = metrics
        self.server = Server(self._view_of, time.monotonic, warm=warm, report=self._heard)
        self.views = Views(pipeline, secrets, archives, find, fetch, ask)
        self.changing = asyncio.Lock()
        """Held by whoever changes what is adopted or published."""
        self.purges: tuple[Purge, ...] = ()
        """What the caches of proxies obey that have what is published."""
        self._lane = secrets
        self._archives = archives
        self._say = say
        self._refusals: Findings = ()
        self._findings: Findings = ()
        self._proxy_findings: dict[tuple[str, str], Finding] = {}
        self._told: frozenset[Finding] = frozenset()
        self._revision = 0
        self._adopted = False
        self._progress = asyncio.Event()
        self._new_view = asyncio.Event()
        self._refused: asyncio.Queue[tuple[str, Refused]] = asyncio.Queue()

    @property
    def state(self) -> State:
        """What is live now, and what is wrong."""
        resources = len(self.server.snapshots[ALL]) if ALL in self.server.snapshots else 0
        known = self._findings
        if any(finding.code.startswith("app.") for finding in self._refusals):
            # The plugins of an app that cannot be imported are its code: why it cannot is said already.
            known = tuple(finding for finding in known if finding.code != "plugin.broken")
        findings = (*self._refusals, *known, *self._proxy_findings.values())
        last_good = not self._adopted and bool(self.server.snapshots)
        return State(self._revision, last_good, resources, tuple(dict.fromkeys(findings)), bool(self._refusals))

    async def ask(self, question: Callable[[Pipeline], T]) -> T:
        """Return the answer of the pipeline to *question*, computed off the event loop and one at a time."""
        return await self.views.ask(question)

    async def adopt(self, reading: Reading, revision: int) -> bool:
        """Make what was read the configuration, called *revision*, and publish it; return whether that could be done.

        A crash of the compiler is a finding, and what is live stays live.
        """
        try:
            return await self._adopt(reading, revision)
        except Exception as error:  # noqa: BLE001 - the supervisor of the compiler
            self._findings = (*self._findings, crash(error))
            self._tell()
            return False

    async def _adopt(self, reading: Reading, revision: int) -> bool:
        documents, missing = reading
        loaded = await self.views.read(documents)
        if errors(missing) or loaded.refused:
            self.refuse((*missing, *loaded.findings))
            return False
        snapshots = await self.views.adopt(loaded)
        if not self._adopted:
            snapshots = await self.views.prove_first(snapshots, FIRST_WITHIN)
        await self.keep(loaded, snapshots, revision)
        return True

    def refuse(self, findings: Findings) -> None:
        """Say that the newest configuration cannot be adopted; what is live stays live."""
        self._refusals = findings
        self.metrics.refused.inc()
        self._tell()
        if self._adopted:
            self._say(f"the new configuration is refused; revision {self._revision} stays live")

    async def keep(self, loaded: Loaded, snapshots: Snapshots, revision: int) -> None:
        """Publish *snapshots*, which were made of *loaded* after it was adopted."""
        assert loaded is self.views.loaded
        self._refusals = ()
        self._revision, self._adopted = revision, True
        self.metrics.revision.set(revision)
        self._publish_all(snapshots)
        await self._look()

    def serve_last_good(self, trouble: str) -> None:
        """Publish the last good snapshot because of *trouble*; `UserError` if there is none.

        Those of single gateways are published when their proxies come.
        """
        if not self._archives:
            raise UserError(f"{trouble}, and there is no last good one to start from")
        self._say(f"{trouble}; STARTING FROM THE LAST GOOD ONE, which may be old")
        if (snapshot := self._archives.load(ALL)) is not None:
            self._publish(ALL, snapshot)

    async def run(self) -> None:
        """Follow the certificates and the proxies until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_secrets())
            tasks.create_task(self._follow_views())
            tasks.create_task(self._follow_refusals())
            tasks.create_task(self._keep_archives())

    async def _follow_secrets(self) -> None:
        async with aclosing(self._lane.changes()) as changes:
            async for secrets in changes:
                async with self.changing:
                    self.views.secrets = secrets
                    await self._refresh()

    async def renew_secrets(self) -> None:
        """Read all secrets again, since one that a certificate or a policy names may have changed."""
        async with self.changing:
            needed = await self.ask(lambda pipeline: (pipeline.certificates(), pipeline.generic_secrets()))
            self.views.secrets = self._lane.declare(*needed)
            await self._refresh()

    async def serve_token_keys(self, keys: str) -> None:
        """Have proxies verify the tokens that are issued here by these public *keys*, in JSON."""
        async with self.changing:
            self.views.token_keys = keys
            await self._refresh()

    async def serve_purges(self, purges: tuple[Purge, ...]) -> None:
        """Have the caches of all proxies obey *purges*."""
        async with self.changing:
            self.views.purges = purges
            await self._refresh()

    async def look_at_files(self) -> None:
        """Take in what the code of plugins is now, and what definitions say."""
        async with self.changing:
            if await self.ask(Pipeline.look_at_files):
                await self._refresh()

    async def renew_providers(self) -> None:
        """Take in what OpenID providers and services say now, and files that are here now."""
        async with self.changing:
            if await self.views.discover():
                await self._refresh()

    async def _follow_views(self) -> None:
        while True:
            await self._new_view.wait()
            self._new_view.clear()
            async with self.changing:
                await self._refresh()

    async def _follow_refusals(self) -> None:
        """Put aside what a proxy refuses of what is published, and publish what stands in for it."""
        while True:
            refused = [await self._refused.get()]
            async with self.changing:
                while not self._refused.empty():
                    refused.append(self._refused.get_nowait())
                current = [item for view, item in refused if self._is_published(view, item)]
                if current and await self.views.put_aside(await self.views.guilty(current)):
                    for item in current:  # there are findings of what is aside
                        self._proxy_findings.pop(_what(item), None)
                    await self._refresh()
                self._tell()

    def _is_published(self, view: str, refused: Refused) -> bool:
        """Return whether what was *refused* is still what the proxies of *view* are to have."""
        if refused.resource is None or view not in self.server.snapshots:
            return False
        wanted = self.server.snapshots[view].of_type(refused.type_url).get(refused.resource.name)
        return wanted is not None and wanted.version == refused.resource.version

    async def _refresh(self) -> None:
        """Publish again what is adopted, after something beside it changed."""
        if self._adopted:
            self._publish_all(await self.views.compile())
            await self._look()

    async def _look(self) -> None:
        """Collect what is wrong now: after the publish, so that no request waits for it."""
        self._findings = await self.views.findings()
        self._tell()

    def _publish_all(self, snapshots: Snapshots) -> None:
        self.purges = self.views.purges  # they are never others than those that it was compiled with
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
                    self.views.prove_good(view, snapshot)
                    await self.archive(view, snapshot)
                    kept[view] = snapshot.version

    async def archive(self, view: str, snapshot: Snapshot) -> None:
        """Keep *snapshot* as the last good one of *view*."""
        try:
            await asyncio.to_thread(self._archives.save, view, snapshot)
        except RemoteError as error:
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
        if self.views.add(name):
            if self._adopted:
                self._new_view.set()
            elif (last_good := self._archives.load(name)) is not None:
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
            case Answered(proxy, Refused() as refused):
                text = f"proxy {proxy.node.id} refuses {_what(refused)[1]}: {refused.message}"
                about = refused.resource.about if refused.resource else None
                self._proxy_findings[_what(refused)] = Finding("proxy.refused", text, about=about)
                self._refused.put_nowait((proxy.view, refused))
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


def _what(refused: Refused) -> tuple[str, str]:
    """Return the type and the name of what was *refused*."""
    return refused.type_url, refused.resource.name if refused.resource else "a removal"


def crash(error: Exception) -> Finding:
    """Return the finding for an exception that our own code let through."""
    text = f"Crossway itself failed on this configuration, and what was live stays live: {error!r}"
    return Finding("crossway.bug", text, hint="please report it with the configuration that caused it")
