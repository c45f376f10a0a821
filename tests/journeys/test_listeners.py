"""What clients may speak to a gateway, and what they may not."""

import asyncio
import json
import socket
import ssl
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
import pyqwest
import pytest
import websockets
from websockets.asyncio.client import connect

from harness import client
from harness.background import Background
from harness.certificates import Authority
from harness.client import connected
from harness.gateway import Gateway
from harness.proxy_protocol import proxy_header
from harness.upstreams import Upstreams
from harness.waiting import DEADLINE, until

pytestmark = pytest.mark.journey

CONFIG = """
gateways:
  edge:
    listeners:
      http: $http
      https:
        port: $https
        tls: {certificates: [shop, wild, other]}
        http3: true
      shared_a: {port: $shared, hostnames: [a.test, "*.a.test"]}
      shared_b: {port: $shared, hostnames: [b.test]}
      names_a: {port: $names, hostnames: [shop.test], tls: {certificates: [shop]}}
      names_b: {port: $names, hostnames: [other.test], tls: {certificates: [other], profile: modern}}
      modern: {port: $modern, tls: {certificates: [shop], profile: modern}}
      required: {port: $required, tls: {certificates: [shop], client: {ca: authority}}}
      optional: {port: $optional, tls: {certificates: [shop], client: {ca: authority, required: false}}}
      proxied: {port: $proxied, proxy_protocol: true}
      proxied_tls: {port: $proxied_tls, proxy_protocol: true, tls: {certificates: [shop]}}
      trusting: {port: $trusting, policies: {client_ip: {trusted_proxies: [127.0.0.0/8, 10.0.0.0/8]}}}
      hasty:
        port: $hasty
        policies: {limits: {request_headers_timeout: 300ms, request_timeout: 300ms}, connection_limit: 3}
      small: {port: $small, policies: {limits: {request_headers: 4KiB, header_count: 20}}}
      tcp: {port: $tcp_in, protocol: tcp}
      tcp_tls: {port: $tcp_tls, protocol: tcp, tls: {certificates: [shop]}}
      udp: {port: $udp_in, protocol: udp}
      passthrough: {port: $passthrough, protocol: tls}
  redirecting:
    listeners:
      plain: {port: $redirecting, redirect_to_https: true}
      secure: {port: $redirected, tls: {certificates: [shop]}}
certificates:
  shop: {certificate: $folder/shop.pem, key: $folder/shop.key}
  wild: {certificate: $folder/wild.pem, key: $folder/wild.key}
  other: {certificate: $folder/other.pem, key: $folder/other.key}
  authority: {ca: $folder/authority.pem}
services:
  echo: "http://127.0.0.1:$echo"
  grpc: {endpoints: ["127.0.0.1:$grpc"], protocol: http2}
  websocket: "http://127.0.0.1:$websocket"
  tcp: "http://127.0.0.1:$tcp"
  udp: "http://127.0.0.1:$udp"
  secret: "http://127.0.0.1:$secret"
  hidden: "http://127.0.0.1:$hidden"
routes:
  echo:
    matches: [{path: /*}]
    to: echo
    policies: {headers: {request: {set: {x-client: "{client_ip}"}}}}
  public: {matches: [{path: /public/*}], respond: {body: public}}
  private: {matches: [{path: /private/*}], respond: {status: 403, body: private}}
  websocket: {matches: [{path: /chat/*}], to: websocket}
  grpc: {matches: [{grpc: echo.Echo}], to: grpc}
  on_a: {listeners: [shared_a], matches: [{path: /who}], respond: {body: a}}
  on_b: {listeners: [shared_b], matches: [{path: /who}], respond: {body: b}}
  tcp: {listeners: [tcp, tcp_tls], to: tcp}
  udp: {listeners: [udp], to: udp}
  secret: {listeners: [passthrough], hostnames: [secret.test], to: secret}
  hidden: {listeners: [passthrough], hostnames: ["*.hidden.test"], to: hidden}
"""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams, authority: Authority) -> Iterator[Gateway]:
    servers = {
        "echo": upstreams.echo(),
        "grpc": upstreams.grpc(),
        "websocket": upstreams.websocket(),
        "tcp": upstreams.tcp("tcp"),
        "udp": upstreams.udp("udp"),
        "secret": upstreams.echo("secret", tls=authority.server("secret.test")),
        "hidden": upstreams.echo("hidden", tls=authority.server("a.hidden.test")),
    }
    with TemporaryDirectory(prefix="cw-") as name:
        folder = Path(name)
        (folder / "authority.pem").write_text(authority.pem)
        authority.issue("shop.test", "127.0.0.1").save(folder, "shop")
        authority.issue("*.wild.test").save(folder, "wild")
        authority.issue("other.test").save(folder, "other")
        ports = {name: server.port for name, server in servers.items()}
        with background.entered(Gateway(CONFIG, folder=folder, **ports)) as running:
            yield running


