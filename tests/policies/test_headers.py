import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Finding, Ref
from crossway.plan.attachment import union
from crossway.policies.headers import Headers, compile_headers

SITE = Site(Ref("routes", "orders"), "default")


def test_edits_of_two_places_add_up_and_the_closer_one_decides():
    farther = Headers.model_validate({"request": {"set": {"x-team": "all", "x-zone": "a"}, "remove": ["x-debug"]}})
    closer = Headers.model_validate({"request": {"set": {"X-Team": "shop"}}, "response": {"remove": ["server"]}})
    both = union(farther, closer)
    assert both.request.set == {"x-team": "shop", "x-zone": "a"}
    assert both.request.remove == ("x-debug",)
    assert both.response.remove == ("server",)


@pytest.mark.parametrize("name", ["Host", ":authority", ":path", ":method", "Connection", "TE", "Transfer-Encoding"])
@pytest.mark.parametrize("edit", ["set", "add", "add_if_absent"])
def test_what_is_not_for_this_policy_is_refused(edit, name):
    with pytest.raises(ValidationError):
        Headers.model_validate({"request": {edit: {name: "1"}}})


@pytest.mark.parametrize("value", ["", "two\r\nlines: 1", "nul\0", "x" * 16_385, "%" * 8193, "{host}" * 500])
def test_a_value_is_one_line_of_a_bounded_length(value):
    with pytest.raises(ValidationError):
        Headers.model_validate({"response": {"set": {"x-value": value}}})


@pytest.mark.parametrize("direction", ["request", "response"])
def test_the_edits_of_all_places_together_are_bounded(direction):
    def edits(count):
        return Headers.model_validate({direction: {"set": {f"x-{number}": "1" for number in range(count)}}})

    more = Headers.model_validate({direction: {"add": {"x-more": "1"}, "remove": ["x-less"]}})
    assert isinstance(compile_headers(union(edits(998), more), SITE), Fragment)
    finding = compile_headers(union(edits(999), more), SITE)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.path) == ("headers.too_many", (direction,))


@pytest.mark.parametrize(("value", "text"), [(2, "2"), (1.5, "1.5"), (True, "true"), (False, "false")])
def test_plain_values_are_text(value, text):
    assert Headers.model_validate({"request": {"set": {"x-value": value}}}).request.set == {"x-value": text}
