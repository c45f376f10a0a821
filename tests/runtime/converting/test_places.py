import pytest

from crossway.model.transformation import BodyToHeaders, BodyToQuery, HeadersToBody, QueryToBody
from crossway.runtime.converting.places import BodyIntoHeaders, BodyIntoQuery, HeadersIntoBody, QueryIntoBody
from crossway.runtime.converting.refusal import Refusal
from crossway.sdk.http import Headers

BODY = {"user": {"id": 5, "tags": ["a", "b"], "at": None, "o": {"x": 1}}}


def headers_of(document: object, expressions: dict[str, str], before: dict[str, str] | None = None) -> dict[str, str]:
    headers = Headers(before or {})
    mover = BodyIntoHeaders(BodyToHeaders(headers=expressions))
    mover.move(document, headers)  # type: ignore[arg-type]
    return dict(headers.items())


def test_headers_are_set_to_what_the_body_has():
    expressions = {"x-id": "user.id", "x-tags": "user.tags", "x-o": "user.o", "x-sum": "length(user.tags)"}
    assert headers_of(BODY, expressions) == {"x-id": "5", "x-tags": "a, b", "x-o": '{"x":1}', "x-sum": "2"}


def test_a_header_is_never_the_clients():
    forged = {"x-id": "1", "x-at": "2", "x-other": "3"}
    assert headers_of(BODY, {"x-id": "user.none", "x-at": "user.at"}, forged) == {"x-other": "3"}
    assert headers_of(None, {"x-id": "user.id"}, forged) == {"x-at": "2", "x-other": "3"}


@pytest.mark.parametrize("value", ["a\r\nx-admin: 1", "a\nb", "é", "\x00", "x" * 8193, ["a", "b\r\n"], "\x7f"])
def test_what_is_no_header_is_refused(value):
    headers = Headers({"x-a": "old"})
    with pytest.raises(Refusal) as caught:
        BodyIntoHeaders(BodyToHeaders(headers={"x-b": "'fine'", "x-a": "v"})).move({"v": value}, headers)
    assert caught.value.code == "transform.header"
    assert headers.items() == [("x-a", "old")]


def test_an_expression_that_does_not_fit_the_body_is_refused():
    with pytest.raises(Refusal) as caught:
        headers_of({"a": 1}, {"x-a": "length(a)"})
    assert caught.value.code == "transform.malformed"


def test_parameters_are_set_to_what_the_body_has():
    mover = BodyIntoQuery(
        BodyToQuery(parameters={"id": "user.id", "tag": "user.tags", "none": "user.none", "o": "user.o"})
    )
    assert mover.move(BODY, "a=1&none=x&i%64=9&b") == "a=1&b&id=5&tag=a&tag=b&o=%7B%22x%22%3A1%7D"
    assert mover.move({"user": {"id": "a b&c=d"}}, "") == "id=a+b%26c%3Dd"
    assert mover.without("id=1&x=2") == "x=2"
    with pytest.raises(Refusal) as caught:
        mover.move({"user": {"id": "x" * 20_000}}, "")
    assert caught.value.code == "transform.too_large"


def test_fields_are_set_to_what_headers_say():
    document = {"a": {"b": 1}}
    headers = Headers([("x-a", "1"), ("x-a", "2"), ("x-b", "3")])
    HeadersIntoBody(HeadersToBody(fields={"/a/x": "X-A", "/c/d": "x-b", "/e": "x-none"}, remove=True)).move(
        document, headers
    )
    assert document == {"a": {"b": 1, "x": "1, 2"}, "c": {"d": "3"}}
    assert headers.items() == []


def test_fields_are_set_to_what_the_query_says():
    document: dict[str, object] = {}
    mover = QueryIntoBody(QueryToBody(fields={"/page": "page", "/t": "tag", "/e": "none"}, types="guess", remove=True))
    assert mover.move(document, "page=2&tag=a&tag=b&x=%20&t%61g=c") == "x=%20"
    assert document == {"page": 2, "t": ["a", "b", "c"]}
    assert QueryIntoBody(QueryToBody(fields={"/page": "page"})).move(document, "page=3") == "page=3"
    assert document["page"] == "3"
