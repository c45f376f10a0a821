import pytest

from crossway.policies.bot_filter import BotFilter


@pytest.mark.parametrize(
    "settings",
    [
        {"deny": []},
        {"deny": [], "allow": ["x"], "deny_empty": True},
        {"deny": ["Googlebot"], "allow": ["googlebot"]},
        {"deny": [{"group": "search_engines"}], "allow": [{"group": "search_engines"}]},
        {"deny": [{"group": "search_engines", "contains": "x"}]},
        {"deny": [{}]},
        {"deny": [""]},
        {"deny": ["a\nb"]},
        {"deny": [{"regex": "("}]},
        {"deny": [{"group": "spiders"}]},
    ],
)
def test_rules_that_refuse_nobody_are_refused(settings):
    with pytest.raises(ValueError):
        BotFilter.model_validate(settings)


def test_an_exception_may_mean_a_part_of_what_is_denied():
    assert BotFilter.model_validate({"deny": ["bot", {"group": "search_engines"}], "allow": ["Googlebot"]})
