import json
from functools import reduce

import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.plan.attachment import union
from crossway.policies.ip_filter import IpFilter, compile_ip_filter
from crossway.protos import to_dict


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
        [{"deny": [f"192.0.2.{number}"]} for number in range(9)],
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


@pytest.mark.parametrize(
    ("network", "ranges"),
    [
        ("192.0.2.0/24", {("192.0.2.0", 24), ("::ffff:192.0.2.0", 120)}),
        ("::ffff:192.0.2.0/120", {("::ffff:c000:200", 120), ("192.0.2.0", 24)}),
        ("2001:db8::/32", {("2001:db8::", 32)}),
    ],
)
def test_an_address_is_the_same_in_both_versions(network, ranges):
    fragment = compile_ip_filter(IpFilter.model_validate({"deny": [network]}), Site(Ref("routes", "shop"), "default"))
    assert isinstance(fragment, Fragment)
    tree = to_dict(fragment.per_route["ip_filter"])["rbac"]["matcher"]["matcher_tree"]
    (matcher,) = tree["custom_match"]["typed_config"]["range_matchers"]
    assert {(item["address_prefix"], item["prefix_len"]) for item in matcher["ranges"]} == ranges


def test_many_places_are_no_deep_message():
    places = [
        IpFilter.model_validate(
            [{"deny": [f"192.0.2.{8 * place + number}"], "allow": [f"10.{number}.{place}.0/24"]} for number in range(8)]
        )
        for place in range(5)
    ]
    fragment = compile_ip_filter(reduce(union, places), Site(Ref("routes", "shop"), "default"))
    assert isinstance(fragment, Fragment)
    assert json.dumps(to_dict(fragment.per_route["ip_filter"])).count("192.0.2.") == 2 * 5 * 8
