import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest

from crossway.compile.envoy.resource import Resource
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.xds.client import Client, everything
from crossway.xds.outlet import AT_A_TIME, disconnect
from crossway.xds.protocol import CLUSTER
from crossway.xds.proxies import Disconnected, Event
from crossway.xds.server import Server
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import METHOD, SERVICE, Node, read_response, write_request
from harness.waiting import until
from xds.playbook import ack, ask
from xds.samples import cluster

Call = grpc.aio.StreamStreamCall[bytes, bytes]
SMALL_WINDOW = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 65_535),
)
"""What is sent beyond 64 KiB waits until it is read."""
HUGE = Resource.of("huge", cluster_v3.Cluster(name="huge", alt_stat_name="x" * 1_000_000))


def snapshot(text: str) -> Snapshot:
    return Snapshot.of([HUGE, cluster("c", text)])


@asynccontextmanager
async def serving(taken_within: float, events: list[Event]) -> AsyncIterator[tuple[Server, str]]:
    server = Server(lambda _n, _i: "edge", time.monotonic, report=events.append, taken_within=taken_within)
    port = server.listen("127.0.0.1:0")
    async with asyncio.timeout(30), server:
        yield server, f"127.0.0.1:{port}"


@asynccontextmanager
async def calling(address: str, name: str) -> AsyncIterator[Call]:
    """A proxy that has asked for clusters and has read nothing yet."""
    async with grpc.aio.insecure_channel(address, SMALL_WINDOW) as channel:
        call = channel.stream_stream(f"/{SERVICE}/{METHOD}", request_serializer=bytes, response_deserializer=bytes)()
        await call.write(write_request(ask(CLUSTER), Node(name)))
        yield call


async def test_who_takes_nothing_is_cut_off_and_holds_up_nobody() -> None:
    events: list[Event] = []
    async with serving(0.3, events) as (server, address):
        server.publish("edge", snapshot("1s"))
        async with calling(address, "stuck") as call:
            await until(lambda: [event for event in events if isinstance(event, Disconnected)])
            assert not server.proxies
            assert await call.code() is grpc.StatusCode.UNAVAILABLE


async def test_an_edit_does_not_wait_for_those_who_take_nothing_and_a_newcomer_until_they_are_cut_off() -> None:
    async with AsyncExitStack() as stack:
        server, address = await stack.enter_async_context(serving(2.0, []))
        server.publish("edge", snapshot("1s"))
        client = Client(address, Node("good"), everything([CLUSTER]), lambda _: 0.01)
        late = Client(address, Node("late"), everything([CLUSTER]), lambda _: 0.01)

        async def accept(client: Client) -> None:
            async for update in client.updates():
                update.accept()

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(client.run()), tasks.create_task(accept(client))]
            await until(lambda: client.accepted.version == snapshot("1s").version)
            for number in range(AT_A_TIME):
                await stack.enter_async_context(calling(address, f"stuck-{number}"))
            await until(lambda: len(server.proxies) == AT_A_TIME + 1)
            edited = snapshot("2s")
            server.publish("edge", edited)
            await until(lambda: client.accepted.version == edited.version)
            assert len(server.proxies) == AT_A_TIME + 1
            running += [tasks.create_task(late.run()), tasks.create_task(accept(late))]
            await until(lambda: late.accepted.version == edited.version)
            for task in running:
                task.cancel()


async def test_what_is_published_while_a_proxy_does_not_answer_is_one_response_in_the_end() -> None:
    async with serving(30.0, []) as (server, address):
        server.publish("edge", Snapshot.of([cluster("c", "1s")]))
        async with calling(address, "silent") as call:
            first = await call.read()
            assert isinstance(first, bytes)
            for seconds in range(2, 100):
                server.publish("edge", Snapshot.of([cluster("c", f"{seconds}s")]))
            (proxy,) = server.proxies
            assert len(proxy.progress.unanswered) == 1
            await call.write(write_request(ack(CLUSTER, int(read_response(first).nonce))))
            second = await call.read()
            assert isinstance(second, bytes)
            response = read_response(second)
            assert response.resources == (cluster("c", "99s"),)
            await call.write(write_request(ack(CLUSTER, int(response.nonce))))
            await until(lambda: server.proxies.outcome("edge", Snapshot.of([cluster("c", "99s")]).version).live)


@pytest.mark.parametrize(
    ("bound", "host", "written"),
    [
        ("127.0.0.1", "127.0.0.1", "ipv4:127.0.0.1"),
        ("::1", "::1", "ipv6:%5B::1%5D"),
        ("::", "127.0.0.1", "ipv4:127.0.0.1"),
    ],
)
def test_the_connection_with_the_peer_is_shut_down_and_no_other(bound: str, host: str, written: str) -> None:
    family = socket.AF_INET6 if ":" in bound else socket.AF_INET
    with socket.create_server((bound, 0), family=family, dualstack_ipv6=bound == "::") as server:
        address = (host, server.getsockname()[1])
        with socket.create_connection(address) as first, socket.create_connection(address) as second:
            accepted = {name[1]: connection for connection, name in (server.accept(), server.accept())}
            open_before = len([*Path("/dev/fd").iterdir()])
            disconnect(f"{written}:{first.getsockname()[1]}")
            disconnect("unix:")
            assert len([*Path("/dev/fd").iterdir()]) == open_before
            assert first.recv(1) == b""
            accepted[second.getsockname()[1]].send(b"x")
            assert second.recv(1) == b"x"
            for connection in accepted.values():
                connection.close()


def test_a_peer_that_is_gone_is_no_trouble() -> None:
    disconnect("ipv4:127.0.0.1:1")
