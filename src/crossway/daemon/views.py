"""The views of a control plane: what the proxies of each are to have, with what stands in for what they refused.

Everything that is computed is computed off the event loop, one question at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

from crossway.compile.contract import GenericSecret
from crossway.compile.envoy.view import View
from crossway.compile.program import Purge
from crossway.daemon.archives import Archives
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.proof import Refusal, guilty_routes, prove
from crossway.daemon.quarantine import Quarantine
from crossway.daemon.snapshots import ALL, obeying, view_of, view_snapshot
from crossway.dialects.native import Loaded
from crossway.errors import RemoteError
from crossway.identity.material import pems
from crossway.identity.secrets import SecretLane, Secrets
from crossway.model import (
    Answers,
    Artifact,
    Artifacts,
    Asked,
    Certificate,
    Document,
    Findings,
    Pems,
    Providers,
    Ref,
)
from crossway.xds.protocol import Refused
from crossway.xds.snapshot import EMPTY, Snapshot

T = TypeVar("T")
Needed = tuple[Mapping[Ref, Certificate], frozenset[GenericSecret]]
"""What secrets are made of."""
Snapshots = Mapping[str, Snapshot]
"""What each view is to have, by its name."""
Find = Callable[[frozenset[str]], Awaitable[Providers]]
"""Returns what OpenID providers, by their issuers, said of themselves."""


Fetch = Callable[[frozenset[Artifact]], Awaitable[Artifacts]]
"""Returns what became of fetching files."""


Ask = Callable[[Mapping[Asked, Pems]], Awaitable[Answers]]
"""Returns what services, which are reached with these certificates, said of themselves."""


async def find_none(_issuers: frozenset[str]) -> Providers:
    """Return nothing: nobody asks providers."""
    return {}


async def fetch_none(_artifacts: frozenset[Artifact]) -> Artifacts:
    """Return nothing: nobody fetches files."""
    return {}


async def ask_none(_wanted: Mapping[Asked, Pems]) -> Answers:
    """Return nothing: nobody asks services."""
    return {}


class Views:
    """The pipeline of a control plane with the secrets and the quarantine that belong to it."""

    def __init__(
        self,
        pipeline: Pipeline,
        lane: SecretLane,
        archives: Archives,
        find: Find = find_none,
        fetch: Fetch = fetch_none,
        ask: Ask = ask_none,
    ) -> None:
        self._pipeline = pipeline
        self._lane = lane
        self._archives = archives
        self._find = find
        self._fetch = fetch
        self._ask_services = ask
        self._providers: Providers = {}
        self._artifacts: Artifacts = {}
        self._answers: Answers = {}
        self._busy = asyncio.Lock()
        self._views: dict[str, View] = {ALL: View()}
        self._quarantine = Quarantine()
        self._proven: dict[str, Snapshot] = {}
        self._wanted: Snapshots = {}
        self.secrets = Secrets({}, (), {})
        self.token_keys = ""
        """The public keys of the tokens that are issued here, in JSON."""
        self.purges: tuple[Purge, ...] = ()
        """What the caches of all proxies must not give any more."""

    @property
    def loaded(self) -> Loaded:
        """The configuration that was adopted last."""
        return self._pipeline.loaded

    async def ask(self, question: Callable[[Pipeline], T]) -> T:
        """Return the answer of the pipeline to *question*."""
        async with self._busy:
            return await asyncio.to_thread(question, self._pipeline)

    def add(self, name: str) -> bool:
        """Have snapshots made for the view called *name*; return whether it is a new one."""
        if name in self._views:
            return False
        self._views[name] = view_of(name)
        return True

    async def read(self, documents: Iterable[Document]) -> Loaded:
        """Return what *documents* say. Nothing follows from it before it is adopted."""
        return await self.ask(lambda pipeline: pipeline.read(documents))

    async def adopt(self, loaded: Loaded, watched: frozenset[Ref] = frozenset()) -> Snapshots:
        """Make *loaded* the configuration, and return what the proxies are to have then.

        Routes that are *watched*, or lead to a service that is, are counted one by one.
        """
        snapshots = await self.ask(lambda pipeline: self._adopt(pipeline, loaded, watched))
        return await self.discover() or snapshots

    async def discover(self) -> Snapshots | None:
        """Return what the proxies are to have by what is said and fetched now; `None` if that is as before."""
        providers = await self._find(await self.ask(Pipeline.issuers))
        artifacts = await self._fetch(await self.ask(Pipeline.artifacts))
        asked = await self.ask(Pipeline.asked)
        answers = await self._ask_services({one: pems(one, self.secrets.resources) for one in asked})
        if (providers, artifacts, answers) == (self._providers, self._artifacts, self._answers):
            return None
        self._providers, self._artifacts, self._answers = providers, artifacts, answers
        return await self.ask(lambda pipeline: self._take_in(pipeline, providers, artifacts, answers))

    async def compile(self) -> Snapshots:
        """Return what the proxies are to have, after something beside the configuration changed."""
        return await self.ask(self._compile)

    async def prove(self, snapshots: Snapshots, used: Iterable[str], within: float) -> tuple[Refusal, ...]:
        """Return what Envoy would refuse of *snapshots*: of the views in *used*, or of all gateways if it is empty."""
        refusals: list[Refusal] = []
        for name in sorted(set(used) & snapshots.keys()) or [ALL]:
            since = self.proven(name)
            refusals += await asyncio.to_thread(prove, snapshots[name], since, within)
        return tuple(dict.fromkeys(refusals))

    async def prove_first(self, snapshots: Snapshots, within: float) -> Snapshots:
        """Return *snapshots* with what Envoy refuses of them put aside, as far as that is found *within* the seconds.

        A proxy that has just started has nothing to fall back on: one bad route would cost it the whole table.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        with suppress(RemoteError):  # the proxies will say it then
            while (left := deadline - loop.time()) > 0:
                if not await self.put_aside(await self.prove(snapshots, (), left)):
                    break
                snapshots = await self.compile()
        return snapshots

    async def guilty(self, refused: Iterable[Refused]) -> tuple[Refusal, ...]:
        """Return what is to blame for what proxies refused: routes if a table was, and Envoy says which."""
        found: list[Refusal] = []
        for item in refused:
            if item.resource is not None:
                routes = await asyncio.to_thread(guilty_routes, item.resource, item.message)
                found += routes or (Refusal(item.resource, None, item.message),)
        return tuple(dict.fromkeys(found))

    async def put_aside(self, refusals: tuple[Refusal, ...]) -> bool:
        """Put what was refused into quarantine; return whether `compile` gives something else than before."""
        return await self.ask(lambda pipeline: self._put_aside(pipeline, refusals))

    async def findings(self) -> Findings:
        """Return everything there is to say about the configuration that was adopted."""
        return await self.ask(self._findings)

    def proven(self, view: str) -> Snapshot:
        """Return what was live last on all proxies of *view*; the empty snapshot if nothing was."""
        if view not in self._proven:
            self._proven[view] = EMPTY
            with suppress(RemoteError):  # a damaged one is as good as none
                self._proven[view] = self._archives.load(view) or EMPTY
        return self._proven[view]

    def prove_good(self, view: str, snapshot: Snapshot) -> None:
        """Remember that *snapshot* is live on all proxies of *view*."""
        self._proven[view] = snapshot

    def _adopt(self, pipeline: Pipeline, loaded: Loaded, watched: frozenset[Ref]) -> Snapshots:
        before = _needed(pipeline)
        pipeline.adopt(loaded)
        pipeline.watch(watched)
        return self._declare(pipeline, before)

    def _take_in(self, pipeline: Pipeline, providers: Providers, artifacts: Artifacts, answers: Answers) -> Snapshots:
        before = _needed(pipeline)
        pipeline.serve_providers(providers)
        pipeline.serve_artifacts(artifacts)
        pipeline.serve_answers(answers)
        return self._declare(pipeline, before)

    def _declare(self, pipeline: Pipeline, before: Needed) -> Snapshots:
        """Have the secrets read that are needed now, if they are others than *before*, and compile."""
        if (needed := _needed(pipeline)) != before:
            self.secrets = self._lane.declare(*needed)
        return self._compile(pipeline)

    def _compile(self, pipeline: Pipeline) -> Snapshots:
        pipeline.serve_certificates(self.secrets.resources.keys(), self.secrets.findings)
        pipeline.serve_secrets(self.secrets.resources.keys())
        pipeline.serve_token_keys(self.token_keys)
        pipeline.serve_purges(self.purges)
        guarded: dict[str, Snapshot] = {}
        self._wanted = {
            name: view_snapshot(pipeline, view, self.secrets.resources) for name, view in self._views.items()
        }
        unusable = {}
        for name, snapshot in self._wanted.items():
            kept, without = self._quarantine.guard(snapshot, partial(self.proven, name))
            guarded[name] = kept if kept is snapshot else obeying(kept, self.purges)
            unusable.update(without)
        if pipeline.give_up(unusable):
            return self._compile(pipeline)
        return guarded

    def _put_aside(self, pipeline: Pipeline, refusals: tuple[Refusal, ...]) -> bool:
        proven = [self.proven(name) for name in self._views]
        return self._quarantine.put(refusals, pipeline, proven)

    def _findings(self, pipeline: Pipeline) -> Findings:
        refused = (finding for wanted in self._wanted.values() for finding in self._quarantine.findings(wanted))
        return pipeline.findings((*self.secrets.findings, *dict.fromkeys(refused)))


def _needed(pipeline: Pipeline) -> Needed:
    return pipeline.certificates(), pipeline.generic_secrets()
