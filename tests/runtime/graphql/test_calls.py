"""What arguments become of a request, and what is left of an answer."""

from typing import Any

import pytest

from crossway.model.graphql_plan import Operation, Parameter
from crossway.runtime.composing.expressions import UnfitError
from crossway.runtime.graphql.calls import LONGEST_TARGET, Call, CallError, unframed
from crossway.sdk.http import Response

each = pytest.mark.parametrize


def call(path: str = "/a", *parameters: Parameter, **more: Any) -> Call:
    return Call(Operation("orders", "orders", "GET", path, parameters, **more))


@each(
    ("style", "value", "query"),
    [
        ("form", "a b&c", "p=a%20b%26c"),
        ("form", [1, "x", True], "p=1&p=x&p=true"),
        ("form", {"a": 1, "b c": "d"}, "a=1&b%20c=d"),
        ("form", [], ""),
        ("form", None, ""),
        ("comma", [1, "x,y"], "p=1,x%2Cy"),
        ("space", ["a", "b"], "p=a%20b"),
        ("pipe", ["a", "b"], "p=a%7Cb"),
        ("deep", {"a": 1, "b": "c"}, "p%5Ba%5D=1&p%5Bb%5D=c"),
        ("json", {"a": [1]}, "p=%7B%22a%22%3A%5B1%5D%7D"),
    ],
)
def test_parameters_are_written_in_their_style(style: Any, value: object, query: str) -> None:
    request = call("/a", Parameter("argument", "p", "query", style)).request({"argument": value}, [])
    assert request.target == (f"/a?{query}" if query else "/a")


@each(
    ("value", "path"),
    [("x", "/a/x/b"), ("x/../y", None), ("..", None), ("", None), ("ä?", "/a/%C3%A4%3F/b"), (7, "/a/7/b")],
)
def test_what_stands_in_a_path_stays_in_its_segment(value: object, path: str | None) -> None:
    made = call("/a/{id}/b", Parameter("id", "id", "path", "comma"))
    if path is not None:
        assert made.request({"id": value}, []).target == path
    else:
        with pytest.raises(UnfitError):
            made.request({"id": value}, [])


def test_headers_and_bodies_are_sent() -> None:
    made = call("/a", Parameter("x_t", "X-T", "header"), body="input")
    request = made.request({"x_t": "1", "input": {"b": [1.5]}}, [("x-request-id", "7")])
    assert request.body == b'{"b":[1.5]}'
    assert dict(request.headers.items()) == {
        "x-request-id": "7",
        "accept": "application/json",
        "x-t": "1",
        "content-type": "application/json",
        "content-length": "11",
    }
    with pytest.raises(UnfitError, match="control characters"):
        made.request({"x_t": "a\r\nb: c"}, [])


def test_a_target_has_a_bound() -> None:
    with pytest.raises(UnfitError, match=f"more than {LONGEST_TARGET}"):
        call("/a", Parameter("p", "p", "query")).request({"p": "x" * LONGEST_TARGET}, [])


@each(
    ("more", "answer", "value"),
    [
        ({}, Response(200, body=b'{"a": 1}'), {"a": 1}),
        ({}, Response(200), None),
        ({"is_empty": True}, Response(204), True),
        ({"is_text": True}, Response(200, body="hi"), "hi"),
    ],
)
def test_an_answer_is_a_value(more: dict[str, bool], answer: Response, value: object) -> None:
    assert call(**more).value(answer) == value


@each("answer", [Response(500), Response(404, body=b"{}"), Response(200, body=b"{"), Response(200, body=b"[" * 3000)])
def test_what_is_no_answer_is_an_error(answer: Response) -> None:
    with pytest.raises(CallError, match=r"The .*service orders"):
        call().value(answer)


@each("body", [b"", b"\x00\x00\x00\x00\x02a", b"\x01\x00\x00\x00\x01a", b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"])
def test_what_is_not_one_message(body: bytes) -> None:
    with pytest.raises(ValueError, match="not one message"):
        unframed(body)
    assert unframed(b"\x00\x00\x00\x00\x01a") == b"a"
