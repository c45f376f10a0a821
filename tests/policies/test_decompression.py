import pytest

from crossway.compile.contract import Site
from crossway.model import Ref
from crossway.policies.decompression import POLICY, Decompression, compile_decompression

SITE = Site(Ref("routes", "shop"), "default")


def test_the_decoder_stands_between_the_scripts():
    assert list(POLICY.filters) == ["decompression", "decompression.gzip", "decompression.verify"]


def test_none_of_the_three_is_ever_on_without_the_others():
    assert compile_decompression(Decompression.model_validate(True), SITE).per_route.keys() == POLICY.filters.keys()
    assert not compile_decompression(Decompression.model_validate(False), SITE).per_route


@pytest.mark.parametrize("settings", [1, "gzip", {"max_size": "5GiB"}, {"enabled": "no"}])
def test_what_cannot_be_meant_is_refused(settings):
    with pytest.raises(ValueError):
        Decompression.model_validate(settings)
