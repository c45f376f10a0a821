from datetime import timedelta

import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.access_log import AccessLog, compile_access_log

SITE = Site(Ref("gateways", "edge"), "default")


def test_a_slow_request_may_take_weeks():
    spec = AccessLog.model_validate({"when": {"slower_than": "49d"}})
    fragment = compile_access_log(spec, SITE)
    assert isinstance(fragment, Fragment)
    assert fragment.connection_manager is not None
    (log,) = fragment.connection_manager.access_log
    bound = timedelta(milliseconds=log.filter.duration_filter.comparison.value.default_value - 1)
    assert bound == timedelta(days=49)


@pytest.mark.parametrize("slower_than", ["50d", "36500d"])
def test_more_milliseconds_than_the_proxy_counts_are_refused(slower_than):
    with pytest.raises(ValidationError):
        AccessLog.model_validate({"when": {"slower_than": slower_than}})
