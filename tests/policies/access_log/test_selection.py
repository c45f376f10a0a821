from datetime import timedelta

import pytest
from pydantic import ValidationError

from crossway.model import Ref
from crossway.policies.access_log.selection import When, selection
from crossway.protos.envoy.extensions.access_loggers.filters.cel import v3 as cel_v3


def test_everything_needs_no_filter():
    assert selection(None, ()) is None


def test_one_condition_stands_alone_and_several_are_alternatives():
    one = selection(When.model_validate({"sample": "1%"}), ())
    assert one is not None
    assert one.runtime_filter.percent_sampled.numerator == 10_000
    several = selection(When.model_validate({"sample": "1%", "slower_than": "1s", "status_from": 500}), ())
    assert several is not None
    kinds = [item.WhichOneof("filter_specifier") for item in several.or_filter.filters]
    assert kinds == ["status_code_filter", "and_filter", "duration_filter", "runtime_filter"]


def test_skipped_routes_are_skipped_whatever_else_holds():
    skipped = [Ref("routes", "health"), Ref("routes", "health", "shop")]
    both = selection(When.model_validate({"status_from": 500}), skipped)
    assert both is not None
    only, when = both.and_filter.filters
    expression = cel_v3.ExpressionFilter.FromString(only.extension_filter.typed_config.value).expression
    for name in ("'health'", "'health#'", "'shop/health'", "'shop/health#'"):
        assert name in expression
    assert when.WhichOneof("filter_specifier") == "or_filter"


def test_a_slow_request_may_take_weeks():
    found = selection(When.model_validate({"slower_than": "49d"}), ())
    assert found is not None
    milliseconds = found.duration_filter.comparison.value.default_value - 1
    assert timedelta(milliseconds=milliseconds) == timedelta(days=49)


@pytest.mark.parametrize("when", [{}, {"slower_than": "50d"}, {"slower_than": "36500d"}, {"sample": "101%"}])
def test_what_never_holds_is_refused(when):
    with pytest.raises(ValidationError):
        When.model_validate(when)
