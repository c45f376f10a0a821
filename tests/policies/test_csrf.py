import re

import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.csrf import Csrf, compile_csrf
from crossway.protos.envoy.extensions.filters.http.csrf import v3 as csrf_v3


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("x.b.example", True),
        ("x.y.b.example", True),
        ("b.example", False),
        ("x.b.example:8443", False),
        ("evil.example:1.b.example", False),
    ],
)
def test_a_wildcard_means_the_hosts_below_it(origin, allowed):
    fragment = compile_csrf(
        Csrf.model_validate({"additional_origins": ["*.B.example"]}), Site(Ref("routes", "shop"), "default")
    )
    assert isinstance(fragment, Fragment)
    policy = fragment.per_route["csrf"]
    assert isinstance(policy, csrf_v3.CsrfPolicy)
    (matcher,) = policy.additional_origins
    assert bool(re.fullmatch(matcher.safe_regex.regex, origin)) is allowed


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "*:443",
        "https://a.example",
        "a.example/cart",
        "a.*.example",
        "a.example:65536",
        "user@a.example",
        "null/",
        "",
        7,
    ],
)
def test_what_is_no_host_is_refused(origin):
    with pytest.raises(ValueError):
        Csrf.model_validate({"additional_origins": [origin]})
