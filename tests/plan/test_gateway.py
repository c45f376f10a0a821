import pytest

from crossway.model import Ref
from crossway.plan.gateway import RouteTable, misdirected, plan_gateway
from plan.planning import pipeline, rows, said

WEB = "certificates: {web: {certificate: a, key: b}, roots: {ca: c}}\n"


def listening(listeners: str) -> tuple[list[tuple[str, int, str]], list[str]]:
    made = pipeline(f"gateways: {{edge: {{listeners: {listeners}}}}}\n{WEB}")
    return list(made.ports()), [f"{finding.code} {finding.field}" for finding in made.findings()]


@pytest.mark.parametrize(
    ("listeners", "ports"),
    [
        ("{a: 80}", [("0.0.0.0", 80, "tcp")]),
        ("{a: 81, b: 80}", [("0.0.0.0", 80, "tcp"), ("0.0.0.0", 81, "tcp")]),
        ("{a: 80, b: {port: 80, address: 127.0.0.1}}", [("0.0.0.0", 80, "tcp"), ("127.0.0.1", 80, "tcp")]),
        ("{a: {port: 80, hostnames: [a.test]}, b: 80}", [("0.0.0.0", 80, "tcp")]),
        ("{a: {port: 53, protocol: udp}, b: 54}", [("0.0.0.0", 53, "udp"), ("0.0.0.0", 54, "tcp")]),
        (
            "{a: {port: 53, protocol: udp}, b: {port: 53, protocol: tcp}}",
            [("0.0.0.0", 53, "tcp"), ("0.0.0.0", 53, "udp")],
        ),
        (
            "{a: {port: 443, http3: true, tls: {certificates: [web]}}}",
            [("0.0.0.0", 443, "tcp"), ("0.0.0.0", 443, "udp")],
        ),
        (
            (
                "{a: {port: 443, tls: {certificates: [web]}, hostnames: [a.test]},"
                " b: {port: 443, tls: {certificates: [web]}}}"
            ),
            [("0.0.0.0", 443, "tcp")],
        ),
        (
            (
                "{a: {port: 443, tls: {certificates: [web]}, hostnames: [a.test], http3: true},"
                " b: {port: 443, tls: {certificates: [web]}, hostnames: [b.test], protocol: tcp},"
                " c: {port: 443, hostnames: [c.test], protocol: tls},"
                " d: {port: 443, tls: {certificates: [web]}}}"
            ),
            [("0.0.0.0", 443, "tcp"), ("0.0.0.0", 443, "udp")],
        ),
    ],
)
def test_listeners_that_can_share_their_ports(listeners, ports):
    assert listening(listeners) == (ports, [])


@pytest.mark.parametrize(
    "other",
    [
        "{port: 80, protocol: tcp}",
        "{port: 80, protocol: tls}",
        "{port: 80, hostnames: [a.test], tls: {certificates: [web]}}",
        "{port: 80, hostnames: [a.test], proxy_protocol: true}",
        "{port: 80, hostnames: [a.test], redirect_to_https: true}",
    ],
)
def test_listeners_that_use_a_port_in_two_ways_clash(other):
    ports, findings = listening(f"{{a: 80, b: {other}}}")
    assert ports == [("0.0.0.0", 80, "tcp")]
    assert findings == ["port.clash gateways.edge.listeners.b.port"]


def test_http3_and_datagrams_of_their_own_clash():
    ports, findings = listening(
        "{a: {port: 443, http3: true, tls: {certificates: [web]}}, b: {port: 443, protocol: udp}}"
    )
    assert ports == [("0.0.0.0", 443, "tcp"), ("0.0.0.0", 443, "udp")]
    assert findings == ["port.clash gateways.edge.listeners.b.port"]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_without_a_hostname_there_is_nothing_to_share_a_port_by(protocol):
    _, findings = listening(f"{{a: {{port: 80, protocol: {protocol}}}, b: {{port: 80, protocol: {protocol}}}}}")
    assert findings == ["port.clash gateways.edge.listeners.b.port"]


@pytest.mark.parametrize("other", ["80", "{port: 80, hostnames: ['*']}", "{port: 80, hostnames: [a.test, '*']}"])
def test_two_listeners_cannot_claim_one_hostname(other):
    ports, findings = listening(f"{{a: 80, b: {other}}}")
    assert ports == [("0.0.0.0", 80, "tcp")]
    assert findings == ["hostname.clash gateways.edge.listeners.b.hostnames"]


def test_a_hostname_that_a_listener_names_twice_is_one():
    assert listening("{a: {port: 80, hostnames: [a.test, A.test]}}") == ([("0.0.0.0", 80, "tcp")], [])


def test_the_listener_that_loses_takes_nothing_with_it():
    text = """
gateways: {edge: {listeners: {a: 80, b: {port: 80, protocol: tcp}, c: {port: 80, hostnames: [c.test]}}}}
routes: {r: {respond: {}}}
"""
    assert rows(text) == [("a", "*", "/*", "r"), ("c", "c.test", "/*", "r")]


