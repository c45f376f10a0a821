"""How requests get to the endpoints of a service: which one is chosen, who is left out, and what is spoken there."""

import asyncio
import collections
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
import pytest

from harness.background import Background
from harness.certificates import Authority
from harness.client import connected
from harness.gateway import Gateway
from harness.servers import GrpcEcho, TcpEcho
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

NAMES = ("a", "b", "c")
FAST = "interval: 50ms, timeout: 1s, unhealthy_after: 1, healthy_after: 1, jitter: 0"

CONFIG = """
gateways:
  edge:
    listeners:
      http: $http
      inner: $inner
      inner_tls: {port: $inner_tls, tls: {certificates: [inner]}, http3: true}
certificates:
  inner: {certificate: $folder/inner.pem, key: $folder/inner.key}
  client: {certificate: $folder/client.pem, key: $folder/client.key}
  authority: {ca: $folder/authority.pem}
  stranger: {ca: $folder/stranger.pem}
services:
  weighted:
    endpoints: [{address: "127.0.0.1:$a", weight: 3}, {address: "127.0.0.1:$b", weight: 1}]
    policies: {load_balancing: round_robin}
  in_turn:
    endpoints: ["127.0.0.1:$a", "127.0.0.1:$b", "127.0.0.1:$c"]
    policies: {load_balancing: round_robin}
  random:
    endpoints: ["127.0.0.1:$a", "127.0.0.1:$b", "127.0.0.1:$c"]
    policies: {load_balancing: random}
  least_busy:
    endpoints: ["127.0.0.1:$a", "127.0.0.1:$b"]
    policies: {load_balancing: least_request}
  by_user:
    endpoints: ["127.0.0.1:$a", "127.0.0.1:$b", "127.0.0.1:$c"]
    policies: {load_balancing: {hash_by: [{header: x-user}, {query: user}]}}
  by_cookie:
    endpoints: ["127.0.0.1:$a", "127.0.0.1:$b", "127.0.0.1:$c"]
    policies: {load_balancing: {algorithm: ring_hash, hash_by: {cookie: {name: session, ttl: 1h}}}}
  sticky:
    endpoints: ["127.0.0.1:$a", "127.0.0.1:$b", "127.0.0.1:$c"]
  zoned:
    endpoints:
    - {address: "127.0.0.1:$a", zone: here}
    - {address: "127.0.0.1:$b", zone: there}
    - {address: "127.0.0.1:$c", zone: there}
    policies: {load_balancing: {algorithm: round_robin, zones: {}}}
  versions:
    endpoints:
    - {address: "127.0.0.1:$a", labels: {version: v1}}
    - {address: "127.0.0.1:$b", labels: {version: v2, stage: canary}}
    subsets: {v1: {version: v1}, v2: {version: v2}, canary: {version: v2, stage: canary}, v3: {version: v3}}
    policies: {load_balancing: round_robin}
  named: {endpoints: ["localhost:$a"], policies: {load_balancing: round_robin}}
  one_name: {endpoints: ["localhost:$a"], dns: {mode: logical}}
  unknown_name: {endpoints: ["nowhere.invalid:80"]}
  socket: {endpoints: ["unix:$folder/echo.sock"]}
  dead: {endpoints: ["127.0.0.1:$dead"]}
  half_dead:
    endpoints: ["127.0.0.1:$dead", "127.0.0.1:$a"]
    policies: {load_balancing: round_robin, retry: 2}
  nothing: {}
  healthy:
    endpoints: ["127.0.0.1:$sick", "127.0.0.1:$well"]
    policies: {load_balancing: round_robin, health_check: {path: /healthz, $fast}}
  failover:
    endpoints: ["127.0.0.1:$first", {address: "127.0.0.1:$second", priority: 5}]
    policies: {health_check: {path: /healthz, $fast}}
  healthy_tcp:
    endpoints: ["127.0.0.1:$tcp"]
    policies: {load_balancing: {panic_threshold: 0}, health_check: {tcp: {send: PING, receive: PING}, $fast}}
  healthy_grpc:
    endpoints: ["127.0.0.1:$grpc"]
    protocol: http2
    policies: {load_balancing: {panic_threshold: 0}, health_check: {grpc: {}, $fast}}
  ejected:
    endpoints: ["127.0.0.1:$faulty", "127.0.0.1:$faultless"]
    policies:
      load_balancing: round_robin
      outlier_detection: {consecutive_errors: 3, interval: 100ms, ejection_time: 1s}
  bounded: {endpoints: ["127.0.0.1:$a"], policies: {circuit_breaker: {max_requests: 1}}}
  h2c: {endpoints: ["127.0.0.1:$inner"], protocol: http2}
  tls: {endpoints: ["127.0.0.1:$tls"], tls: {ca: authority, sni: tls.test}}
  tls_auto: {endpoints: ["127.0.0.1:$inner_tls"], protocol: auto, tls: {ca: authority, sni: inner.test}}
  tls_wrong_authority: {endpoints: ["127.0.0.1:$tls"], tls: {ca: stranger, sni: tls.test}}
  tls_wrong_name: {endpoints: ["127.0.0.1:$tls"], tls: {ca: authority, sni: other.test}}
  tls_other_name: {endpoints: ["127.0.0.1:$tls"], tls: {ca: authority, sni: other.test, names: [tls.test]}}
  tls_by_host: {endpoints: ["127.0.0.1:$tls"], tls: {ca: authority}}
  tls_unverified: {endpoints: ["127.0.0.1:$tls"], tls: {verify: false, sni: whatever.test}}
  mutual: {endpoints: ["127.0.0.1:$mutual"], tls: {ca: authority, sni: mutual.test, certificate: client}}
  mutual_without: {endpoints: ["127.0.0.1:$mutual"], tls: {ca: authority, sni: mutual.test}}
  http3: {endpoints: ["127.0.0.1:$inner_tls"], protocol: http3, tls: {ca: authority, sni: inner.test}}
  proxy_v1: {endpoints: ["127.0.0.1:$proxied"], proxy_protocol: v1}
  proxy_v2: {endpoints: ["127.0.0.1:$proxied"], proxy_protocol: v2}
routes:
  v1: {listeners: [http], matches: [{path: /versions/v1}], to: {service: versions, subset: v1}}
  v2: {listeners: [http], matches: [{path: /versions/v2}], to: {service: versions, subset: v2}}
  canary: {listeners: [http], matches: [{path: /versions/canary}], to: {service: versions, subset: canary}}
  v3: {listeners: [http], matches: [{path: /versions/v3}], to: {service: versions, subset: v3}}
  v4: {listeners: [http], matches: [{path: /versions/v4}], to: {service: versions, subset: v4}}
  grpc: {listeners: [http], matches: [{grpc: echo.Echo}], to: healthy_grpc}
  sticky_route:
    listeners: [http]
    matches: [{path: /sticky}]
    to: sticky
    policies: {session_affinity: {cookie: affinity}}
  inner: {listeners: [inner, inner_tls], matches: [{path: /*}], respond: {body: inner}}
"""


