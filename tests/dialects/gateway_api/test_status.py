from crossway.dialects.gateway_api.status import FEATURES
from crossway.dialects.statuses import reported
from dialects.gateway_api.scene import Scene, key, written
from dialects.gateway_api.told import said, status

OURS = "controllerName: crossway.dev/gateway-controller"


def test_a_class_of_ours_says_what_is_supported():
    found = status(Scene(written("GatewayClass", "web", OURS)), "GatewayClass")
    assert said(found) == {"Accepted": "Accepted", "SupportedVersion": "SupportedVersion"}
    assert [item["name"] for item in found["supportedFeatures"]] == sorted(FEATURES)


def test_a_class_has_no_parameters():
    parameters = "parametersRef: {group: a.example, kind: Parameters, name: a}"
    scene = Scene(written("GatewayClass", "web", f"{OURS}, {parameters}"))
    assert said(status(scene, "GatewayClass"))["Accepted"] == "not InvalidParameters"


def test_a_class_of_others_is_theirs():
    scene = Scene(written("GatewayClass", "web", "controllerName: example.com/other"))
    assert scene.translator.ask(reported, key("GatewayClass")) is None
