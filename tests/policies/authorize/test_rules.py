import pytest

from crossway.policies.authorize.rules import Rule


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "a rule has at least one condition"),
        ({"unless": {}}, "a rule has at least one condition"),
        ({"groups": []}, "at least 1 item"),
        ({"groups": ["gold,staff"]}, "pattern"),
        ({"groups": [""]}, "pattern"),
        ({"consumers": ["*"]}, "pattern"),
        ({"scopes": [" read"]}, "pattern"),
        ({"scopes": ["read  write"]}, "pattern"),
        ({"claims": {}}, "at least 1 item"),
        ({"claims": {"": "a"}}, "pattern"),
        ({"claims": {"a..b": "a"}}, "pattern"),
        ({"claims": {"role": []}}, "at least 1 item"),
        ({"claims": {"role": {"like": "a"}}}, "Extra inputs"),
        ({"claims": {"rate": 1.5}}, "write the value in quotes"),
        ({"headers": {"x-a": "1", "X-A": "2"}}, "stands here twice"),
        ({"client_ips": ["10.0.0.0/33"]}, "is no IP address"),
        ({"methods": ["G T"]}, "pattern"),
        ({"paths": ["orders"]}, "a path begins with /"),
        ({"paths": ["~("]}, "not a regular expression"),
        ({"hostnames": ["a.test:80"]}, "a hostname has no port"),
        ({"during": []}, "at least 1 item"),
        ({"unless": {"unless": {"methods": ["GET"]}}}, "Extra inputs"),
    ],
)
def test_what_is_no_rule(written, message):
    with pytest.raises(ValueError, match=message):
        Rule.model_validate(written)


def test_a_value_that_stands_alone_is_a_list_of_one():
    alone = Rule.model_validate({"claims": {"a": 1}, "headers": {"x-a": "b"}, "during": {"days": ["sat"]}})
    lists = Rule.model_validate({"claims": {"a": [1]}, "headers": {"x-a": ["b"]}, "during": [{"days": ["sat"]}]})
    assert alone == lists
