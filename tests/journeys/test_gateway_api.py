"""The traffic of the Gateway API's conformance suite, sent to the running product. The suite itself needs a cluster."""

import asyncio
import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import grpc.aio
import pytest
import websockets.asyncio.client as websockets

from harness import client
from harness.background import Background
from harness.client import Answer
from harness.conformance import ADDRESS, Address, Item, World, conformance_tests
from harness.conformance_stage import Stage, staged
from harness.echo_basic import GRPC_SERVICE, WELCOME
from harness.waiting import until

pytestmark = pytest.mark.journey

MESH = "the suite sends it from a pod of a mesh to a service; proxies beside workloads are not there yet"
"""Why the traffic of the mesh is not sent."""
ASKED = 200
"""How often is asked where backends have weights; a share may be off by five standard deviations."""
PER_PORT = 8443
"""The port whose clients are checked in another way than those of the rest."""

TRAFFIC = [item for test in conformance_tests() for item in test.traffic]


@pytest.fixture(scope="module")
def stage(background: Background) -> Iterator[Stage]:
    with staged(background, (item for item in TRAFFIC if not item.test.is_mesh)) as stage:
        yield stage


@pytest.mark.parametrize("item", TRAFFIC, ids=repr)
async def test_traffic(item: Item, stage: Stage) -> None:
    if item.test.is_mesh:
        pytest.skip(MESH)
    world = stage.world(item)
    pods = [await send(item, stage, world)]
    if item is item.test.traffic[-1] and "Weight" in item.test.name:
        pods += [await send(item, stage, world) for _ in range(ASKED)]
        are_shared_by_weight(pods, world)
    for mirror in item.data["expected"].get("mirroredTo", ()):
        await is_mirrored(item, mirror, stage, world)


async def send(item: Item, stage: Stage, world: World) -> str:
    """Send what an item says, compare what comes back, and return the pod that answered, if one did."""
    kind = item.data["kind"]
    match kind.partition(".")[0]:
        case "tls" if "Rejection" in kind:
            return await is_rejected(item, world)
        case "http" | "tls" | "roundtripper":
            return await over_http(item, stage, world)
        case "grpc":
            return await over_grpc(item, world)
        case "tcp":
            return await over_tcp(item, stage, world)
        case "udp":
            return await over_udp(item, world)
        case "websocket":
            return await over_websocket(item, world)
        case other:
            raise AssertionError(other)


def address_of(item: Item) -> Address:
    args = item.data.get("args", {})
    text = item.data.get("gateway") or args.get("url") or args.get("address")
    return Address.parse(text.replace("%2F", "/").replace("%23", "#"))


def headers_of(item: Item) -> dict[str, str]:
    """Return the headers of a request; of the backend it asks for those that the suite says."""
    sets = item.data["expected"].get("backendSetsResponseHeaders", {})
    asked = {"x-echo-set-header": ",".join(f"{name}:{value}" for name, value in sets.items())} if sets else {}
    return asked | item.data.get("request", {}).get("headers", {})


def client_tls(item: Item, stage: Stage) -> ssl.SSLContext | None:
    """Return how the client speaks TLS, if it does; with its certificate, where the suite gives it one."""
    if "serverName" not in item.data:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    for authority in (stage.material.server, stage.material.backend):
        context.load_verify_locations(cadata=authority.pem)
    if item.test.name.startswith("GatewayFrontendClientCertificate") and "without" not in item.data["subtest"]:
        matching, other = stage.material.clients, stage.material.clients_per_port
        if address_of(item).port == PER_PORT:
            matching, other = other, matching
        fits = "Failure" not in item.data["kind"] and "non-matching" not in item.data["subtest"]
        (matching if fits else other).show(context, "client.example.org")
    return context


def are_shared_by_weight(pods: Sequence[str], world: World) -> None:
    """Say that the backends of the only route got their shares."""
    (route,) = [one for one in world.objects if one["kind"].endswith("Route")]
    weights = {ref["name"]: ref["weight"] for rule in route["spec"]["rules"] for ref in rule["backendRefs"]}
    for name, weight in weights.items():
        assert is_share(sum(pod.startswith(name) for pod in pods), len(pods), weight / sum(weights.values()))