async def test_nothing_is_wrong(gateway: Gateway) -> None:
    assert (await gateway.state())["findings"] == []


async def test_several_requests_on_one_connection(gateway: Gateway) -> None:
    async with connected(gateway.port("http")) as connection:
        for number in range(3):
            answer = await connection.request(f"/{number}", method="POST", body="x" * 100_000)
            assert (answer.json["path"], len(answer.json["body"])) == (f"/{number}", 100_000)


async def over(
    version: pyqwest.HTTPVersion, url: str, authority: Authority, gateway: Gateway, at: str
) -> tuple[pyqwest.HTTPVersion, dict[str, object], Mapping[str, str]]:
    """Ask for *url* in that version of HTTP, and return the version that was spoken, the answer and its headers."""
    url = url.replace(f"${at}", str(gateway.port(at)))
    names = {name: ["127.0.0.1"] for name in ("shop.test", "a.wild.test", "other.test")}
    transport = pyqwest.HTTPTransport(
        http_version=version, tls_ca_cert=authority.pem.encode(), dns_overrides=names, enable_otel=False
    )
    http = pyqwest.Client(transport)
    async with transport, asyncio.timeout(DEADLINE), http.stream("POST", url, {}, b"hello") as response:
        body = b"".join([bytes(part) async for part in response.content])
        return response.http_version, json.loads(body), dict(response.headers.items())


@pytest.mark.parametrize(
    ("version", "url", "at"),
    [
        (pyqwest.HTTPVersion.HTTP1, "http://shop.test:$http/x", "http"),
        (pyqwest.HTTPVersion.HTTP2, "http://shop.test:$http/x", "http"),
        (pyqwest.HTTPVersion.HTTP1, "https://shop.test:$https/x", "https"),
        (pyqwest.HTTPVersion.HTTP2, "https://shop.test:$https/x", "https"),
        (pyqwest.HTTPVersion.HTTP2, "https://a.wild.test:$https/x", "https"),
        (pyqwest.HTTPVersion.HTTP3, "https://shop.test:$https/x", "https"),
        (pyqwest.HTTPVersion.HTTP3, "https://other.test:$https/x", "https"),
    ],
    ids=["http1", "h2c", "http1-tls", "http2", "http2-wild", "http3", "http3-other"],
)
async def test_versions_of_http(gateway: Gateway, authority: Authority, version, url: str, at: str) -> None:
    spoken, told, _ = await over(version, url, authority, gateway, at)
    assert spoken == version
    assert (told["method"], told["path"], told["body"]) == ("POST", "/x", "hello")
    assert told["headers"]["x-forwarded-proto"] == url.partition(":")[0]


async def test_http3_is_announced_where_it_is_spoken(gateway: Gateway, authority: Authority) -> None:
    _, _, headers = await over(pyqwest.HTTPVersion.HTTP2, "https://shop.test:$https/", authority, gateway, "https")
    assert headers["alt-svc"].startswith(f'h3=":{gateway.port("https")}"')
    assert "alt-svc" not in (await gateway.get("/")).headers


async def test_websocket(gateway: Gateway) -> None:
    async with connect(f"ws://127.0.0.1:{gateway.port('http')}/chat/room?a=1") as connection:
        assert await connection.recv() == "/chat/room?a=1"
        await connection.send("hello")
        assert await connection.recv() == "hello"
        await connection.send(b"\0" * 100_000)
        assert await connection.recv() == b"\0" * 100_000


async def test_websocket_over_tls(gateway: Gateway, authority: Authority) -> None:
    url = f"wss://127.0.0.1:{gateway.port('https')}/chat/room"
    async with connect(url, ssl=authority.client(), server_hostname="shop.test") as connection:
        assert await connection.recv() == "/chat/room"


async def test_a_websocket_to_a_route_that_answers_is_an_answer(gateway: Gateway) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await connect(f"ws://127.0.0.1:{gateway.port('http')}/public/x")


@pytest.fixture(scope="module")
def channel(gateway: Gateway) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{gateway.port('http')}") as channel:
        yield channel


