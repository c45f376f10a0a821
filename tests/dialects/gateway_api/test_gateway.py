import pytest

from crossway.dialects.gateway_api.gateway import doors, sets_of
from dialects.gateway_api.scene import Scene, gateway, key, written


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("port: 80, protocol: HTTP", "port: 81, protocol: HTTP", None),
        ("port: 80, protocol: HTTP", "port: 80, protocol: HTTP, hostname: a.example.com", None),
        ("port: 80, protocol: HTTP", "port: 80, protocol: http", "HostnameConflict"),
        ("port: 80, protocol: HTTP", "port: 80, protocol: HTTPS", "ProtocolConflict"),
        ("port: 80, protocol: TCP", "port: 80, protocol: TCP", "HostnameConflict"),
        ("port: 53, protocol: TCP", "port: 53, protocol: UDP", None),
        ("port: 53, protocol: UDP", "port: 53, protocol: UDP", "HostnameConflict"),
        ("port: 443, protocol: HTTPS", "port: 443, protocol: TLS, tls: {mode: Passthrough}", "ProtocolConflict"),
        ("port: 443, protocol: HTTPS, hostname: a.example.com", "port: 443, protocol: TLS", None),
        ("port: 80, protocol: HTTP", "port: 80, protocol: example.com/odd", None),
    ],
)
def test_listeners_that_cannot_be_told_apart_are_all_in_conflict(one: str, other: str, reason: str | None):
    scene = Scene(gateway(f"{{name: one, {one}}}, {{name: other, {other}}}"))
    found = scene.translator.ask(doors, key("Gateway", "edge"))
    assert [door.conflict and door.conflict.reason for door in found] == [reason, reason]


def test_listeners_of_sets_come_after_those_of_the_gateway_and_the_older_set_is_right():
    def listener_set(name: str, age: str) -> str:
        listeners = "listeners: [{name: a, port: 80, protocol: HTTP, hostname: a.example.com}]"
        return written(
            "ListenerSet", name, f"parentRef: {{name: edge}}, {listeners}", metadata=f"creationTimestamp: '{age}'"
        )

    allowed = "allowedListeners: {namespaces: {from: Same}}"
    scene = Scene(
        gateway("{name: http, port: 80, protocol: HTTP}", more=allowed),
        listener_set("young", "2026-01-02T00:00:00Z"),
        listener_set("zold", "2026-01-01T00:00:00Z"),
    )
    edge = key("Gateway", "edge")
    assert [item.key.name for item in scene.translator.ask(sets_of, edge)] == ["zold", "young"]
    found = {door.name: door.conflict is None for door in scene.translator.ask(doors, edge)}
    assert found == {"http": True, "zold_a": True, "young_a": False}


def test_a_set_with_a_mistake_leaves_its_gateway_alone():
    scene = Scene(
        gateway("{name: http, port: 80, protocol: HTTP}", more="allowedListeners: {namespaces: {from: Same}}"),
        written(
            "ListenerSet", "more", "parentRef: {name: edge}, listeners: [{name: a, port: 81, protocol: HTTP, b: c}]"
        ),
    )
    assert scene.made("gateways") == {"edge": {"listeners": {"http": 80}}}
    assert scene.said == ["field.unknown"]