def test_a_listener_without_a_certificate_is_not_opened():
    ports, findings = listening("{a: {port: 443, tls: {certificates: [nobody]}}, b: 80}")
    assert ports == [("0.0.0.0", 80, "tcp")]
    assert findings == [
        "reference.dangling gateways.edge.listeners.a.tls.certificates[0]",
        "listener.no_certificate gateways.edge.listeners.a.tls",
    ]


def test_one_certificate_of_two_is_enough():
    text = f"gateways: {{edge: {{listeners: {{a: {{port: 443, tls: {{certificates: [roots, web]}}}}}}}}}}\n{WEB}"
    assert pipeline(text, ["certificate/web"]).ports() == (("0.0.0.0", 443, "tcp"),)
    assert pipeline(text, []).ports() == ()
    assert said(text, secrets=[]) == [
        "reference.unusable gateways.edge.listeners.a.tls.certificates[0]",
        "reference.unusable gateways.edge.listeners.a.tls.certificates[1]",
        "listener.no_certificate gateways.edge.listeners.a.tls",
    ]


def test_the_authorities_for_clients_must_be_there():
    _, findings = listening("{a: {port: 443, tls: {certificates: [web], client: {ca: nobody}}}}")
    assert findings == [
        "reference.dangling gateways.edge.listeners.a.tls.client.ca[0]",
        "listener.no_certificate gateways.edge.listeners.a.tls",
    ]


def test_one_authority_of_two_is_enough():
    tls = "{certificates: [web], client: {ca: [gone, roots]}}"
    text = f"gateways: {{edge: {{listeners: {{a: {{port: 443, tls: {tls}}}}}}}}}\n{WEB}"
    made = pipeline(text)
    assert [f"{item.code} {item.field}" for item in made.findings()] == [
        "reference.dangling gateways.edge.listeners.a.tls.client.ca[0]"
    ]
    plan = made.ask(plan_gateway, Ref("gateways", "edge"))
    assert plan is not None
    assert [listener.authorities for listener in plan.listeners] == [(Ref("certificates", "roots"),)]


def test_who_checks_nobody_needs_no_authorities():
    assert listening("{a: {port: 443, tls: {certificates: [web], client: {verify: false, required: false}}}}") == (
        [("0.0.0.0", 443, "tcp")],
        [],
    )


def test_the_hostnames_that_a_connection_is_not_for():
    tls = "tls: {certificates: [web]}"
    listeners = (
        f"{{a: {{port: 443, {tls}, hostnames: [a.test]}}, b: {{port: 443, {tls}}}, c: {{port: 444, {tls}}}, d: 80}}"
    )
    made = pipeline(f"gateways: {{edge: {{listeners: {listeners}}}}}\n{WEB}")
    edge = Ref("gateways", "edge")
    tables = ("a", "b", "c", "0.0.0.0:80")
    found = {name: set(made.ask(misdirected, RouteTable(edge, name))) for name in tables}
    assert found == {"a": {"*"}, "b": {"a.test"}, "c": set(), "0.0.0.0:80": set()}


def test_a_certificate_without_authorities_checks_nobody():
    tls = "{certificates: [web], client: {ca: web}}"
    text = f"gateways: {{edge: {{listeners: {{a: {{port: 443, tls: {tls}}}}}}}}}\n{WEB}"
    assert pipeline(text, ["certificate/web"]).ports() == ()
    assert said(text, secrets=["certificate/web"]) == [
        "reference.unusable gateways.edge.listeners.a.tls.client.ca[0]",
        "listener.no_certificate gateways.edge.listeners.a.tls",
    ]


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ("gateways: {edge: {listeners: {a: 80}, policies: {load_balancing: random}}}", "gateways.edge.policies"),
        (
            "gateways: {edge: {listeners: {a: {port: 80, policies: {load_balancing: random}}}}}",
            "gateways.edge.listeners.a.policies",
        ),
        ("routes: {a: {respond: {}, policies: {load_balancing: random}}}", "routes.a.policies"),
        ("services: {a: {policies: {limits: {}}}}", "services.a.policies"),
        ("namespaces: {shop: {policies: {limits: {}}}}", "namespaces.shop.policies"),
    ],
)
def test_a_policy_where_it_cannot_hold_is_told_wherever_it_is(where, field):
    found = [item for item in said(where) if item.startswith("policy.misplaced")]
    assert [item.rpartition(".")[0] for item in found] == [f"policy.misplaced {field}"]


def test_two_gateways_of_one_proxy_cannot_share_a_port():
    text = "gateways: {a: {listeners: {x: 80}}, b: {listeners: {y: 80, z: 81}}}"
    assert said(text) == ["port.clash gateways.b.listeners.y.port"]
