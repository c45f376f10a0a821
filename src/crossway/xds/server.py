"""The delta ADS server: gRPC around `protocol.Stream`.

All streams of a view are offered the same snapshot, and share its bytes. This module moves bytes, waits and keeps
the registry; what is said to a proxy, and when, is decided in `protocol`.

Law: what is published is proven. What is not proven is on trial: only the proxies that were there when the trial began
are offered it, and one that comes in the middle, a crashed one that is back for instance, gets what is published.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Self

import grpc
import grpc.aio

from crossway.errors import RemoteError, UserError
from crossway.xds.outlet import Outlet
from crossway.xds.protocol import Progress
from crossway.xds.proxies import Event, News, Outcome, Proxies, Proxy
from crossway.xds.session import Session, Warm
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import GRPC_OPTIONS, METHOD, SERVICE, Node, read_request

ViewOf = Callable[[Node, tuple[str, ...]], str | None]
"""The view that a proxy may see, from what it says of itself and what its certificate proves; `None` turns it away."""

LARGEST_REQUEST = 64 * 1024 * 1024
"""Bytes. A proxy that comes back with a hundred thousand resources names them in about ten million."""


async def accepted_is_warm(_node_id: str, _clusters: frozenset[str]) -> None:
    """Take a cluster for warm when it and its endpoints are accepted: for proxies whose admin port is out of reach."""


def ignore(_event: Event) -> None:
    """Take no notice of an event."""


class Server:
    """Serves snapshots to proxies. ``async with`` starts and stops it; `listen` before that."""

    def __init__(
        self,
        view_of: ViewOf,
        clock: Callable[[], float],
        *,
        warm: Warm = accepted_is_warm,
        report: Callable[[Event], None] = ignore,
        patience: float = 15.0,
        grace: float = 5.0,
        taken_within: float = 30.0,
    ) -> None:
        """Make a server; *report* hears each event.

        A cluster that is not warm after *patience* seconds is not waited for: a bad one hurts itself only. A cluster
        that nobody wants any more is removed *grace* seconds after the routes that used it. A proxy that has not taken
        a response *taken_within* seconds after it was begun is cut off.
        """
        self.proxies = Proxies()
        self._view_of = view_of
        self._clock = clock
        self._warm = warm
        self._report = report
        self._patience = patience
        self._grace = grace
        self._outlet = Outlet(taken_within)
        self._snapshots: dict[str, Snapshot] = {}
        self._trials: dict[str, Snapshot] = {}
        self._sessions: dict[int, Session] = {}
        self._streams = 0
        # Whoever lets go of the gRPC server has it collected, and it stops listening without a word.
        options = dict(GRPC_OPTIONS) | {"grpc.so_reuseport": 0, "grpc.max_receive_message_length": LARGEST_REQUEST}
        self._grpc = grpc.aio.server(options=tuple(options.items()))
        handler = grpc.stream_stream_rpc_method_handler(self._serve)
        self._grpc.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler})])

    def listen(self, address: str, credentials: grpc.ServerCredentials | None = None) -> int:
        """Listen on ``unix:/path`` or ``host:port`` and return the port; `UserError` if the address is not free."""
        try:
            if credentials is None:
                return self._grpc.add_insecure_port(address)
            return self._grpc.add_secure_port(address, credentials)
        except RuntimeError:
            raise UserError(f"The address {address} cannot be listened on; it may be taken.") from None

    def add(self, handler: grpc.GenericRpcHandler[bytes, bytes]) -> None:
        """Answer what *handler* knows on the same connections; before the start."""
        self._grpc.add_generic_rpc_handlers([handler])

    async def __aenter__(self) -> Self:
        await self._grpc.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._grpc.stop(grace=None)

    @property
    def snapshots(self) -> Mapping[str, Snapshot]:
        """What is published, by view. What is on trial is not among it."""
        return MappingProxyType(self._snapshots)

    def publish(self, view: str, snapshot: Snapshot) -> None:
        """Give *snapshot* to all proxies of *view*, those that are connected and those to come.

        A trial ends with it: proven if that was of *snapshot*, which those that have it are not sent again; otherwise
        taken back, from wherever each proxy is.
        """
        self._snapshots[view] = snapshot
        self._trials.pop(view, None)
        self.proxies.end_trial(view)
        self._offer_all(view, snapshot)

    def trial(self, view: str, snapshot: Snapshot) -> None:
        """Give *snapshot* to the proxies of *view* that are connected now, until `publish` says what all are to have.

        How they get on, `live` tells. A trial takes over from one before it.
        """
        self._trials[view] = snapshot
        self.proxies.begin_trial(view)
        self._offer_all(view, snapshot)

    async def live(self, view: str, version: str, within: float) -> Outcome:
        """Return where the proxies of *view* that are offered *version*, published or on trial, stand with it.

        Returns once none is waiting, when *within* seconds have passed, or when something else takes its place; then
        as they stood before that.
        """
        outcome = self.proxies.outcome(view, version)
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while outcome.waiting:
                    await self.proxies.change()
                    if version not in self._versions(view):
                        break
                    outcome = self.proxies.outcome(view, version)
        return outcome

    def _versions(self, view: str) -> set[str]:
        return {snapshots[view].version for snapshots in (self._snapshots, self._trials) if view in snapshots}

    def _offer_all(self, view: str, snapshot: Snapshot) -> None:
        for session in self._sessions.values():
            if session.view == view and session.offered is not snapshot:
                self._offer(session, snapshot)
        self.proxies.notify()

    def _offer(self, session: Session, snapshot: Snapshot) -> None:
        self.proxies.offer(session.number, snapshot.version)
        session.offer(snapshot)

    async def _serve(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        try:
            await self._converse(requests, context)
        except* RemoteError as errors:
            fault = str(errors.exceptions[0])
        else:
            return
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, fault)

    async def _converse(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        """Hold one stream until the proxy ends it; `RemoteError` if we have to."""
        opening = await anext(requests, None)
        if opening is None:
            return
        node, first = read_request(opening)
        if node is None:
            raise RemoteError("The first request of a stream names no node.")
        identities = _identities(context)
        view = self._view_of(node, identities)
        if view is None:
            raise RemoteError(f"The node {node.id!r} is not known here.")
        self._streams += 1
        proxy = Proxy(self._streams, node, view, context.peer(), identities, self._clock())
        async with asyncio.TaskGroup() as tasks:
            session = Session(
                proxy,
                tasks,
                partial(self._outlet.write, context),
                self._heard,
                self._warm,
                self._patience,
                self._grace,
            )
            self._sessions[proxy.stream] = session
            self._report(self.proxies.connect(proxy))
            try:
                if view in self._snapshots:
                    self._offer(session, self._snapshots[view])
                session.receive(first)
                async for data in requests:
                    session.receive(read_request(data)[1])
            finally:
                session.end()
                del self._sessions[proxy.stream]
                self._report(self.proxies.disconnect(proxy.stream))

    def _heard(self, stream: int, progress: Progress, news: Sequence[News]) -> None:
        for answered in self.proxies.hear(stream, progress, news):
            self._report(answered)


def _identities(context: grpc.aio.ServicerContext[bytes, bytes]) -> tuple[str, ...]:
    """Return the names in the certificate of the peer."""
    names: Iterable[bytes] = context.auth_context().get("x509_subject_alternative_name", ())
    return tuple(name.decode() for name in names)
