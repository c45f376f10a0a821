import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Finding, Ref
from crossway.policies.load_balancing import POLICY, Algorithm, LoadBalancing

SITE = Site(Ref("services", "echo"), "default")
FITTING = {"choices": 3, "slow_start": {"window": "10s"}, "zones": {}, "hash_by": "source_ip", "table_size": 2053}


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("field", FITTING)
def test_each_setting_is_used_or_refused(algorithm, field):
    key = {"hash_by": {"header": "x-user"}} if algorithm in {Algorithm.RING_HASH, Algorithm.MAGLEV} else {}
    without = POLICY.compile(LoadBalancing.model_validate({"algorithm": algorithm, **key}), SITE)
    result = POLICY.compile(LoadBalancing.model_validate({"algorithm": algorithm, **key, field: FITTING[field]}), SITE)
    if isinstance(result, Finding):
        assert result.path == (field,)
    else:
        assert isinstance(without, Fragment)
        assert result != without


def test_a_key_alone_asks_for_consistent_hashing():
    assert LoadBalancing.model_validate({"hash_by": "source_ip"}).effective is Algorithm.MAGLEV
    assert LoadBalancing().effective is Algorithm.LEAST_REQUEST


@pytest.mark.parametrize(
    "cookie", ["", "a b", "a;b", "a\nb", {"name": "a", "path": "/;x"}, {"name": "a", "path": "/\n"}]
)
def test_a_cookie_that_is_none(cookie):
    with pytest.raises(ValidationError):
        LoadBalancing.model_validate({"hash_by": {"cookie": cookie}})