def test_grpc_unary(channel: grpc.Channel) -> None:
    answer, call = channel.unary_unary("/echo.Echo/Unary").with_call(b"hello", timeout=DEADLINE)
    assert answer == b"hello"
    assert ("x-service", "echo") in [(item.key, item.value) for item in call.trailing_metadata()]


def test_grpc_streams(channel: grpc.Channel) -> None:
    assert list(channel.unary_stream("/echo.Echo/Count")(b"3", timeout=DEADLINE)) == [b"0", b"1", b"2"]
    chat = channel.stream_stream("/echo.Echo/Chat")(iter([b"a", b"b"]), timeout=DEADLINE)
    assert list(chat) == [b"A", b"B"]


def test_grpc_errors(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        channel.unary_unary("/echo.Echo/Fail")(b"not now", timeout=DEADLINE)
    assert (failed.value.code(), failed.value.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "not now")
    with pytest.raises(grpc.RpcError) as failed:
        channel.unary_unary("/echo.Echo/Missing")(b"", timeout=DEADLINE)
    assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_grpc_over_tls(gateway: Gateway, authority: Authority) -> None:
    credentials = grpc.ssl_channel_credentials(authority.pem.encode())
    options = [("grpc.ssl_target_name_override", "shop.test")]
    with grpc.secure_channel(f"127.0.0.1:{gateway.port('https')}", credentials, options) as channel:
        assert channel.unary_unary("/echo.Echo/Unary")(b"hello", timeout=DEADLINE) == b"hello"


async def test_grpc_web(gateway: Gateway) -> None:
    frame = "\0" + "\0\0\0\x05" + "hello"
    headers = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
    answer = await gateway.get("/echo.Echo/Unary", method="POST", headers=headers, body=frame)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/grpc-web+proto"
    assert answer.body.startswith(frame.encode())
    trailers = answer.body[len(frame) :]
    assert trailers[0] == 0x80
    assert b"grpc-status:0" in trailers.replace(b" ", b"")
    assert b"x-service:echo" in trailers.replace(b" ", b"")


async def certificate(gateway: Gateway, at: str, tls: ssl.SSLContext, server_name: str | None) -> str:
    """Return the subject of the certificate that the listener shows."""
    async with connected(gateway.port(at), tls=tls, server_name=server_name) as connection:
        shown = connection.writer.get_extra_info("peercert")
        return dict(item for part in shown["subject"] for item in part)["commonName"]


@pytest.mark.parametrize(
    ("at", "name", "subject"),
    [
        ("https", "shop.test", "shop.test"),
        ("https", "SHOP.test", "shop.test"),
        ("https", "a.wild.test", "*.wild.test"),
        ("https", "other.test", "other.test"),
        ("names", "shop.test", "shop.test"),
        ("names", "other.test", "other.test"),
    ],
)
async def test_the_server_name_chooses_the_certificate(
    gateway: Gateway, authority: Authority, at: str, name: str, subject: str
) -> None:
    assert await certificate(gateway, at, authority.client(), name) == subject


async def test_who_names_nobody_gets_the_first_certificate(gateway: Gateway, authority: Authority) -> None:
    tls = authority.client()
    tls.check_hostname = False
    assert await certificate(gateway, "https", tls, None) == "shop.test"
    assert await certificate(gateway, "https", tls, "nobody.test") == "shop.test"


async def test_a_name_that_no_listener_of_the_port_has_is_refused(gateway: Gateway, authority: Authority) -> None:
    with pytest.raises(OSError):
        await certificate(gateway, "names", authority.client(), "nobody.test")


async def test_the_best_protocol_is_agreed_on(gateway: Gateway, authority: Authority) -> None:
    for offered, agreed in ((("h2", "http/1.1"), "h2"), (("http/1.1",), "http/1.1")):
        tls = authority.client(protocols=offered)
        async with connected(gateway.port("https"), tls=tls, server_name="shop.test") as connection:
            assert connection.writer.get_extra_info("ssl_object").selected_alpn_protocol() == agreed


async def test_the_modern_profile_refuses_tls_1_2(gateway: Gateway, authority: Authority) -> None:
    old = authority.client()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await certificate(gateway, "https", old, "shop.test") == "shop.test"
    assert await certificate(gateway, "modern", authority.client(), "shop.test") == "shop.test"
    with pytest.raises(ssl.SSLError):
        await certificate(gateway, "modern", old, "shop.test")
    with pytest.raises(ssl.SSLError):
        await certificate(gateway, "names", old, "other.test")


async def test_the_intermediate_profile_refuses_old_ciphers(gateway: Gateway, authority: Authority) -> None:
    old = authority.client()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        await certificate(gateway, "https", old, "shop.test")


async def test_a_client_certificate_is_demanded(gateway: Gateway, authority: Authority) -> None:
    async def ask(tls: ssl.SSLContext) -> int:
        return (await client.request(gateway.port("required"), "/public/", tls=tls, server_name="shop.test")).status

    assert await ask(authority.client(authority.issue("ada"))) == 200
    for wrong in (authority.client(), authority.client(Authority("Stranger").issue("ada"))):
        with pytest.raises(OSError):
            await ask(wrong)


async def test_a_client_certificate_is_optional(gateway: Gateway, authority: Authority) -> None:
    async def ask(tls: ssl.SSLContext) -> int:
        return (await client.request(gateway.port("optional"), "/public/", tls=tls, server_name="shop.test")).status

    assert await ask(authority.client()) == 200
    assert await ask(authority.client(authority.issue("ada"))) == 200
    with pytest.raises(OSError):
        await ask(authority.client(Authority("Stranger").issue("ada")))


async def test_listeners_that_share_a_port(gateway: Gateway) -> None:
    assert (await gateway.get("/who", at="shared", host="a.test")).text == "a"
    assert (await gateway.get("/who", at="shared", host="x.a.test")).text == "a"
    assert (await gateway.get("/who", at="shared", host="b.test")).text == "b"
    assert (await gateway.get("/who", at="shared", host="c.test")).status == 404


@pytest.mark.parametrize("host", ["shop.test", "shop.test:$redirecting"])
async def test_redirect_to_https(gateway: Gateway, host: str) -> None:
    host = host.replace("$redirecting", str(gateway.port("redirecting")))
    answer = await gateway.get("/a/b?c=1", at="redirecting", host=host, method="POST")
    assert answer.status == 308
    assert answer.headers["location"] == f"https://shop.test:{gateway.port('redirected')}/a/b?c=1"


async def test_tcp(gateway: Gateway, authority: Authority) -> None:
    for at, tls in (("tcp_in", None), ("tcp_tls", authority.client())):
        async with connected(gateway.port(at), tls=tls, server_name="shop.test" if tls else None) as connection:
            for message in (b"one", b"two"):
                connection.writer.write(message)
                assert await connection.reader.readexactly(7) == b"tcp:" + message


def test_udp(gateway: Gateway) -> None:
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as peer:
        peer.settimeout(DEADLINE)
        peer.connect(("127.0.0.1", gateway.port("udp_in")))
        for message in (b"one", b"two"):
            peer.send(message)
            assert peer.recv(100) == b"udp:" + message


@pytest.mark.parametrize(("name", "service"), [("secret.test", "secret"), ("a.hidden.test", "hidden")])
async def test_passthrough(gateway: Gateway, authority: Authority, name: str, service: str) -> None:
    answer = await client.request(
        gateway.port("passthrough"), "/x", host=name, tls=authority.client(), server_name=name
    )
    assert (answer.json["service"], answer.json["path"]) == (service, "/x")


async def test_passthrough_of_an_unknown_name_is_refused(gateway: Gateway, authority: Authority) -> None:
    with pytest.raises(OSError):
        await certificate(gateway, "passthrough", authority.client(), "nobody.test")


@pytest.mark.parametrize("version", [1, 2])
async def test_the_proxy_protocol_says_who_the_client_is(gateway: Gateway, version: int) -> None:
    beginning = proxy_header(version, "192.0.2.7")
    answer = await client.request(gateway.port("proxied"), "/", beginning=beginning)
    assert answer.json["headers"]["x-client"] == "192.0.2.7"


def test_the_proxy_protocol_stands_before_the_handshake(gateway: Gateway, authority: Authority) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port("proxied_tls")), DEADLINE) as plain:
        plain.sendall(proxy_header(2, "192.0.2.7"))
        with authority.client().wrap_socket(plain, server_hostname="shop.test") as secured:
            secured.sendall(b"GET / HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n")
            body = secured.makefile("rb").read().partition(b"\r\n\r\n")[2]
    assert json.loads(body)["headers"]["x-client"] == "192.0.2.7"