def is_share(count: int, asked: int, share: float) -> bool:
    """Return whether so many are the *share* of those asked, within five standard deviations."""
    return bool(abs(count - asked * share) <= 5 * (asked * share * (1 - share)) ** 0.5)


async def is_mirrored(item: Item, mirror: Mapping[str, Any], stage: Stage, world: World) -> None:
    """Say that a backend got copies of a request: of each one, or of so many percent."""
    server, path = stage.http[mirror["Namespace"], mirror["Name"]], item.data["request"]["path"]

    def copies() -> int:
        return sum(request.path == path for request in server.received)

    if "Percent" not in mirror:
        await until(copies)
        return
    before = copies()
    for _ in range(ASKED):
        await send(item, stage, world)
    await until(lambda: is_share(copies() - before, ASKED, mirror["Percent"] / 100))


async def over_http(item: Item, stage: Stage, world: World) -> str:
    address, request = address_of(item), item.data.get("request", {})
    expected = item.data["expected"]
    said, port = world.said(address), world.port(address)
    path = request.get("path") or "/"
    if "url" in item.data.get("args", {}):
        url = urlsplit(item.data["args"]["url"])
        path = f"{url.path}?{url.query}" if url.query else url.path
    host = request.get("host") or (ADDRESS if said in {80, 443} else f"{ADDRESS}:{said}")
    method = request.get("method") or "GET"
    try:
        answer = await client.request(
            port,
            path,
            method=method,
            host=host,
            headers=headers_of(item),
            tls=client_tls(item, stage),
            server_name=item.data.get("serverName"),
        )
    except OSError:
        assert isinstance(expected.get("status"), str)
        return ""
    if isinstance(expected.get("status"), str):
        assert answer.status != 200
        return ""
    assert answer.status in expected.get("status", [200]), answer.text
    if "redirect" in expected:
        scheme = "https" if "serverName" in item.data else "http"
        compare_redirect(expected["redirect"], request, f"{scheme}://{host}", answer, world)
    compare_response(expected.get("response", {}), answer)
    if answer.status != 200 or method == "OPTIONS":
        return ""
    return compare_echo(request, expected, path, answer.json)


def compare_redirect(
    expected: Mapping[str, str], request: Mapping[str, Any], sent: str, answer: Answer, world: World
) -> None:
    """Say that a redirect leads where it should; a port that belongs to the scheme may be left out."""
    url, own = urlsplit(answer.headers["location"]), urlsplit(sent)
    assert url.scheme == expected.get("Scheme", own.scheme)
    assert url.hostname == expected.get("Host", own.hostname)
    assert url.path == expected.get("Path", urlsplit(request["path"]).path)
    usual = {"http": 80, "https": 443}[url.scheme]
    assert (world.meant(url.port) if url.port else usual) == int(expected.get("Port", usual))


def compare_response(expected: Mapping[str, Any], answer: Answer) -> None:
    for name, value in expected.get("Headers", {}).items():
        assert flat(answer.headers.get(name.lower())) == flat(value), name
    for name in expected.get("AbsentHeaders", ()):
        assert name.lower() not in answer.headers
    for name, values in expected.get("ValidHeaderValues", {}).items():
        got = answer.headers.get(name.lower())
        if expected.get("IgnoreWhitespace"):
            got, values = got and got.replace(" ", ""), [value.replace(" ", "") for value in values]
        assert got in values, name


