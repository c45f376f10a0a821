import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.bandwidth_limit import BandwidthLimit, compile_bandwidth_limit


def names(settings: dict[str, object], route: str) -> tuple[str, str]:
    fragment = compile_bandwidth_limit(BandwidthLimit.model_validate(settings), Site(Ref("routes", route), "default"))
    assert isinstance(fragment, Fragment)
    share = fragment.per_route["bandwidth_limit"]
    return share.request_limit.bucket_id, share.response_limit.bucket_id


@pytest.mark.parametrize(
    ("written", "rate"), [("1KiB/s", 1024), ("1.5 MB/s", 1_500_000), ("64KiB", 65_536), (2048, 2048)]
)
def test_a_rate_is_an_amount_in_a_second(written, rate):
    assert BandwidthLimit.model_validate({"upload": written}).upload == rate


@pytest.mark.parametrize("written", ["1KiB/m", "1/s", "fast", "1023B/s", "4GiB/s", True, -1])
def test_a_rate_that_is_none(written):
    with pytest.raises(ValidationError):
        BandwidthLimit.model_validate({"upload": written})


def test_each_route_each_way_and_each_rate_has_a_bucket_of_its_own():
    both = {"upload": "1MiB/s", "download": "1MiB/s"}
    buckets = [*names(both, "a"), *names(both, "b"), *names({**both, "download": "2MiB/s"}, "a")]
    assert len(set(buckets)) == 5