async def test_a_connection_without_the_proxy_protocol_is_refused(gateway: Gateway) -> None:
    with pytest.raises(OSError):
        await gateway.get("/", at="proxied")


@pytest.mark.parametrize(
    ("at", "forwarded", "seen"),
    [
        ("trusting", "192.0.2.7", "192.0.2.7"),
        ("trusting", "203.0.113.1, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("http", "192.0.2.7", "127.0.0.1"),
    ],
)
async def test_forwarded_addresses_are_believed_from_the_trusted(
    gateway: Gateway, at: str, forwarded: str, seen: str
) -> None:
    answer = await gateway.get("/", at=at, headers={"x-forwarded-for": forwarded})
    assert answer.json["headers"]["x-client"] == seen


async def test_slow_headers_are_cut(gateway: Gateway) -> None:
    async with connected(gateway.port("hasty"), beginning=b"GET / HTTP/1.1\r\nhost: a") as connection:
        async with asyncio.timeout(DEADLINE):
            said = await connection.reader.read()
        assert said.startswith(b"HTTP/1.1 408") or said == b""


async def test_a_slow_body_is_cut(gateway: Gateway) -> None:
    head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf"
    async with connected(gateway.port("hasty"), beginning=head) as connection, asyncio.timeout(DEADLINE):
        assert (await connection.reader.readline()).startswith(b"HTTP/1.1 408")


async def test_connections_above_the_bound_are_closed(gateway: Gateway) -> None:
    async def count_served(connections: list[client.Connection]) -> int:
        served = 0
        for connection in connections:
            try:
                served += (await connection.request("/public/")).status == 200
            except OSError:
                continue
        return served

    async def three_of_five() -> bool:
        port = gateway.port("hasty")
        async with connected(port) as a, connected(port) as b, connected(port) as c, connected(port) as d:
            return await count_served([a, b, c, d]) == 3

    await until(three_of_five)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-large": "x" * 5000}, 431),
        ({f"x-{number}": "x" for number in range(30)}, 431),
        ({"x-large": "x" * 3000}, 200),
        ({"x_underscore": "x"}, 400),
    ],
)
async def test_headers_are_bounded(gateway: Gateway, headers: dict[str, str], status: int) -> None:
    assert (await gateway.get("/public/", at="small", headers=headers)).status == status


