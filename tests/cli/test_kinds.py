import pytest

from crossway import model
from crossway.cli.kinds import DEFAULT, KINDS, kind_of, local, name_of
from crossway.errors import UserError


def test_they_are_those_of_the_model():
    assert tuple(model.KINDS) == KINDS
    assert model.DEFAULT_NAMESPACE == DEFAULT


@pytest.mark.parametrize("kind", KINDS)
def test_singular_and_plural(kind):
    assert kind_of(kind) == kind_of(kind[:-1]) == kind_of(kind.title()) == kind


@pytest.mark.parametrize(
    ("word", "hint"),
    [("ruotes", "did you mean 'routes'?"), ("xyz", f"there are: {', '.join(KINDS)}")],
)
def test_a_word_that_is_no_kind(word, hint):
    with pytest.raises(UserError) as raised:
        kind_of(word)
    assert str(raised.value) == f"there is no kind {word!r}; {hint}"


def test_names():
    assert name_of("orders", "") == ("default", "orders")
    assert name_of("orders", "team-a") == name_of("team-a/orders", "") == name_of("team-a/orders", "team-a")
    assert local(*name_of("orders", "")) == "orders"
    assert local(*name_of("orders", "team-a")) == "team-a/orders"
    with pytest.raises(UserError, match="--namespace says team-b"):
        name_of("team-a/orders", "team-b")
