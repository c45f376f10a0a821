import pytest
from pydantic import ValidationError

from crossway.policies.concurrency_limit import ConcurrencyLimit


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (10, {"max": 10}),
        ("adaptive", {"adaptive": {}}),
    ],
)
def test_the_short_forms(short, long):
    assert ConcurrencyLimit.model_validate(short) == ConcurrencyLimit.model_validate(long)


@pytest.mark.parametrize(
    "settings", [0, True, "fixed", {"adaptive": {"minimum": 1000}}, {"max": 10, "adaptive": {}}, {"adaptive": None}]
)
def test_what_can_never_be_reached(settings):
    with pytest.raises(ValidationError):
        ConcurrencyLimit.model_validate(settings)
