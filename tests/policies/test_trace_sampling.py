import pytest

from crossway.plan.attachment import union
from crossway.policies.trace_sampling import TraceSampling


@pytest.mark.parametrize("settings", ["10%", 10, {"sample": 10}])
def test_a_share_may_stand_alone(settings):
    assert TraceSampling.model_validate(settings).sample == 10


def test_the_closer_share_holds_and_the_tags_add_up():
    farther = TraceSampling.model_validate({"sample": 1, "tags": {"a": "1", "b": "1"}})
    closer = TraceSampling.model_validate({"sample": 100, "tags": {"b": "2"}})
    both = union(farther, closer)
    assert (both.sample, both.tags) == (100, {"a": "1", "b": "2"})
