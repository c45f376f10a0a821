import re

import pytest
from pydantic import ValidationError

from crossway.model import PathKind, PathMatch
from crossway.model.path import check_regex, regex_takes_empty


@pytest.mark.parametrize(
    ("text", "kind", "value", "literal"),
    [
        ("/", PathKind.EXACT, "/", "/"),
        ("/orders", PathKind.EXACT, "/orders", "/orders"),
        ("/orders/", PathKind.EXACT, "/orders/", "/orders/"),
        ("/*", PathKind.PREFIX, "/", "/"),
        ("/orders/*", PathKind.PREFIX, "/orders", "/orders"),
        ("/a%20b/*", PathKind.PREFIX, "/a%20b", "/a%20b"),
        ("/users/{id}", PathKind.TEMPLATE, "/users/{id}", "/users"),
        ("/users/{id}/*", PathKind.TEMPLATE, "/users/{id}/*", "/users"),
        ("/{a}", PathKind.TEMPLATE, "/{a}", "/"),
        ("/users/x-{id}", PathKind.TEMPLATE, "/users/x-{id}", "/users"),
        ("^/orders", PathKind.STARTS_WITH, "/orders", "/"),
        ("^/orders/", PathKind.STARTS_WITH, "/orders/", "/orders"),
        ("^/", PathKind.STARTS_WITH, "/", "/"),
        ("^/a/.", PathKind.STARTS_WITH, "/a/.", "/a"),
        ("~/v[0-9]+/.*", PathKind.REGEX, "/v[0-9]+/.*", "/"),
        ("~ /v1", PathKind.REGEX, "/v1", "/"),
    ],
)
def test_a_path_in_one_line(text, kind, value, literal):
    path = PathMatch.model_validate(text)
    assert (path.kind, path.value, path.literal) == (kind, value, literal)
    assert PathMatch.model_validate(str(path)) == path


@pytest.mark.parametrize("kind", PathKind)
def test_a_path_by_its_kind(kind):
    assert PathMatch.model_validate({str(kind): "/a"}) == PathMatch(kind=kind, value="/a")


@pytest.mark.parametrize(
    ("text", "beginning"),
    [("/a", "/a"), ("/a/*", "/a"), ("^/a/", "/a/"), ("/a/x{b}/c", "/a/x"), ("/{a}/*", "/"), ("~/a.*", "/")],
)
def test_the_text_that_every_path_begins_with(text, beginning):
    assert PathMatch.model_validate(text).beginning == beginning


def test_a_path_that_says_more_goes_first():
    texts = [
        "/long",
        "/a",
        "/a/{x}/c",
        "/a/{longer}",
        "/a/b{x}",
        "/a/*",
        "^/a",
        "/{x}",
        "/*",
        "^/",
        "~/longest.*",
        "~/a",
    ]
    paths = [PathMatch.model_validate(text) for text in texts]
    ordered = sorted(paths, key=lambda path: path.precedence)
    assert [str(path) for path in ordered[:2]] == ["/long", "/a"]
    assert [str(path) for path in ordered[2:-2]] == [
        *("/a/b{x}", "/a/{x}/c", "/a/{longer}", "/a/*", "^/a"),
        *("/{x}", "/*", "^/"),
    ]
    assert {str(path) for path in ordered[-2:]} == {"~/longest.*", "~/a"}


def test_a_prefix_with_a_slash_at_its_end_is_the_one_without():
    assert PathMatch(kind=PathKind.PREFIX, value="/a/").value == "/a"
    assert PathMatch(kind=PathKind.PREFIX, value="/").value == "/"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begins with /"),
        ("orders", "begins with /"),
        ("*", "begins with /"),
        ("/a?b", "no query"),
        ("/a#b", "no fragment"),
        ("/a//b", "normal form"),
        ("//", "normal form"),
        ("/a/./b", "normal form"),
        ("/a/..", "normal form"),
        ("/a b", "no spaces"),
        ("/a\nb", "no spaces"),
        ("/a\x7f", "no spaces"),
        ("/a*", "stands only at the end"),
        ("/*/a", "stands only at the end"),
        ("/a/*/*", "stands only at the end"),
        ("/{a}/*/b", "stands only at the end"),
        ("/{a}*", "stands only at the end"),
        ("^/a*", "stands only at the end"),
        ("^a", "begins with /"),
        ("^/a//", "normal form"),
        ("^/a/../", "normal form"),
        ("/{}", "a template variable is"),
        ("/{a", "a template variable is"),
        ("/a}{b}", "a template variable is"),
        ("/{a-b}", "a template variable is"),
        ("/{a}/{a}", "a name of its own"),
        ("/{a}/{b}/{c}/{d}/{e}/{f}", "at most five"),
        ("/" + "x" * 8192, "at most 8192 bytes"),
        ("/{a}/" + "é" * 4096, "at most 8192 bytes"),
        ("~", "is not empty"),
        ("~ ", "is not empty"),
        ("~(", "not a regular expression"),
        ("~/(?=a)", "not in RE2"),
    ],
)
def test_a_path_that_is_none(text, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        PathMatch.model_validate(text)


@pytest.mark.parametrize(
    "regex",
    [
        "/a.*",
        "[+*]+",
        r"\++",
        r"a\\1",
        r"\pL+",
        r"\p{Greek}",
        r"\p{Greek}+",
        r"\P{^Greek}*\p{Lu}?",
        r"[[:alpha:]]+",
        r"[\pL_]",
        r"a\z",
        "(?i)a",
        "(?:a)",
        "(?P<x>a)",
        "a{1000}",
        "a+?",
        "[]a+]",
        r"[\]+]+",
        "x||y",
        "[a&&b]",
        "[--a]",
        r"\d+\.\d+",
        "(a|b)*?",
    ],
)
def test_a_regular_expression(regex):
    assert check_regex(regex) == regex


@pytest.mark.parametrize(
    ("regex", "empty"), [("a*", True), (r"\pL*", True), (r"\z", True), ("a|", True), ("a+", False), (r"\pL", False)]
)
def test_whether_a_regular_expression_takes_nothing(regex, empty):
    assert regex_takes_empty(regex) is empty


@pytest.mark.parametrize(
    "regex",
    [
        "",
        "(",
        "[a",
        "a**",
        r"\1",
        r"(a)\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        "(?P<x>a)(?P=x)",
        "(?>a)",
        "a++",
        "a?+",
        "a{2}+",
        r"a\Z",
        "(?#x)a",
        "(a)(?(1)b|c)",
        "(?x)a b",
        "(?a)a",
        "a{1001}",
        "a{2,1001}",
        "a{1001,}",
        r"\8",
    ],
)
def test_a_regular_expression_that_the_proxy_would_refuse(regex):
    with pytest.raises(ValueError, match=r"regular expression|RE2"):
        check_regex(regex)
