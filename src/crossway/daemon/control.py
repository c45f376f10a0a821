"""The control plane: sources in, snapshots out, and nothing that is broken in between.

Law: what is live stays live until something better can replace it. A configuration that cannot be read changes
nothing; a start without a configuration that can be read serves the last one that was proven, and says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crossway.compile.envoy import names
from crossway.compile.envoy.view import View
from crossway.daemon.pipeline import Pipeline
from crossway.errors import UserError
from crossway.identity.secrets import SecretLane, Secrets
from crossway.model import Certificate, Finding, Findings, Ref, errors
from crossway.sources import Reading, Source
from crossway.telemetry.metrics import ControlMetrics
from crossway.xds import archive
from crossway.xds.protocol import Live, Refused
from crossway.xds.proxies import Answered, Connected, Disconnected, Event
from crossway.xds.server import Server, accepted_is_warm
from crossway.xds.session import Warm
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import Node

ALL: Final = "*"
"""The name of the view with all gateways; any other one is the gateways' names, with commas between."""

Say = Callable[[str], None]
"""Takes one line for the person at the terminal."""


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
        self.pipeline = pipeline
        self.metrics = metrics
        self._source = source
        self._lane = secrets
        self._say = say
        self._archives = state_directory / "snapshots"
        self._views: dict[str, View] = {ALL: View()}
        self._secrets = Secrets({}, (), {})
        self._refusals: Findings = ()
        self._proxy_findings: dict[tuple[str, str], Finding] = {}
        self._told: frozenset[Finding] = frozenset()
        self._revision = 0
        self._resources = 0
        self._changed = asyncio.Event()
        self.server = Server(self._view_of, time.monotonic, warm=warm, report=self._heard)

    @property
    def state(self) -> State:
        """What is live now, and what is wrong."""
        findings = (
            *self._refusals,
            *self.pipeline.findings(),
            *self._secrets_findings(),
            *self._proxy_findings.values(),
        )
        return State(self._revision, self._resources, findings, bool(self._refusals))

    def start(self) -> None:
        """Read the source and publish what it says, or else the last good snapshot.

        Raises `UserError` if there is neither.
        """
        reading = self._source.read()
        if self._take(reading):
            return
        snapshot = archive.load(self._archives / _file(ALL))
        if snapshot is None:
            raise UserError("the configuration is broken and there is no last good one to start from")
        self._say("the configuration is broken: STARTING FROM THE LAST GOOD ONE, which may be old")
        self._publish(ALL, snapshot)

    async def run(self) -> None:
        """Follow the source and the certificates until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_source())
            tasks.create_task(self._follow_secrets())
            tasks.create_task(self._keep_archives())

    async def _follow_source(self) -> None:
        async with aclosing(self._source.changes()) as readings:
            async for reading in readings:
                began = time.monotonic()
                if self._take(reading):
                    taken = time.monotonic() - began
                    self.metrics.change_seconds.observe(taken)
                    self._say(f"revision {self._revision} is out after {taken * 1000:.0f} ms")

    async def _follow_secrets(self) -> None:
        async with aclosing(self._lane.changes()) as changes:
            async for secrets in changes:
                self._secrets = secrets
                self._declare_unusable()
                self._publish_all()
                self._tell()

    def _take(self, reading: Reading) -> bool:
        """Adopt what was read and publish it; return whether it could be."""
        documents, missing = reading
        loaded = self.pipeline.read(documents)
        self._refusals = (*missing, *loaded.findings) if errors(missing) or loaded.refused else ()
        if self._refusals:
            self.metrics.refused.inc()
            self._tell()
            if self._revision:
                self._say(f"the new configuration is refused; revision {self._revision} stays live")
            return False
        before = self.pipeline.certificates()
        self.pipeline.adopt(loaded)
        certificates = self.pipeline.certificates()
        if certificates != before:
            self._secrets = self._lane.declare(certificates)
            self._declare_unusable()
        self._revision += 1
        self.metrics.revision.set(self._revision)
        self._publish_all()
        self._tell()
        return True

    def _declare_unusable(self) -> None:
        codes: dict[Ref, str] = {}
        for ref, certificate in self.pipeline.certificates().items():
            if not all(name in self._secrets.resources for name in _secret_names(ref, certificate)):
                found = [finding.code for finding in self._secrets.findings if finding.about == ref]
                codes[ref] = found[0] if found else "certificate.missing"
        self.pipeline.declare_unusable(codes)

    def _publish_all(self) -> None:
        for name, view in self._views.items():
            wanted = self.pipeline.view_certificates(view)
            secrets = (secret for secret in self._secrets.resources.values() if secret.about in wanted)
            self._publish(name, Snapshot.of((*self.pipeline.resources(view), *secrets)))

    def _publish(self, view: str, snapshot: Snapshot) -> None:
        self.server.publish(view, snapshot)
        if view == ALL:
            self._resources = len(snapshot)
            self.metrics.resources.set(self._resources)
        self._changed.set()

    async def _keep_archives(self) -> None:
        """Save each snapshot that every proxy of its view has taken over as a whole."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            for view, snapshot in list(self.server.snapshots.items()):
                outcome = await self.server.live(view, snapshot.version, within=60.0)
                if outcome.live and not outcome.refused and not outcome.waiting:
                    self._archives.mkdir(parents=True, exist_ok=True)
                    await asyncio.to_thread(archive.save, self._archives / _file(view), snapshot)

    def _view_of(self, node: Node, identities: tuple[str, ...]) -> str | None:
        """Return the view that a proxy asks for by its cluster name; views of gateways that do not exist are empty."""
        name = node.cluster or ALL
        if name not in self._views:
            gateways = frozenset(Ref.parse("gateways", text.strip(), "default") for text in name.split(","))
            self._views[name] = View(gateways)
            self._publish_all()
        return name

    def _heard(self, event: Event) -> None:
        self.metrics.proxies.set(len(self.server.proxies))
        if isinstance(event, Connected):
            self._say(f"proxy {event.proxy.node.id} is connected")
        elif isinstance(event, Disconnected):
            self._say(f"proxy {event.proxy.node.id} is gone")
        elif isinstance(event, Answered) and isinstance(event.news, Refused):
            for resource in event.news.resources:
                message = f"proxy {event.proxy.node.id} refuses {resource.name}: {event.news.message}"
                finding = Finding("proxy.refused", message, about=resource.about)
                self._proxy_findings[resource.type_url, resource.name] = finding
            self._tell()
        elif isinstance(event, Answered) and isinstance(event.news, Live) and self._proxy_findings:
            kept = {(item.type_url, item.name) for refused in event.proxy.refused for item in refused.resources}
            self._proxy_findings = {key: item for key, item in self._proxy_findings.items() if key in kept}

    def _secrets_findings(self) -> Findings:
        return self.pipeline.loaded.locate(self._secrets.findings)

    def _tell(self) -> None:
        """Say what is wrong, each thing once for as long as it lasts."""
        findings = self.state.findings
        for finding in dict.fromkeys(findings):
            if finding not in self._told:
                self._say(str(finding))
        self._told = frozenset(findings)
        self.metrics.findings.set(len(errors(findings)))


def _secret_names(ref: Ref, certificate: Certificate) -> Iterable[str]:
    if certificate.certificate is not None:
        yield names.secret(ref)
    if certificate.ca is not None:
        yield names.authorities(ref)


def _file(view: str) -> str:
    return "all.snapshot" if view == ALL else f"{view.replace('/', '_')}.snapshot"
