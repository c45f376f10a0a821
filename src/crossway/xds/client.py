"""A delta ADS client: follows the snapshot of another control plane.

It acknowledges only when its owner says so, so a relay answers for its own Envoy: what it accepted is live there. The
control plane's order of pushes therefore holds through any number of relays. An update is a complete state: what the
owner has accepted, and all that was sent since.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import NoReturn

import grpc
import grpc.aio

from crossway.compile.envoy.resource import Resource
from crossway.errors import Bug
from crossway.xds.snapshot import EMPTY, Snapshot
from crossway.xds.subscription import WILDCARD, Request, Send
from crossway.xds.wire import GRPC_OPTIONS, METHOD, SERVICE, Node, read_response, write_request

_Outbox = asyncio.Queue[Request]
"""What is to be said on one stream. Answers that come when it has ended stay in it, and are lost with it."""


def everything(types: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the subscriptions to all resources of *types*."""
    return dict.fromkeys(types, (WILDCARD,))


class Update:
    """A state that the control plane wants, to be answered with `accept` or `refuse` before the next one."""

    def __init__(self, client: Client, responses: tuple[Send, ...], outbox: _Outbox) -> None:
        self.snapshot = _applied(client.accepted, responses)
        self._client = client
        self._responses = responses
        self._outbox = outbox
        self.answered = False

    @property
    def types(self) -> frozenset[str]:
        """The types that something was sent of since the last accepted state."""
        return frozenset(response.type_url for response in self._responses)

    def accept(self) -> None:
        """Acknowledge: the state is live here."""
        self.refuse({})

    def refuse(self, reasons: Mapping[str, str]) -> None:
        """Refuse the types in *reasons*, type URL to sentence, and acknowledge the others."""
        self.answered = True
        kept = [response for response in self._responses if response.type_url not in reasons]
        self._client.accepted = _applied(self._client.accepted, kept)
        for response in self._responses:
            reason = reasons.get(response.type_url)
            request = Request(response.type_url, response_nonce=response.nonce, error_message=reason)
            self._outbox.put_nowait(request)


class Client:
    """Follows one control plane while `run` runs."""

    def __init__(
        self,
        address: str,
        node: Node,
        subscriptions: Mapping[str, tuple[str, ...]],
        delay: Callable[[int], float],
        *,
        credentials: grpc.ChannelCredentials | None = None,
        known: Snapshot = EMPTY,
    ) -> None:
        """Make a client that asks for *subscriptions*, names by type URL (see `everything`).

        *delay* is asked for the seconds to wait before the nth attempt in a row, from 1. What stands in *known*, an
        archived snapshot for instance, is not sent again.
        """
        self.accepted = known
        """The newest state that the owner accepted."""
        self.trouble: str | None = "It has not connected yet."
        """Why nothing is received now; `None` while all is well."""
        self._address = address
        self._node = node
        self._subscriptions = subscriptions
        self._delay = delay
        self._credentials = credentials
        self._outbox: _Outbox | None = None
        self._received: list[Send] = []
        self._news = asyncio.Event()

    async def run(self) -> NoReturn:
        """Keep the connection, for ever."""
        attempt = 0
        while True:
            try:
                async with self._channel() as channel:
                    await self._converse(channel)
                self.trouble = "The control plane ended the stream."
            except grpc.aio.AioRpcError as error:
                self.trouble = error.details() or error.code().name
            attempt = attempt + 1 if self._outbox is None else 1
            self._outbox = None
            self._received.clear()
            await asyncio.sleep(self._delay(attempt))

    async def updates(self) -> AsyncIterator[Update]:
        """Yield the states to be taken over. What arrives while one is being answered is in the next one."""
        while True:
            await self._news.wait()
            self._news.clear()
            responses, self._received = tuple(self._received), []
            if not responses or self._outbox is None:
                continue
            update = Update(self, responses, self._outbox)
            yield update
            if not update.answered:
                raise Bug("An update of the control plane was neither accepted nor refused.")

    def _channel(self) -> grpc.aio.Channel:
        if self._credentials is None:
            return grpc.aio.insecure_channel(self._address, options=GRPC_OPTIONS)
        return grpc.aio.secure_channel(self._address, self._credentials, options=GRPC_OPTIONS)

    async def _converse(self, channel: grpc.aio.Channel) -> None:
        outbox = _Outbox()
        method = channel.stream_stream(f"/{SERVICE}/{METHOD}", request_serializer=bytes, response_deserializer=bytes)
        call = method(self._requests(outbox))
        await call.wait_for_connection()
        self._outbox, self.trouble = outbox, None
        async for data in call:
            self._received.append(read_response(data))
            self._news.set()

    async def _requests(self, outbox: _Outbox) -> AsyncIterator[bytes]:
        node: Node | None = self._node
        for type_url, names in self._subscriptions.items():
            held = {name: resource.version for name, resource in self.accepted.of_type(type_url).items()}
            yield write_request(Request(type_url, names, initial_versions=held), node)
            node = None
        while True:
            yield write_request(await outbox.get())


def _applied(snapshot: Snapshot, responses: Iterable[Send]) -> Snapshot:
    """Return *snapshot* after *responses*."""
    resources: dict[str, Mapping[str, Resource]] = dict(snapshot.resources)
    for response in responses:
        of_type = dict(resources.get(response.type_url, {}))
        for name in response.removed:
            of_type.pop(name, None)
        of_type.update((resource.name, resource) for resource in response.resources)
        resources[response.type_url] = of_type
    return Snapshot({type_url: of_type for type_url, of_type in resources.items() if of_type})
