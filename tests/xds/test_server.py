import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crossway.compile.envoy.resource import Resource
from crossway.errors import RemoteError, UserError
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.xds.client import Client, everything
from crossway.xds.protocol import CLUSTER
from crossway.xds.proxies import Answered, Connected, Disconnected, Event
from crossway.xds.server import Server
from crossway.xds.session import Warm
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import METHOD, SERVICE, Node, write_request
from harness.waiting import until
from xds.playbook import ask

SNAPSHOT = Snapshot.of([Resource.of("a", cluster_v3.Cluster(name="a"))])


def everybody(_node: Node, _identities: tuple[str, ...]) -> str | None:
    return "edge"


async def speak(address: str, *messages: bytes) -> grpc.aio.AioRpcError:
    """Send *messages* and return how the server ended the stream."""
    async with grpc.aio.insecure_channel(address) as channel:
        method = channel.stream_stream(f"/{SERVICE}/{METHOD}", request_serializer=bytes, response_deserializer=bytes)
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            async for _ in method(_each(messages)):
                pass
        return ended.value


async def _each(messages: tuple[bytes, ...]) -> AsyncIterator[bytes]:
    for message in messages:
        yield message
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([b"\xff\xff\xff"], "not a delta discovery request"),
        ([write_request(ask(CLUSTER))], "names no node"),
        ([write_request(ask(CLUSTER), Node("stranger"))], "'stranger' is not known here"),
        ([write_request(ask(CLUSTER), Node("friend")), b"\xff\xff\xff"], "not a delta discovery request"),
    ],
)
async def test_who_does_not_keep_to_the_protocol_is_told_why(tmp_path: Path, messages: list[bytes], why: str) -> None:
    server = Server(lambda node, _: "edge" if node.id == "friend" else None, time.monotonic)
    address = f"unix:{tmp_path}/ads.sock"
    server.listen(address)
    async with server, asyncio.timeout(10):
        ended = await speak(address, *messages)
    assert ended.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert why in (ended.details() or "")


async def test_an_address_that_is_taken_is_named() -> None:
    server, other = Server(everybody, time.monotonic), Server(everybody, time.monotonic)
    port = server.listen("127.0.0.1:0")
    async with server:
        with pytest.raises(UserError, match=f"127.0.0.1:{port} cannot be listened on"):
            other.listen(f"127.0.0.1:{port}")


async def test_each_event_is_reported(tmp_path: Path) -> None:
    events: list[Event] = []
    gone = asyncio.Event()

    def report(event: Event) -> None:
        events.append(event)
        if isinstance(event, Disconnected):
            gone.set()

    server = Server(everybody, lambda: 42.0, report=report)
    server.listen(f"unix:{tmp_path}/ads.sock")
    server.publish("edge", SNAPSHOT)
    client = Client(f"unix:{tmp_path}/ads.sock", Node("n1"), everything([CLUSTER]), lambda _: 0.01)
    async with server, asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(client.run())
        async for update in client.updates():
            update.accept()
            break
        outcome = await server.live("edge", SNAPSHOT.version, 5)
        assert [proxy.node.id for proxy in outcome.live] == ["n1"]
        assert outcome.live[0].since == 42.0
        running.cancel()
        await gone.wait()
    assert isinstance(events[0], Connected)
    assert isinstance(events[-1], Disconnected)
    assert [type(e.news).__name__ for e in events if isinstance(e, Answered)] == ["Acknowledged", "Live"]


async def unreachable(_node_id: str, _clusters: frozenset[str]) -> None:
    raise RemoteError("The admin port does not answer.")


async def never(_node_id: str, _clusters: frozenset[str]) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("warm", [unreachable, never])
async def test_a_cluster_that_cannot_be_asked_about_is_gone_on_without_and_counts_as_warming(
    tmp_path: Path, warm: Warm
) -> None:
    server = Server(everybody, time.monotonic, warm=warm, patience=0.01)
    address = f"unix:{tmp_path}/ads.sock"
    server.listen(address)
    server.publish("edge", SNAPSHOT)
    client = Client(address, Node("n1"), everything([CLUSTER]), lambda _: 0.01)
    async with server, asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(client.run())
        async for update in client.updates():
            update.accept()
            break
        await until(lambda: [proxy for proxy in server.proxies if proxy.live == SNAPSHOT.version])
        outcome = await server.live("edge", SNAPSHOT.version, 0.01)
        assert [proxy.warming for proxy in outcome.waiting] == [("a",)]
        running.cancel()


async def test_waiting_ends_with_the_time_and_with_a_newer_version(tmp_path: Path) -> None:
    server = Server(everybody, time.monotonic)
    server.listen(f"unix:{tmp_path}/ads.sock")
    server.publish("edge", SNAPSHOT)
    client = Client(f"unix:{tmp_path}/ads.sock", Node("n1"), everything([CLUSTER]), lambda _: 0.01)
    async with server, asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(client.run())
        async for _ in client.updates():
            break
        assert (await server.live("edge", SNAPSHOT.version, 0.01)).waiting
        waiting = tasks.create_task(server.live("edge", SNAPSHOT.version, 60))
        await asyncio.sleep(0)
        server.publish("edge", Snapshot())
        assert (await waiting).waiting
        assert server.snapshots["edge"].version == Snapshot().version
        running.cancel()


async def test_the_names_in_the_certificate_come_with_the_node() -> None:
    certificate, key = issue("spiffe://test/edge")
    pair = [(key, certificate)]
    seen: list[tuple[str, ...]] = []

    def view_of(_node: Node, identities: tuple[str, ...]) -> str | None:
        seen.append(identities)
        return "edge"

    server = Server(view_of, time.monotonic)
    port = server.listen(
        "localhost:0", grpc.ssl_server_credentials(pair, root_certificates=certificate, require_client_auth=True)
    )
    server.publish("edge", SNAPSHOT)
    client = Client(
        f"localhost:{port}",
        Node("n1"),
        everything([CLUSTER]),
        lambda _: 0.01,
        credentials=grpc.ssl_channel_credentials(certificate, key, certificate),
    )
    async with server, asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(client.run())
        async for update in client.updates():
            assert update.snapshot.version == SNAPSHOT.version
            update.accept()
            break
        running.cancel()
    assert [set(identities) for identities in seen] == [{"localhost", "spiffe://test/edge"}]


def issue(identity: str) -> tuple[bytes, bytes]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.UniformResourceIdentifier(identity)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), encoded
