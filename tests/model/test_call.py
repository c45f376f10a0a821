import pytest
from pydantic import ValidationError

from crossway.model.call import ServiceCall


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"body": "a"}, "a call with GET has no body"),
        ({"method": "HEAD", "body": "a"}, "a call with HEAD has no body"),
        ({"headers": {"host": "a"}}, "the proxy writes host by itself"),
        ({"headers": {"x-envoy-a": "a"}}, "the proxy writes x-envoy-a by itself"),
        ({"forward": ["content-length"]}, "the proxy writes content-length by itself"),
        ({"timeout": "0s"}, "greater than"),
        ({"accept": [600]}, "should match pattern"),
    ],
)
def test_what_no_call_can_be_is_refused(given: dict[str, object], told: str):
    with pytest.raises(ValidationError, match=told):
        ServiceCall.model_validate({"service": "s"} | given)


def test_every_expression_has_its_place():
    call = ServiceCall.model_validate(
        {"service": "s", "method": "POST", "query": {"q": "{a}"}, "headers": {"x-h": "{b}{c}"}, "body": {"k": ["d"]}}
    )
    assert [where for where, _ in call.expressions()] == [("query", "q"), *[("headers", "x-h")] * 2, ("body", "k", 0)]
