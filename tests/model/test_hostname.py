import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.hostname import covers, intersection, parse_hostname, specificity


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.example.org", "a.example.org"),
        ("A.Example.ORG", "a.example.org"),
        ("*", "*"),
        ("*.example.org", "*.example.org"),
        ("localhost", "localhost"),
        ("80", "80"),
        ("10.0.0.1", "10.0.0.1"),
        ("_dmarc.a_b.test", "_dmarc.a_b.test"),
        ("a--b.test", "a--b.test"),
        ("[::1]", "[::1]"),
        ("[2001:DB8:0::1]", "[2001:db8::1]"),
        ("a" * 63 + ".test", "a" * 63 + ".test"),
    ],
)
def test_a_hostname(text, name):
    assert parse_hostname(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "-a",
        "a-",
        "a b",
        "a/b",
        "http://a",
        "*a",
        "a.*",
        "*.*",
        "**.a",
        "*.",
        "a.*.b",
        "ä.test",
        "[::1",
        "[zz]",
        "[:::::]",
        "::1",
        "a\n",
        "a" * 64,
        ".".join(["a" * 60] * 5),
        "[10.0.0.1]",
        "a@b",
        "a?b",
        "a%20b",
    ],
)
def test_a_hostname_that_is_none(text):
    with pytest.raises(ValueError, match="is no hostname"):
        parse_hostname(text)


@pytest.mark.parametrize("text", ["a.test:80", "localhost:1", "10.0.0.1:80", "[::1]:80", "*.a:80"])
def test_a_hostname_has_no_port(text):
    with pytest.raises(ValueError, match="has no port"):
        parse_hostname(text)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "a.test", True),
        ("*", "*.a.test", True),
        ("a.test", "a.test", True),
        ("a.test", "b.a.test", False),
        ("*.a.test", "b.a.test", True),
        ("*.a.test", "c.b.a.test", True),
        ("*.a.test", "a.test", False),
        ("*.a.test", "ba.test", False),
        ("*.a.test", "*.b.a.test", True),
        ("*.a.test", "*.a.test", True),
        ("*.b.a.test", "*.a.test", False),
        ("*.a.test", "*", False),
        ("a.test", "*", False),
    ],
)
def test_what_a_pattern_covers(pattern, name, expected):
    assert covers(pattern, name) is expected


labels = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(".".join)
patterns = st.one_of(labels, labels.map("*.".__add__), st.just("*"))


@given(patterns, patterns, labels)
def test_an_intersection_means_what_both_mean(one, other, host):
    common = intersection(one, other)
    both = covers(one, host) and covers(other, host)
    assert both == (common is not None and covers(common, host))
    assert intersection(other, one) == common


@given(patterns, patterns, labels)
def test_of_two_patterns_for_one_host_the_narrower_is_the_more_specific(one, other, host):
    if one != other and covers(one, host) and covers(other, host):
        assert (specificity(one) < specificity(other)) == covers(one, other)
