import pytest

from dialects.gateway_api.scene import SERVICE, Scene, gateway, route, written
from dialects.gateway_api.told import said, status

HTTP = "{name: http, port: 80, protocol: HTTP}"
HTTPS = "{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: nope}]}}"
ODD = "{name: odd, port: 81, protocol: odd}"
OPEN = "allowedListeners: {namespaces: {from: Same}}"
HOSTS = {"wide": "*.example.com", "close": "a.example.com", "far": "a.example.org"}
WELL = {"Accepted": "Accepted", "Programmed": "Programmed", "ResolvedRefs": "ResolvedRefs"}


def listener_set(listeners: str, name: str = "more") -> str:
    return written("ListenerSet", name, f"parentRef: {{name: edge}}, listeners: [{listeners}]")


def listeners(found) -> dict[str, dict[str, str]]:
    return {item["name"]: said(item) for item in found["listeners"]}


def test_a_gateway_with_an_open_listener_is_well():
    found = status(Scene(gateway(HTTP)), "Gateway", "edge")
    assert said(found) == WELL
    assert listeners(found) == {"http": {**WELL, "Conflicted": "not NoConflicts"}}
    assert [item["kind"] for item in found["listeners"][0]["supportedKinds"]] == ["HTTPRoute", "GRPCRoute"]


@pytest.mark.parametrize(
    ("given", "accepted", "programmed"),
    [
        (f"{HTTP}, {ODD}", "ListenersNotValid", "Programmed"),
        (ODD, "not ListenersNotValid", "not Invalid"),
        (HTTPS, "not ListenersNotValid", "not Invalid"),
    ],
)
def test_a_gateway_is_accepted_with_one_listener_that_is_valid(given: str, accepted: str, programmed: str):
    found = said(status(Scene(gateway(given)), "Gateway", "edge"))
    assert (found["Accepted"], found["Programmed"]) == (accepted, programmed)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("infrastructure: {parametersRef: {group: a.example, kind: P, name: a}}", "not InvalidParameters"),
        ("addresses: [{type: Hostname, value: a.example}]", "not UnsupportedAddress"),
        ("colour: red", "not Invalid"),
    ],
)
def test_a_gateway_is_not_accepted_for_what_it_says_itself(more: str, reason: str):
    assert said(status(Scene(gateway(HTTP, more=more)), "Gateway", "edge"))["Accepted"] == reason


def test_a_gateway_that_is_wrong_has_no_open_listener():
    found = status(Scene(gateway(HTTP, more="colour: red")), "Gateway", "edge")
    assert said(found)["Programmed"] == listeners(found)["http"]["Programmed"] == "not Invalid"


def test_the_address_that_a_gateway_asks_for_is_told():
    found = status(Scene(gateway(HTTP, more="addresses: [{value: 127.0.0.1}]")), "Gateway", "edge")
    assert found["addresses"] == [{"type": "IPAddress", "value": "127.0.0.1"}]


def test_a_certificate_for_backends_that_is_not_there_is_told():
    more = "tls: {backend: {clientCertificateRef: {name: nope}}}"
    found = said(status(Scene(gateway(HTTP, more=more)), "Gateway", "edge"))
    assert found == {**WELL, "ResolvedRefs": "not InvalidClientCertificateRef"}


def test_that_some_clients_are_not_checked_is_told():
    refs = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]"
    more = f"tls: {{frontend: {{default: {{validation: {{mode: AllowInsecureFallback, {refs}}}}}}}}}"
    found = said(status(Scene(gateway(HTTP, more=more)), "Gateway", "edge"))
    assert found["InsecureFrontendValidationMode"] == "ConfigurationChanged"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (HTTPS, {"Programmed": "not Invalid", "ResolvedRefs": "not InvalidCertificateRef"}),
        (ODD, {"Accepted": "not UnsupportedProtocol", "Programmed": "not Invalid"}),
        (
            f"{HTTP}, {HTTP.replace('name: http', 'name: same')}",
            dict.fromkeys(("Accepted", "Programmed"), "not HostnameConflict") | {"Conflicted": "HostnameConflict"},
        ),
    ],
)
def test_a_listener_says_why_it_is_shut(given: str, expected: dict[str, str]):
    found = listeners(status(Scene(gateway(given)), "Gateway", "edge"))
    assert next(iter(found.values())) == {**WELL, "Conflicted": "not NoConflicts", **expected}


def test_listeners_whose_clients_may_share_a_connection_say_so():
    given = ", ".join(
        HTTPS.replace("{name: https", f"{{name: {name}, hostname: '{host}'") for name, host in HOSTS.items()
    )
    found = listeners(status(Scene(gateway(given)), "Gateway", "edge"))
    assert [name for name, one in found.items() if "OverlappingTLSConfig" in one] == ["wide", "close"]


def test_routes_are_counted_behind_listeners_that_are_shut_too():
    scene = Scene(
        gateway(f"{HTTP}, {HTTPS}"), SERVICE, route("{}"), route("{}", "other", parents="{name: edge, port: 80}")
    )
    found = status(scene, "Gateway", "edge")
    assert {item["name"]: item["attachedRoutes"] for item in found["listeners"]} == {"http": 2, "https": 1}


def test_a_listener_set_tells_of_its_own_listeners():
    other = HTTP.replace("80", "82")
    scene = Scene(gateway(HTTP, more=OPEN), listener_set(other))
    assert status(scene, "Gateway", "edge")["attachedListenerSets"] == 1
    found = status(scene, "ListenerSet", "more")
    assert said(found) == {"Accepted": "Accepted", "Programmed": "Programmed"}
    assert list(listeners(found)) == ["http"]


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ((gateway(HTTP),), "not NotAllowed"),
        ((), "not ParentNotFound"),
        ((gateway(HTTP, more=OPEN),), "not ListenersNotValid"),
    ],
)
def test_a_listener_set_that_adds_nothing_says_why(texts: tuple[str, ...], reason: str):
    scene = Scene(*texts, listener_set(HTTP))
    assert said(status(scene, "ListenerSet", "more")) == {"Accepted": reason, "Programmed": reason}
    if texts:
        assert status(scene, "Gateway", "edge")["attachedListenerSets"] == 0
