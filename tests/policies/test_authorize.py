import pytest

from crossway.model import Ref
from crossway.plan.attachment import Attachment, Target, effective
from crossway.policies.authorize import POLICY, Authorize


def names(settings):
    spec = Authorize.model_validate(settings)
    (per_route,) = POLICY.compile(spec, None).per_route.values()
    tree = per_route.rbac.matcher if per_route.rbac.HasField("matcher") else per_route.rbac.shadow_matcher
    return [item.on_match.action.typed_config.value for item in tree.matcher_list.matchers], per_route.rbac


def test_what_is_denied_stands_before_what_is_allowed():
    found, rbac = names({"allow": [{"groups": ["gold"]}], "deny": [{"tags": ["bad"]}, {"tags": ["worse"]}]})
    assert [action[2:].split(b"\x10")[0] for action in found] == [b"deny.0", b"deny.1", b"allow.0"]
    assert not rbac.HasField("shadow_matcher")


def test_on_trial_nothing_is_refused():
    _, rbac = names({"allow": [{"groups": ["gold"]}], "dry_run": True})
    assert not rbac.HasField("matcher")
    assert rbac.HasField("shadow_matcher")


@pytest.mark.parametrize("settings", [{}, {"allow": []}, {"deny": []}, {"allow": [], "deny": []}, {"dry_run": True}])
def test_there_is_something_to_decide_by(settings):
    with pytest.raises(ValueError, match="write at least one rule"):
        Authorize.model_validate(settings)


def test_the_closest_one_holds_as_a_whole():
    far = Authorize.model_validate({"deny": [{"tags": ["bad"]}], "dry_run": True})
    near = Authorize.model_validate({"allow": [{"groups": ["gold"]}]})
    attachments = [
        Attachment(Target.GATEWAY, Ref("gateways", "edge"), ("policies",), {"authorize": far}),
        Attachment(Target.ROUTE, Ref("routes", "orders"), ("policies",), {"authorize": near}),
    ]
    (held,) = effective(Target.ROUTE, attachments, {"authorize": POLICY.rule})
    assert held.spec == near
