import pytest

from crossway.dialects.contract import Key
from crossway.dialects.gateway_api.reference import GROUP, HTTP_ROUTE, ParentRef, granted
from dialects.gateway_api.scene import Scene, written

ROUTE = Key(HTTP_ROUTE, "shop", "web")
TARGET = Key("/Service", "other", "web")


@pytest.mark.parametrize(
    ("origin", "target", "is_granted"),
    [
        ("kind: HTTPRoute, namespace: shop", "kind: Service", True),
        ("kind: HTTPRoute, namespace: shop", "kind: Service, name: web", True),
        ("kind: HTTPRoute, namespace: shop", "kind: Service, name: cart", False),
        ("kind: HTTPRoute, namespace: shop", "kind: Secret", False),
        ("kind: GRPCRoute, namespace: shop", "kind: Service", False),
        ("kind: HTTPRoute, namespace: team", "kind: Service", False),
    ],
)
def test_a_grant_says_who_may_name_what(origin: str, target: str, is_granted: bool):
    spec = f"from: [{{group: {GROUP}, {origin}}}], to: [{{group: '', {target}}}]"
    scene = Scene(written("ReferenceGrant", "a", spec, metadata="namespace: other", version="v1beta1"))
    assert scene.translator.ask(granted, ROUTE, TARGET) is is_granted


def test_within_a_namespace_everything_may_be_named():
    assert Scene(written("GatewayClass", "a", "controllerName: b/c")).translator.ask(
        granted, ROUTE, TARGET._replace(namespace="shop")
    )


def test_a_parent_is_a_gateway_beside_the_route_unless_it_says_otherwise():
    assert ParentRef(name="edge").key("shop") == Key(f"{GROUP}/Gateway", "shop", "edge")
    assert ParentRef(name="web", kind="Service", group="core", namespace="b").key("shop") == Key("/Service", "b", "web")
