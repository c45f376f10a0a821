import pytest

from crossway.plan.attachment import union
from crossway.policies.ip_filter import IpFilter


def test_every_place_has_to_be_passed():
    gateway = IpFilter.model_validate({"deny": ["10.1.0.0/16"]})
    route = IpFilter.model_validate({"allow": ["10.0.0.0/8"]})
    assert [(rule.allow, rule.deny) for rule in union(gateway, route).rules] == [
        ((), ("10.1.0.0/16",)),
        (("10.0.0.0/8",), ()),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        [],
        {"rules": []},
        {"allow": [], "deny": []},
        {"allow": ["10.0.0.0/8"], "deny": ["0.0.0.0/0"]},
        {"allow": ["10.0.0.0/8"], "deny": ["10.0.0.0/8"]},
        {"allow": ["2001:db8::1"], "deny": ["2001:db8::/32"]},
        {"allow": ["10.0.0.0/33"]},
        {"allow": ["office.example"]},
        {"deny": ["fe80::1%eth0"]},
        {"allow": "10.0.0.0/8"},
    ],
)
def test_rules_that_decide_nothing_are_refused(settings):
    with pytest.raises(ValueError):
        IpFilter.model_validate(settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"allow": ["10.0.0.0/8"], "deny": ["10.1.0.0/16"]},
        {"allow": ["10.0.0.0/8"], "deny": ["::/0"]},
        {"allow": ["10.1.2.3/8"]},
        [{"allow": ["10.0.0.0/8"]}, {"deny": ["10.0.0.0/8"]}],
    ],
)
def test_rules_that_decide_something_are_not(settings):
    assert IpFilter.model_validate(settings).rules