def config() -> str:
    """Return the configuration, with a route for each service that has none of its own."""
    text = CONFIG.replace("$fast", FAST)
    services = re.findall(r"^  (\w+):", text.partition("services:")[2].partition("routes:")[0], re.MULTILINE)
    own = {"versions", "sticky", "healthy_grpc"}
    routes = (f"  to_{name}: {{listeners: [http], matches: [{{path: /{name}/*}}], to: {name}}}" for name in services)
    return text + "\n".join(route for route, name in zip(routes, services, strict=True) if name not in own) + "\n"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Certificates and a socket, where the proxy can reach them."""
    with TemporaryDirectory(prefix="cw-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    authority = Authority()
    (folder / "authority.pem").write_text(authority.pem)
    (folder / "stranger.pem").write_text(Authority("Stranger").pem)
    authority.issue("inner.test").save(folder, "inner")
    authority.issue("client.test").save(folder, "client")
    return authority


@pytest.fixture(scope="module")
def backends(upstreams: Upstreams, authority: Authority, folder: Path) -> Mapping[str, Echo]:
    plain = (*NAMES, "sick", "well", "first", "second", "faulty", "faultless")
    socket = upstreams.echo("socket", path=folder / "echo.sock")
    (folder / "echo.sock").chmod(0o777)
    return {
        **{name: upstreams.echo(name) for name in plain},
        "socket": socket,
        "tls": upstreams.echo("tls", tls=authority.server("tls.test")),
        "mutual": upstreams.echo("mutual", tls=authority.server("mutual.test", client_ca=authority.pem)),
        "proxied": upstreams.echo("proxied", proxy_protocol=True),
    }


@pytest.fixture(scope="module")
def tcp(upstreams: Upstreams) -> TcpEcho:
    return upstreams.tcp()


@pytest.fixture(scope="module")
def grpc_echo(upstreams: Upstreams) -> GrpcEcho:
    return upstreams.grpc()


@pytest.fixture(scope="module")
def gateway(
    background: Background, backends: Mapping[str, Echo], tcp: TcpEcho, grpc_echo: GrpcEcho, folder: Path
) -> Iterator[Gateway]:
    ports = {name: backend.port for name, backend in backends.items() if name != "socket"}
    values = {**ports, "tcp": tcp.port, "grpc": grpc_echo.port, "folder": folder}
    with background.entered(Gateway(config(), "--zone", "here", **values)) as running:
        yield running


async def answering(gateway: Gateway, path: str, count: int = 30, **request) -> collections.Counter[str]:
    """Return which backends answer *count* requests; a status stands for an answer of the gateway."""
    found: collections.Counter[str] = collections.Counter()
    async with connected(gateway.port("http")) as connection:
        for _ in range(count):
            answer = await connection.request(path, **request)
            found[answer.headers.get("x-service", str(answer.status))] += 1
    return found


@contextmanager
def unhealthy(backend: Echo | TcpEcho | GrpcEcho) -> Iterator[None]:
    backend.healthy = False
    try:
        yield
    finally:
        backend.healthy = True


async def test_nothing_is_wrong_but_what_is_meant_to_be(gateway: Gateway) -> None:
    findings = [(finding["code"], finding["path"]) for finding in (await gateway.state())["findings"]]
    assert findings == [("reference.dangling", "routes.v4.to[0].subset")]


async def test_endpoints_get_their_weight(gateway: Gateway) -> None:
    assert await answering(gateway, "/weighted/", 40) == {"a": 30, "b": 10}


async def test_in_turn(gateway: Gateway) -> None:
    assert await answering(gateway, "/in_turn/") == {"a": 10, "b": 10, "c": 10}


async def test_at_random(gateway: Gateway) -> None:
    found = await answering(gateway, "/random/", 90)
    assert set(found) == set(NAMES)
    assert max(found.values()) < 60


async def test_the_less_busy_one(gateway: Gateway, backends: Mapping[str, Echo]) -> None:
    """Of two that are drawn the less busy one is taken: the busy one only where it is drawn twice, one time in four."""
    async with asyncio.TaskGroup() as tasks:
        busy = tasks.create_task(gateway.get("/least_busy/?delay=60s", headers={"x-case-id": "busy"}))
        await until(lambda: any(backends[name].of_case("busy") for name in NAMES))
        found = await answering(gateway, "/least_busy/", 60)
        (occupied,) = (name for name in NAMES if backends[name].of_case("busy"))
        busy.cancel()
    assert sum(found.values()) == 60
    assert found[occupied] <= 30


@pytest.mark.parametrize("where", ["header", "query"])
async def test_a_user_stays_and_users_spread(gateway: Gateway, where: str) -> None:
    homes = set()
    for user in range(12):
        headers = {"x-user": f"user-{user}"} if where == "header" else {}
        path = "/by_user/" if where == "header" else f"/by_user/?user=user-{user}"
        found = await answering(gateway, path, 3, headers=headers)
        assert len(found) == 1
        homes |= set(found)
    assert len(homes) > 1


async def test_a_client_is_given_a_cookie_and_stays(gateway: Gateway) -> None:
    for _ in range(4):
        first = await gateway.get("/by_cookie/")
        cookie = first.headers["set-cookie"]
        assert "Max-Age=3600" in cookie
        found = await answering(gateway, "/by_cookie/", 5, headers={"cookie": cookie.partition(";")[0]})
        assert found == {first.headers["x-service"]: 5}


async def test_a_session_stays_at_its_endpoint(gateway: Gateway) -> None:
    for _ in range(4):
        first = await gateway.get("/sticky")
        cookie = first.headers["set-cookie"].partition(";")[0]
        assert await answering(gateway, "/sticky", 4, headers={"cookie": cookie}) == {first.headers["x-service"]: 4}


async def test_the_zone_of_the_proxy_is_preferred(gateway: Gateway) -> None:
    assert await answering(gateway, "/zoned/", 20) == {"a": 20}


@pytest.mark.parametrize(("subset", "found"), [("v1", "a"), ("v2", "b"), ("canary", "b"), ("v3", "503"), ("v4", "503")])
async def test_a_subset_has_its_endpoints_and_no_others(gateway: Gateway, subset: str, found: str) -> None:
    assert await answering(gateway, f"/versions/{subset}", 4) == {found: 4}


@pytest.mark.parametrize("service", ["named", "one_name"])
async def test_names_are_resolved(gateway: Gateway, service: str) -> None:
    assert await answering(gateway, f"/{service}/", 3) == {"a": 3}


@pytest.mark.parametrize("service", ["unknown_name", "dead", "nothing"])
async def test_a_service_that_cannot_be_reached_is_503(gateway: Gateway, service: str) -> None:
    answer = await gateway.get(f"/{service}/")
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_a_unix_socket(gateway: Gateway) -> None:
    assert await answering(gateway, "/socket/", 3) == {"socket": 3}


async def test_another_endpoint_is_tried_where_one_is_dead(gateway: Gateway) -> None:
    assert await answering(gateway, "/half_dead/", 20) == {"a": 20}


async def test_http_health_checks_take_an_endpoint_out_and_back(gateway: Gateway, backends) -> None:
    async def serving() -> set[str]:
        return set(await answering(gateway, "/healthy/", 6))

    async def only_the_well() -> bool:
        return await serving() == {"well"}

    async def both() -> bool:
        return await serving() == {"sick", "well"}

    await until(both)
    with unhealthy(backends["sick"]):
        await until(only_the_well)
    await until(both)


async def test_lower_priorities_take_over_and_give_back(gateway: Gateway, backends) -> None:
    async def first() -> bool:
        return set(await answering(gateway, "/failover/", 6)) == {"first"}

    async def second() -> bool:
        return set(await answering(gateway, "/failover/", 6)) == {"second"}

    await until(first)
    with unhealthy(backends["first"]):
        await until(second)
    await until(first)


async def test_tcp_health_checks_take_an_endpoint_out(gateway: Gateway, tcp: TcpEcho) -> None:
    # The backend speaks no HTTP: as long as it is healthy the request gets there and fails in another way.
    async def no_healthy_upstream() -> bool:
        return "no_healthy_upstream" in (await gateway.get("/healthy_tcp/")).text

    async def reached() -> bool:
        return not await no_healthy_upstream()

    await until(reached)
    with unhealthy(tcp):
        await until(no_healthy_upstream)
    await until(reached)


async def test_grpc_health_checks_take_an_endpoint_out(gateway: Gateway, grpc_echo: GrpcEcho) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{gateway.port('http')}") as channel:
        call = channel.unary_unary("/echo.Echo/Unary")

        def code() -> grpc.StatusCode:
            try:
                call(b"hello", timeout=5)
            except grpc.RpcError as error:
                return error.code()
            return grpc.StatusCode.OK

        await until(lambda: code() is grpc.StatusCode.OK)
        with unhealthy(grpc_echo):
            await until(lambda: code() is grpc.StatusCode.UNAVAILABLE)
        await until(lambda: code() is grpc.StatusCode.OK)


async def test_an_endpoint_that_fails_is_ejected_and_comes_back(gateway: Gateway, backends: Mapping[str, Echo]) -> None:
    async def ejected() -> bool:
        return await answering(gateway, "/ejected/", 6) == {"faultless": 6}

    async def back() -> bool:
        return set(await answering(gateway, "/ejected/", 6)) == {"faulty", "faultless"}

    assert await back()
    backends["faulty"].broken = True
    try:
        await until(ejected)
    finally:
        backends["faulty"].broken = False
    await until(back)


async def test_what_is_above_a_bound_is_answered_at_once(gateway: Gateway, backends) -> None:
    async with asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(gateway.get("/bounded/?delay=1s", headers={"x-case-id": "bounded"}))
        await until(lambda: backends["a"].of_case("bounded"))
        answer = await gateway.get("/bounded/")
        assert answer.status == 503
        assert "overflow" in answer.text
        assert not slow.done()
    assert slow.result().status == 200
    assert (await gateway.get("/bounded/")).status == 200


@pytest.mark.parametrize(("service", "protocol"), [("h2c", "HTTP/2"), ("tls_auto", "HTTP/2"), ("http3", "HTTP/3")])
async def test_newer_versions_of_http_are_spoken(gateway: Gateway, service: str, protocol: str) -> None:
    path = f"/{service}/{uuid.uuid4()}"
    answer = await gateway.get(path)
    assert (answer.status, answer.text) == (200, "inner"), answer.text

    def protocols() -> set[str]:
        return {line["protocol"] for line in gateway.access_log if line["path"] == path and line["route"] == "inner"}

    assert await until(protocols) == {protocol}


@pytest.mark.parametrize("service", ["tls", "tls_other_name", "tls_unverified"])
async def test_tls_to_the_backend(gateway: Gateway, service: str) -> None:
    assert await answering(gateway, f"/{service}/", 2) == {"tls": 2}


async def test_tls_to_the_backend_by_the_name_of_the_host(gateway: Gateway) -> None:
    assert (await gateway.get("/tls_by_host/", host="tls.test")).status == 200
    assert (await gateway.get("/tls_by_host/", host="other.test")).status == 503


@pytest.mark.parametrize("service", ["tls_wrong_authority", "tls_wrong_name", "mutual_without"])
async def test_tls_that_is_not_as_it_should_be_is_503(gateway: Gateway, service: str) -> None:
    assert (await gateway.get(f"/{service}/")).status in {502, 503}


async def test_a_client_certificate_is_shown(gateway: Gateway) -> None:
    assert (await gateway.get("/mutual/")).json["client"] == {"commonName": "client.test"}


@pytest.mark.parametrize(("service", "version"), [("proxy_v1", 1), ("proxy_v2", 2)])
async def test_the_proxy_protocol_tells_the_client(gateway: Gateway, service: str, version: int) -> None:
    assert (await gateway.get(f"/{service}/")).json["proxy"] == {"version": version, "source": "127.0.0.1"}
