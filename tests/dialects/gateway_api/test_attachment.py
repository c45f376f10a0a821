import pytest

from crossway.dialects.gateway_api.attachment import attachments
from dialects.gateway_api.scene import SERVICE, Scene, gateway, key, route

HTTP = "{name: http, port: 80, protocol: HTTP, hostname: '*.example.com'}"
TCP = "{name: tcp, port: 81, protocol: TCP}"
GATEWAY = gateway(f"{HTTP}, {TCP}")


@pytest.mark.parametrize(
    ("parent", "reason", "listeners"),
    [
        ("{name: edge}", "Accepted", ("http",)),
        ("{name: edge, sectionName: http, port: 80}", "Accepted", ("http",)),
        ("{name: edge, sectionName: http, port: 81}", "NoMatchingParent", ()),
        ("{name: edge, sectionName: tcp}", "NotAllowedByListeners", ()),
        ("{name: edge, namespace: other}", "NoMatchingParent", ()),
        ("{name: edge, kind: ListenerSet}", "NoMatchingParent", ()),
        ("{name: web, kind: Service, group: ''}", "Accepted", ()),
    ],
)
def test_a_route_is_attached_to_what_its_parent_means(parent: str, reason: str, listeners: tuple[str, ...]):
    scene = Scene(GATEWAY, SERVICE, route("{}", parents=parent))
    (found,) = scene.translator.ask(attachments, key("HTTPRoute"))
    assert (found.reason, found.listeners, found.is_accepted) == (reason, listeners, reason == "Accepted")
    assert found.path == ("spec", "parentRefs", 0)


def test_a_route_without_a_hostname_of_a_listener_is_not_attached_to_it():
    scene = Scene(GATEWAY, route("{}", more="hostnames: [example.com]"))
    (found,) = scene.translator.ask(attachments, key("HTTPRoute"))
    assert found.reason == "NoMatchingListenerHostname"


def test_what_is_no_route_is_attached_to_nothing():
    assert Scene(GATEWAY).translator.ask(attachments, key("HTTPRoute")) == ()
