from crossway.dialects.gateway_api.conditions import Condition, false, resolved, written
from crossway.dialects.gateway_api.reference import GatewayClass, Trouble
from crossway.dialects.statuses import reported
from dialects.gateway_api.scene import Scene, key
from dialects.gateway_api.scene import written as text

TROUBLE = Trouble("BackendNotFound", "there is no such service", ())


def test_a_condition_is_about_what_the_object_says_now():
    scene = Scene(
        text("GatewayClass", "crossway", "controllerName: crossway.dev/gateway-controller", metadata="generation: 4")
    )
    told = scene.translator.ask(reported, key("GatewayClass", "crossway"))
    assert told is not None
    assert isinstance(told.about.value, GatewayClass)
    assert written(told.about, Condition("Accepted", "Accepted")) == [
        {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "", "observedGeneration": 4}
    ]


def test_trouble_is_a_condition_that_does_not_hold():
    assert false("Accepted", TROUBLE) == Condition("Accepted", TROUBLE.reason, TROUBLE.message, holds=False)


def test_references_lead_somewhere_or_the_first_is_told_that_does_not():
    assert resolved([]) == Condition("ResolvedRefs", "ResolvedRefs")
    assert resolved([TROUBLE]) == false("ResolvedRefs", TROUBLE)
