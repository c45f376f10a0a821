import pytest
from pydantic import ValidationError

from crossway.dialects.istio.authorization_policy import AuthorizationPolicySpec


def test_without_anything_it_allows_nothing():
    assert (AuthorizationPolicySpec().action, AuthorizationPolicySpec().rules) == ("ALLOW", ())


@pytest.mark.parametrize(
    "rule",
    [
        {"from": [{"source": {"ipBlocks": ["10.0.0.0/33"]}}]},
        {"to": [{"operation": {"ports": ["http"]}}]},
        {"to": [{"operation": {"paths": [""]}}]},
        {"when": [{"values": ["a"]}]},
    ],
)
def test_what_is_no_rule(rule):
    with pytest.raises(ValidationError):
        AuthorizationPolicySpec.model_validate({"rules": [rule]})
