import pytest

from crossway.simulation.regex import Regex, compiled


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("/a.*", "/ab", True),
        ("a", "ab", False),
        (r"\d", "٣", False),
        (r"\pL+", "é", True),
        ("a$", "a\n", False),
        ("(?i)A", "a", True),
        ("[[:alpha:]]+", "ab", True),
    ],
)
def test_a_whole_text_matches_as_in_re2(pattern, text, matches):
    assert compiled(pattern).matches(text) is matches


def test_what_re2_does_not_take_matches_nothing():
    regex = Regex("(?=a)a")
    assert not regex.matches("a")
    assert regex.replace("a", "b") == "a"


@pytest.mark.parametrize(
    ("pattern", "text", "substitution", "result"),
    [
        ("/a", "/a/a", "/z", "/z/z"),
        ("([a-z])/?", "/a/b", r"<\1>", "/<a><b>"),
        ("x*", "/a/", "-", "-/-a-/-"),
        ("x*", "xax", "-", "-a-"),
        ("a", "a", r"\\\0", "\\a"),
        ("é", "/é", "e", "/e"),
        ("^/a", "/a/a", "", "/a"),
    ],
)
def test_every_occurrence_is_replaced_as_in_re2(pattern, text, substitution, result):
    assert compiled(pattern).replace(text, substitution) == result
