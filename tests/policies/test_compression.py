import re

import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.compression import POLICY, Compression, compile_compression
from crossway.protos import to_dict

SITE = Site(Ref("routes", "shop"), "default")


def compiled(settings: object) -> Fragment:
    return compile_compression(Compression.model_validate(settings), SITE)


def test_a_route_uses_the_encoders_it_names_and_both_scripts():
    assert list(compiled(["zstd"]).per_route) == ["compression", "compression.select", "compression.zstd"]


def test_false_takes_back_what_is_attached_farther_away():
    assert not compiled(False).per_route
    assert compiled(True) == compiled({})


def test_the_scripts_stand_around_the_encoders():
    first, *_, last = POLICY.filters
    assert (first, last) == ("compression", "compression.select")


def test_stars_stand_for_any_text_and_nothing_else_is_special():
    settings = compiled({"content_types": ["Text/*", "application/*+json", "application/x-a.b"]}).per_route
    selected = to_dict(settings["compression.select"])["filter_context"]
    patterns = [r"^text/.*$", r"^application/.*%+json$", r"^application/x%-a%.b$"]
    assert selected == {"min_size": 1024.0, "content_types": patterns}


def test_levels_rise():
    def quality(level: str) -> int:
        library = to_dict(compiled({"level": level}).per_route["compression.brotli"])
        return int(re.findall(r"'quality': (\d+)", str(library))[0])

    assert quality("fastest") < quality("default") < quality("best")


@pytest.mark.parametrize(
    "settings",
    [[], ["gzip", "gzip"], "gzip", {"content_types": []}, {"content_types": ["a/b; c"]}, {"min_size": "1k"}, 1],
)
def test_what_cannot_be_meant_is_refused(settings):
    with pytest.raises(ValueError):
        Compression.model_validate(settings)
