import pytest

from crossway.dialects.kong.expression import parse
from dialects.kong.reading import of_route


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('http.path == "/a.b"', {"paths": (r"~/a\.b$",)}),
        ('http.path ^= "/a" && http.method == "GET"', {"paths": ("/a",), "methods": ("GET",)}),
        ('(http.host == "a" || http.host =^ ".b" || http.host ^= "c.")', {"hosts": ("a", "*.b", "c.*")}),
        (r'http.path ~ r#"^/a/\d+$"#', {"paths": (r"~/a/\d+$",)}),
        ('http.path ~ "b"', {"paths": ("~/.*(?:b)",)}),
        (
            'http.headers.x_team == "a\\"b" && net.protocol == "https"',
            {"headers": {"x-team": ('a"b',)}, "protocols": ("https",)},
        ),
        ('(http.headers.x_a ~ "^v" || http.headers.x_a == "w")', {"headers": {"x-a": ("~*^v", "w")}}),
    ],
)
def test_an_expression_says_what_fields_can_say(text: str, fields: dict[str, object]):
    assert parse(text) == fields


@pytest.mark.parametrize(
    "text",
    [
        'http.path == "/a" || http.method == "GET"',
        '(http.path == "/a" || http.method == "GET")',
        '(http.path == "/a" && http.method == "GET")',
        'http.path ^= "/a" && http.path ^= "/ab"',
        'http.headers.a == "1" && http.headers.a == "2"',
        "net.src.ip in 10.0.0.0/8",
        'http.queries.a == "1"',
        'http.method ~ "G.*"',
        'http.host =^ "b"',
        'http.path =^ "b"',
        'http.headers.a ^= "b"',
        'http.path != "/a"',
        '!(http.path == "/a")',
        'http.path == "/a" &&',
        '(http.path == "/a"',
        '&& http.path == "/a"',
        'http.path == "/a" http.method == "GET"',
        "",
    ],
)
def test_one_that_nothing_else_can_say_is_refused(text: str):
    with pytest.raises(ValueError, match="an expression is read if"):
        parse(text)


def test_a_route_may_be_an_expression_with_a_priority():
    found = of_route(
        """expression: '(http.path ^= "/a" || http.path ^= "/b") && http.host == "x.example"', priority: 17"""
    )
    assert found.route()["matches"] == [{"path": "^/a"}, {"path": "^/b"}]
    assert found.route()["hostnames"] == ["x.example"]
    assert found.route()["priority"] == 17
    found = of_route("expression: 'net.src.ip in 10.0.0.0/8'")
    assert found.is_closed()
    assert found.said == [("field.invalid", 4)]
