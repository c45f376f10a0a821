import pytest

from crossway.plan.attachment import union
from crossway.policies.error_pages import ErrorPages


def test_pages_of_two_places_add_up_and_the_closer_one_decides():
    farther = ErrorPages.model_validate({404: "far", "5xx": "broken"})
    closer = ErrorPages.model_validate({"404": "near"})
    assert {status: page.body for status, page in union(farther, closer).pages.items()} == {
        "404": "near",
        "5xx": "broken",
    }


@pytest.mark.parametrize("status", [200, 302, 399, 600, "3xx", "4XX", "all"])
def test_only_errors_have_pages(status):
    with pytest.raises(ValueError):
        ErrorPages.model_validate({status: "sorry"})
