"""Envoy itself accepts what is compiled: every kind of listener, cluster and route."""

import pytest

from crossway.compile.envoy import names
from crossway.fleet.validate import static, validate
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.service.discovery import v3 as discovery
from harness.certificates import Authority
from plan.planning import pipeline

KINDS = {
    kind.DESCRIPTOR.full_name: kind for kind in (cluster_v3.Cluster, listener_v3.Listener, route_v3.RouteConfiguration)
}
WEB = "certificates: {web: {certificate: a, key: b}, roots: {ca: c}}\n"
BASE = WEB + "services: {one: http://127.0.0.1:1, two: http://127.0.0.1:2}\n"
HTTP = BASE + "gateways: {edge: {listeners: {http: 8080}}}\n"

LISTENERS = {
    "plain": "{http: 8080}",
    "two on one port": "{a: {port: 80, hostnames: [a.test]}, b: {port: 80, hostnames: ['*.b.test']}}",
    "IPv6": "{http: {port: 80, address: '::'}}",
    "redirect to https": "{http: {port: 80, redirect_to_https: true}, secure: {port: 443, tls: {certificates: [web]}}}",
    "PROXY protocol": "{http: {port: 80, proxy_protocol: true}}",
    "TLS": "{secure: {port: 443, tls: {certificates: [web], profile: modern, client: {ca: roots, required: false}}}}",
    "TLS by name": (
        "{a: {port: 443, hostnames: [a.test, '*.a.test', A.test], tls: {certificates: [web]}},"
        " b: {port: 443, tls: {certificates: [web]}}}"
    ),
    "HTTP/3": "{secure: {port: 443, http3: true, tls: {certificates: [web]}}}",
    "HTTP/3 by name": (
        "{a: {port: 443, http3: true, hostnames: [a.test], tls: {certificates: [web]}},"
        " b: {port: 443, http3: true, tls: {certificates: [web]}}}"
    ),
    "TCP": "{raw: {port: 80, protocol: tcp, proxy_protocol: true}}",
    "TCP behind TLS": "{raw: {port: 443, protocol: tcp, hostnames: [a.test], tls: {certificates: [web]}}}",
    "UDP": "{raw: {port: 53, protocol: udp}}",
    "passthrough": "{raw: {port: 443, protocol: tls, hostnames: ['*.test']}}",
}
SERVICES = {
    "HTTP/2": "{endpoints: ['127.0.0.1:1'], protocol: http2}",
    "HTTP/3": "{endpoints: ['127.0.0.1:1'], protocol: http3, tls: {sni: a.test}}",
    "ALPN": "{endpoints: ['127.0.0.1:1'], protocol: auto, tls: {}}",
    "as the client": "{endpoints: ['127.0.0.1:1'], protocol: match}",
    "TLS": "{endpoints: ['a.test:1'], tls: {ca: roots, certificate: web, names: [b.test], sni: c.test}}",
    "TLS by the authorities of the machine": "https://a.test",
    "TLS to an address": "https://127.0.0.1:8443",
    "TLS unchecked": "{endpoints: ['127.0.0.1:1'], tls: {verify: false}}",
    "TLS with PROXY protocol": "{endpoints: ['127.0.0.1:1'], proxy_protocol: v2, tls: {}}",
    "PROXY protocol": "{endpoints: ['127.0.0.1:1'], proxy_protocol: v1}",
    "names": "{endpoints: ['a.test:1', '127.0.0.1:1', {address: 'b.test:1', priority: 3, zone: z, weight: 7}]}",
    "one name": "{endpoints: ['a.test:1'], dns: {mode: logical, refresh: 5s, resolvers: ['127.0.0.1:53', '[::1]:53']}}",
    "sockets": "{endpoints: ['unix:/a.sock', '127.0.0.1:1']}",
    "names and sockets": "{endpoints: ['unix:/a.sock', 'a.test:1']}",
    "subsets": "{endpoints: {address: '127.0.0.1:1', labels: {v: '1'}}, subsets: {v1: {v: '1'}, v2: {v: '2'}}}",
    "nothing": "{}",
}
ROUTES = {
    "every path": (
        "{matches: [{path: /a}, {path: /a/*}, {path: /*}, {path: '/a/{x}/*'}, {path: '~/a.*'}, {grpc: a.B/C}], to: one}"
    ),
    "POSIX and Unicode": "{matches: [{path: '~/[[:alpha:]]+'}, {path: '~/\\pL+'}, {path: '~/\\p{Greek}\\z'}], to: one}",
    "every condition": (
        "{matches: [{methods: [GET, POST], headers: {a: '', b: {absent: true}}, queries: {a: '', b: {absent: true}},"
        " cookies: {a: '', b: {absent: true}, c: {present: true}},"
        " source_ips: [10.0.0.0/8, '2001:db8::/32', '::1']}], to: one}"
    ),
    "weights": "{to: [{service: one, weight: 0}, {service: two, weight: 1000000}]}",
    "an answer": "{respond: {status: 599, body: '100% {}', content_type: 'text/plain; x=100%'}}",
    "a longest answer": f"{{respond: {{body: {'x' * 4096}}}}}",
    "no answer": "{respond: {status: 204}}",
    "a redirect": "{redirect: {scheme: https, hostname: a.test, port: 8443, path: '/100%25?x=%20', status: 308}}",
    "redirects of prefixes": (
        "{matches: [{path: /a}, {path: /a/*}, {path: /*}, {path: '/a/{x}'}], redirect: {path_prefix: '/b\\1'}}"
    ),
    "closed": "{to: nobody}",
    "policies": (
        "{to: one, policies: {timeout: {request: 1s}, retry: {attempts: 2}, mirror: {to: two}, rewrite: {path: /x}}}"
    ),
}


