import pytest
from pydantic import ValidationError

from crossway.model.endpoint import Endpoint, clash, variables


@pytest.mark.parametrize("path", ["orders", "/a//b", "/a/../b", "/{a}/{a}", "/{a", "/a b", "/{}", "/a?b"])
def test_what_is_no_path_is_refused(path: str):
    with pytest.raises(ValidationError):
        Endpoint(path=path)


def test_a_path_has_variables():
    assert variables(Endpoint(path="/orders/{id}/items/{item}").path) == ("id", "item")
    assert variables("/") == ()


def test_two_that_answer_the_same_are_found():
    one, other = Endpoint(path="/orders/{id}"), Endpoint(path="/orders/{name}")
    assert clash({"a": one, "b": other}) == ("a", "b")
    assert clash({"a": one, "b": Endpoint(method="GET", path="/orders/{name}")}) is None
