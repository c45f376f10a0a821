import pytest

from crossway.compile.headers import compile_header
from crossway.model import ValueMatch
from crossway.protos import to_dict


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1", {"string_match": {"exact": "1"}}),
        ({"prefix": "1"}, {"string_match": {"prefix": "1"}}),
        ({"suffix": "1"}, {"string_match": {"suffix": "1"}}),
        ({"contains": "1"}, {"string_match": {"contains": "1"}}),
        ({"regex": "1+"}, {"string_match": {"safe_regex": {"regex": "1+"}}}),
        ({"present": True}, {"present_match": True}),
        ({"absent": True}, {"present_match": True, "invert_match": True}),
        (
            {"not": "1"},
            {"string_match": {"exact": "1"}, "invert_match": True, "treat_missing_header_as_empty": True},
        ),
    ],
)
def test_a_condition_on_a_header(value, message):
    assert to_dict(compile_header("a", ValueMatch.model_validate(value))) == {"name": "a", **message}
