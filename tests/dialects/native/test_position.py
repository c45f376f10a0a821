import pytest

from crossway.dialects.native.position import in_toml, in_yaml

YAML = """\
routes:
  # a comment
  "a b": {to: one, matches: [{path: /a}, {path: /b}]}
  long:
    matches:
      - path: /x
        methods:
        - GET
    policies:
---
routes:
  long: {to: two}
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("routes",), (1, 1)),
        (("routes", "a b"), (3, 3)),
        (("routes", "a b", "to"), (3, 15)),
        (("routes", "a b", "matches"), (3, 20)),
        (("routes", "a b", "matches", 1), (3, 42)),
        (("routes", "a b", "matches", 1, "path"), (3, 49)),
        (("routes", "long", "matches", 0, "methods", 0), (8, 11)),
        (("routes", "long", "matches", 7), (5, 5)),
        (("routes", "long", "missing", "deeper"), (4, 3)),
        (("nothing",), (1, 1)),
        ((0, "routes", "long"), (4, 3)),
        ((1, "routes", "long", "to"), (12, 14)),
        ((2, "routes"), (1, 1)),
    ],
)
def test_the_deepest_step_there_is(path, place):
    assert in_yaml(YAML, path) == place


def test_an_unknown_key_is_shown_itself_and_not_its_value():
    assert in_yaml("a: {b: 1}", ("a", "b")) == (1, 8)
    assert in_yaml("a: {b: 1}", ("a", "b"), key=True) == (1, 5)


@pytest.mark.parametrize("text", ["", "# c", "a: [", "- a"])
def test_a_text_without_the_path(text):
    assert in_yaml(text, ("a", "b")) == (1, 1)


TOML = """\
# routes.a = 1
[routes.a]
to = "one"

  [[routes.a.matches]]
  path = "/a"

  [[routes.a.matches]]
  path = "/b"   # path = "/c"
  headers = {x = "1", "y" = "2"}

[services]
one.endpoints = [
  "127.0.0.1:1",
  "127.0.0.1:2",
]
'quoted' = "http://a"

[services."with.dot"]
text = \"\"\"
to = "nothing"
\"\"\"
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("routes", "a"), (2, 1)),
        (("routes", "a", "to"), (3, 1)),
        (("routes", "a", "matches", 0), (5, 3)),
        (("routes", "a", "matches", 0, "path"), (6, 3)),
        (("routes", "a", "matches", 1), (8, 3)),
        (("routes", "a", "matches", 1, "path"), (9, 3)),
        (("routes", "a", "matches", 1, "headers", "y"), (10, 3)),
        (("services", "one"), (13, 1)),
        (("services", "one", "endpoints", 1), (13, 1)),
        (("services", "quoted"), (17, 1)),
        (("services", "with.dot"), (19, 1)),
        (("services", "with.dot", "text"), (20, 1)),
        (("services", "with.dot", "to"), (19, 1)),
    ],
)
def test_the_deepest_step_that_a_line_of_toml_begins_with(path, place):
    assert in_toml(TOML, path) == place