@pytest.mark.parametrize(
    "smuggled",
    [
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        b"GET / HTTP/1.1\r\nhost: a\r\nx-a: b\0c\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost : a\r\n\r\n",
    ],
    ids=["both-lengths", "two-lengths", "nul", "no-host", "space-before-colon"],
)
async def test_what_is_ambiguous_is_refused(gateway: Gateway, smuggled: bytes) -> None:
    async with connected(gateway.port("http"), beginning=smuggled) as connection, asyncio.timeout(DEADLINE):
        assert (await connection.reader.readline()).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/public/../private/x", "private"),
        ("/public/%2e%2e/private/x", "private"),
        ("/public/./../private/x", "private"),
        ("//private//x", "private"),
        ("/private/../public/x", "public"),
        ("/public/..;/private/x", "private"),
        ("/public/..;a=1/private/x", "private"),
        pytest.param(
            *("/public/%2e%2e;/private/x", "private"),
            marks=pytest.mark.xfail(
                strict=True, reason="Envoy decodes %2e%2e; to ..; and forwards that, which Tomcat takes for .."
            ),
        ),
    ],
)
async def test_a_path_has_one_form(gateway: Gateway, path: str, text: str) -> None:
    assert (await gateway.get(path)).text == text


@pytest.mark.parametrize("path", ["/public/..%2fprivate/x", "/public/..%5cprivate/x", "/public%2f..%2fprivate"])
async def test_escaped_slashes_are_sent_back(gateway: Gateway, path: str) -> None:
    answer = await gateway.get(path)
    assert answer.status == 307
    assert answer.headers["location"].endswith(("/private/x", "/private"))


async def test_what_a_client_says_about_itself_is_not_believed(gateway: Gateway) -> None:
    forged = {
        "x-forwarded-host": "evil.test",
        "x-forwarded-proto": "https",
        "x-forwarded-for": "192.0.2.7",
        "x-real-ip": "192.0.2.7",
        "forwarded": "for=192.0.2.7",
        "x-envoy-original-path": "/private",
        "x-envoy-retry-on": "5xx",
        "x-envoy-upstream-rq-timeout-ms": "1",
    }
    mark = str(uuid.uuid4())
    headers = (await gateway.get("/?delay=50ms", headers={**forged, "x-case-id": mark})).json["headers"]
    assert "192.0.2.7" not in headers["x-forwarded-for"]
    assert headers["x-forwarded-proto"] == "http"
    assert not headers.keys() & (forged.keys() - {"x-forwarded-for", "x-forwarded-proto"})
    assert not [name for name in headers if name.startswith("x-envoy-")]
