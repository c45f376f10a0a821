import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.connection_limit import ConnectionLimit, compile_connection_limit
from crossway.protos import unpack

SITE = Site(Ref("gateways", "edge"), "default", listener="http")


def test_the_rate_is_looked_at_before_the_number():
    spec = ConnectionLimit.model_validate({"connections": 10, "rate": "60/minute"})
    fragment = compile_connection_limit(spec, SITE)
    assert isinstance(fragment, Fragment)
    rate, number = (unpack(item.typed_config) for item in fragment.network_filters)
    assert (rate.token_bucket.max_tokens, rate.token_bucket.fill_interval.seconds) == (60, 60)
    assert number.max_connections.value == 10


@pytest.mark.parametrize("settings", [0, True, {"rate": "0/second"}, {"rate": 5}, {"connections": 1, "burst": 1}])
def test_what_limits_nothing(settings):
    with pytest.raises(ValidationError):
        ConnectionLimit.model_validate(settings)