def compare_echo(request: Mapping[str, Any], expected: Mapping[str, Any], path: str, echo: Mapping[str, Any]) -> str:
    """Return the pod that answered, which got what is expected: what was sent, unless something else is said."""
    said = expected.get("backendRequest") or {
        "Host": request.get("host"),
        "Headers": request.get("headers", {}),
        "SNI": request.get("sni"),
    }
    assert echo["path"] == said.get("Path", path)
    assert echo["method"] == said.get("Method", request.get("method") or "GET")
    assert said.get("Host") in {None, echo["host"]}
    assert said.get("SNI") in {None, echo.get("sni")}
    assert echo.get("client") or "clientcert" not in request
    for name, value in said.get("Headers", {}).items():
        assert flat(echo["headers"].get(name.lower())) == flat(value), name
    for name in said.get("AbsentHeaders", ()):
        assert name.lower() not in echo["headers"]
    return compare_pod(expected.get("namespace", ""), expected.get("backend", ""), echo)


def flat(value: str | None) -> str:
    """Return the values of a header without the spaces between them."""
    return (value or "").replace(", ", ",")


def compare_pod(namespace: str, backend: str, echo: Mapping[str, Any]) -> str:
    """Return the pod that answered, which is one of those expected."""
    pod = echo["pod"]
    assert echo["namespace"] == namespace or not namespace
    assert isinstance(pod, str)
    assert pod.startswith(backend)
    return pod


async def is_rejected(item: Item, world: World) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def connect() -> None:
        with socket.create_connection((ADDRESS, world.port(address_of(item))), client.DEADLINE) as plain:
            context.wrap_socket(plain, server_hostname=item.data["serverName"]).close()

    with pytest.raises(OSError):
        await asyncio.to_thread(connect)
    return ""


async def over_grpc(item: Item, world: World) -> str:
    address, request = address_of(item), item.data["request"].get("RequestMetadata", {})
    named = re.search(r"GrpcEcho/(\w+)", item.data["subtest"])
    method = f"/{GRPC_SERVICE}/{named[1] if named else 'Echo'}"
    options = (("grpc.default_authority", request.get("Authority", ADDRESS)),)
    async with grpc.aio.insecure_channel(f"{ADDRESS}:{world.port(address)}", options) as channel:
        metadata = [(name.lower(), value) for name, value in request.get("Metadata", {}).items()]
        code = item.data["expected"]["response"].get("Code", 0)
        call = channel.unary_unary(method)(b"", metadata=metadata, timeout=client.DEADLINE)
        assert (await call.code()).value[0] == code
        if code:
            return ""
        told = json.loads(await call)
    return compare_pod(item.data["expected"].get("namespace", ""), item.data["expected"].get("backend", ""), told)


async def over_tcp(item: Item, stage: Stage, world: World) -> str:
    args, expected = item.data["args"], item.data["args"].get("expected", {})
    port = world.port(address_of(item))
    reader, writer = await asyncio.open_connection(
        ADDRESS, port, ssl=client_tls(item, stage), server_hostname=args.get("serverName")
    )
    try:
        async with asyncio.timeout(client.DEADLINE):
            assert await reader.readline() == WELCOME
            writer.write(b"TEST\n")
            told = json.loads(await reader.readline())
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    assert told["isTLS"] == expected.get("BackendIsTLS", False)
    if "Hostname" in expected:
        assert told["tls"]["serverName"] == expected["Hostname"]
    return compare_pod(expected.get("Namespace", ""), expected.get("Backend", ""), told)


async def over_udp(item: Item, world: World) -> str:
    expected = item.data["args"].get("expected", {})

    def asked() -> bytes:
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.settimeout(client.DEADLINE)
            sock.connect((ADDRESS, world.port(Address.parse(item.data["gateway"]))))
            sock.send(b"hello")
            return sock.recv(65_536)

    told = json.loads(await asyncio.to_thread(asked))
    assert told["request"] == "hello"
    return compare_pod(expected.get("Namespace", ""), expected.get("Service", ""), told)


async def over_websocket(item: Item, world: World) -> str:
    url = f"ws://{ADDRESS}:{world.port(address_of(item))}{urlsplit(item.data['args']['url']).path}"
    async with websockets.connect(url) as connection:
        await connection.recv()
        await connection.send("hello")
        assert await connection.recv() == "hello"
    return ""
