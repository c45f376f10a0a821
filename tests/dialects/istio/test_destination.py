import pytest

from dialects.istio.scene import GATEWAY, SERVICE, read, written

MORE = SERVICE.replace("[{name: http, port: 80}]", "[{name: http, port: 80}, {name: b, port: 81}]")


def sent(destination: str, *more: str) -> tuple[object, dict[str, object]]:
    rules = f"hosts: ['*'], gateways: [edge], http: [{{route: [{{destination: {{{destination}}}}}]}}]"
    reading = read(GATEWAY, written("VirtualService", rules), *more)
    return reading.one("routes")["to"], reading.settings.get("services", {})


@pytest.mark.parametrize(
    ("destination", "more", "to"),
    [
        ("host: web", SERVICE, "web_80"),
        ("host: web.default.svc.cluster.local, port: {number: 80}", SERVICE, "web_80"),
        ("host: web", MORE, [{"status": 503}]),
        ("host: web, port: {number: 81}", MORE, "web_81"),
        ("host: web, port: {number: 82}", MORE, [{"status": 503}]),
        ("host: other, subset: v1", SERVICE, [{"status": 503}]),
        ("host: other.example", SERVICE, [{"status": 503}]),
    ],
)
def test_a_destination_is_a_port_of_a_service(destination, more, to):
    assert sent(destination, more)[0] == to


def test_a_service_that_nobody_describes_is_asked_for_by_its_name():
    to, services = sent("host: web.shop, port: {number: 8080}".replace("web.shop", "web.shop.svc"))
    assert to == "shop/web_8080"
    assert services == {"shop/web_8080": {"endpoints": ["web.shop.svc.cluster.local:8080"]}}


def test_who_is_wrong_does_not_close_such_a_service():
    rules = "hosts: [{}], gateways: [edge], http: [{{route: [{{destination: {{host: web}}}}]}}]"
    wrong = written("VirtualService", rules.format("a.test") + ", colour: red", name="a")
    right = written("VirtualService", rules.format("b.test"), name="b")
    assert read(GATEWAY, wrong, right).one("services")["endpoints"] == ["web.default.svc.cluster.local:80"]
