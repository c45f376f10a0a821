import pytest

from crossway.dialects.gateway_api.action import ValueCondition, conditions
from dialects.gateway_api.scene import rule

BACKEND = "backendRefs: [{name: web, port: 80}]"


def test_of_several_conditions_for_one_name_the_first_one_counts():
    first, second = ValueCondition(name="A", value="1"), ValueCondition(name="a", value="2", type="RegularExpression")
    assert conditions([first, second], of_headers=True) == {"a": "1"}
    assert conditions([first, second]) == {"A": "1", "a": {"regex": "2"}}


@pytest.mark.parametrize(
    ("said", "native"),
    [
        ("{}", "cookie"),
        ("{absoluteTimeout: 1h30m}", {"cookie": {"ttl": "1h30m"}}),
        ("{type: Header}", {"header": "x-session"}),
    ],
)
def test_a_session_is_kept_by_the_client(said: str, native: object):
    assert rule(f"sessionPersistence: {said}, {BACKEND}")["policies"]["session_affinity"] == native


def test_without_a_backend_with_a_weight_nothing_is_forwarded():
    assert rule("backendRefs: [{name: web, port: 80, weight: 0}]")["to"] == {"status": 500}
    assert rule("")["to"] == {"status": 500}
