import pytest
from pydantic import ValidationError

from crossway.model import Defined, Definition


@pytest.mark.parametrize(("given", "told"), [({}, "there is none"), ({"text": "a", "file": "b"}, "are two of them")])
def test_a_definition_stands_in_one_place(given, told):
    with pytest.raises(ValidationError, match=told):
        Definition(**given)


def test_two_that_say_the_same_are_equal():
    one, other = Defined(b"a", {"b": b"c"}), Defined(b"a", {"b": b"c"})
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(
    "other", [Defined(b"ab"), Defined(b"a", {"b": b""}), Defined(b"a", problem="x"), Defined(b"a", pending="x")]
)
def test_two_that_do_not_are_not(other):
    assert Defined(b"a") != other