def messages(text: str) -> list[object]:
    bodies = [discovery.Resource.FromString(resource.wire).resource for resource in pipeline(text).resources()]
    known = [(KINDS.get(body.type_url.rpartition("/")[2]), body.value) for body in bodies]
    return [kind.FromString(value) for kind, value in known if kind is not None]


def without_lanes(message: object, table: route_v3.RouteConfiguration) -> object:
    """Put into *message* what it would ask a control plane for: routes and endpoints; secrets are left out."""
    if isinstance(message, listener_v3.Listener):
        for chain in message.filter_chains:
            if "tls" in chain.transport_socket.name or "quic" in chain.transport_socket.name:
                chain.ClearField("transport_socket")
            for item in chain.filters:
                if item.name.endswith("http_connection_manager"):
                    manager = hcm_v3.HttpConnectionManager.FromString(item.typed_config.value)
                    if manager.HasField("rds"):
                        manager.route_config.CopyFrom(table)
                        item.typed_config.value = manager.SerializeToString()
    if isinstance(message, cluster_v3.Cluster):
        if message.type == cluster_v3.Cluster.EDS:
            message.type = cluster_v3.Cluster.STATIC
            message.ClearField("eds_cluster_config")
        if b"certificate/" in message.transport_socket.typed_config.value:
            message.ClearField("transport_socket")
    return message


def refusal(text: str) -> str | None:
    found = messages(text)
    tables = [message for message in found if isinstance(message, route_v3.RouteConfiguration)]
    table = tables[0] if tables else route_v3.RouteConfiguration(name="none")
    trusted = tls_v3.CertificateValidationContext(trusted_ca=core_v3.DataSource(inline_string=Authority().pem))
    machine = tls_v3.Secret(name=names.MACHINE_AUTHORITIES, validation_context=trusted)
    return validate(static(machine, *(without_lanes(message, table) for message in found)))


@pytest.mark.parametrize("name", LISTENERS)
def test_listeners(name):
    text = f"{BASE}gateways: {{edge: {{listeners: {LISTENERS[name]}}}}}\nroutes: {{r: {{to: one}}}}\n"
    assert pipeline(text).findings() == ()
    if "http3" not in LISTENERS[name]:  # QUIC without its secret is none
        assert refusal(text) is None


@pytest.mark.parametrize("name", SERVICES)
def test_services(name):
    gateway = "gateways: {edge: {listeners: {http: 8080}}}\n"
    text = f"{WEB}{gateway}services: {{one: {SERVICES[name]}}}\nroutes: {{r: {{to: one}}}}\n"
    assert pipeline(text).findings() == ()
    assert refusal(text) is None


@pytest.mark.parametrize("name", ROUTES)
def test_routes(name):
    text = f"{HTTP}routes: {{r: {ROUTES[name]}}}\n"
    found = [finding.code for finding in pipeline(text).findings()]
    assert [code for code in found if code not in {"reference.dangling", "route.unreachable"}] == []
    assert refusal(text) is None


def test_a_host_with_many_routes():
    entries = "".join(f"  r{number}: {{matches: [{{path: /p{number}/*}}], to: one}}\n" for number in range(60))
    assert refusal(f"{HTTP}routes:\n{entries}") is None


def test_the_address_of_a_listener_is_its_own():
    found = messages(f"{BASE}gateways: {{edge: {{listeners: {{http: {{port: 80, address: '::1'}}}}}}}}\n")
    listeners = (message for message in found if isinstance(message, listener_v3.Listener))
    (listener,) = (one for one in listeners if one.name != names.RUNTIME)
    assert listener.address == core_v3.Address(
        socket_address=core_v3.SocketAddress(address="::1", port_value=80, protocol=core_v3.SocketAddress.TCP)
    )
