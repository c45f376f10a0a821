import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Finding, Ref
from crossway.plan.attachment import union
from crossway.policies.security_headers import SecurityHeaders, compile_security_headers


def written(settings: object, *, secure: bool = True) -> dict[str, str]:
    site = Site(Ref("routes", "shop"), "default", secure=secure)
    fragment = compile_security_headers(SecurityHeaders.model_validate(settings), site)
    assert isinstance(fragment, Fragment)
    assert fragment.route is not None
    return {option.header.key: option.header.value for option in fragment.route.response_headers_to_add}


@pytest.mark.parametrize(
    ("hsts", "secure", "said"),
    [
        ({}, True, "max-age=31536000"),
        ({}, False, None),
        (False, True, None),
        ({"max_age": 0}, True, "max-age=0"),
        (
            {"max_age": "730d", "include_subdomains": True, "preload": True},
            True,
            "max-age=63072000; includeSubDomains; preload",
        ),
    ],
)
def test_tls_is_asked_for_where_it_is_spoken(hsts, secure, said):
    assert written({"hsts": hsts}, secure=secure).get("strict-transport-security") == said


@pytest.mark.parametrize(
    ("ancestors", "older", "policy"),
    [
        ("none", "DENY", "frame-ancestors 'none'"),
        ("self", "SAMEORIGIN", "frame-ancestors 'self'"),
        (["self", "https://*.a.example"], None, "frame-ancestors 'self' https://*.a.example"),
        (["https:"], None, "frame-ancestors https:"),
        (False, None, None),
    ],
)
def test_frames_are_bounded_in_both_headers(ancestors, older, policy):
    headers = written({"frame_ancestors": ancestors})
    assert headers.get("x-frame-options") == older
    assert headers.get("content-security-policy") == policy


def test_a_policy_that_is_longer_than_a_header_is_a_finding():
    spec = SecurityHeaders.model_validate({"content_security_policy": "default-src " + "x" * 16_350})
    found = compile_security_headers(spec, Site(Ref("routes", "shop"), "default"))
    assert isinstance(found, Finding)
    assert found.code == "security_headers.too_long"


def test_a_percent_sign_is_text():
    assert written({"permissions_policy": "a=%20"})["permissions-policy"] == "a=%%20"


def test_a_route_changes_one_field_and_keeps_the_rest():
    farther = SecurityHeaders.model_validate({"frame_ancestors": "none", "hsts": {"include_subdomains": True}})
    closer = SecurityHeaders.model_validate({"frame_ancestors": False, "hsts": {"max_age": "1d"}, "remove": ["via"]})
    both = union(farther, closer)
    assert both.frame_ancestors is False
    assert both.hsts == union(farther.hsts, closer.hsts)
    assert compile_security_headers(both, Site(Ref("routes", "shop"), "default", secure=True))
    assert both.remove == ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "via")


@pytest.mark.parametrize(
    "settings",
    [
        {"hsts": True},
        {"hsts": {"max_age": "1500ms"}},
        {"hsts": {"preload": True, "include_subdomains": True, "max_age": "30d"}},
        {"frame_ancestors": []},
        {"frame_ancestors": ["none"]},
        {"frame_ancestors": ["a.example; script-src *"]},
        {"frame_ancestors": "https://a.example"},
        {"content_security_policy": "Frame-Ancestors *"},
        {"content_security_policy": "default-src 'self'\nx: y"},
        {"cross_origin_opener_policy": "nobody"},
        {"remove": ["x y"]},
    ],
)
def test_what_browsers_would_not_understand_is_refused(settings):
    with pytest.raises(ValueError):
        SecurityHeaders.model_validate(settings)
