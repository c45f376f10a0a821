"""What a client of REST asks."""

from decimal import Decimal

import pytest

from crossway.model.soap import RestRoute
from crossway.runtime.soap.asking import RefusedError, Ways, asked
from crossway.sdk.http import Request

WAYS = Ways(
    [
        RestRoute("One", "GET", "/a/{id}"),
        RestRoute("New", "GET", "/a/new"),
        RestRoute("Drop", "DELETE", "/a/{id}"),
        RestRoute("Deep", "POST", "/a/{order.id}/{x}"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/a/7", ("One", {"id": "7"})),
        ("HEAD", "/a/7", ("One", {"id": "7"})),
        ("GET", "/a/new", ("New", {})),
        ("DELETE", "/a/a%2Fb", ("Drop", {"id": "a/b"})),
        ("POST", "/a/1/2", ("Deep", {"order.id": "1", "x": "2"})),
    ],
)
def test_a_request_is_for_an_operation(method: str, path: str, found: object) -> None:
    assert WAYS.find(Request(method, path)) == found


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/a", 404), ("/a/1/2/3", 404), ("/a/7", 405)])
def test_a_request_for_none_is_refused(path: str, status: int) -> None:
    with pytest.raises(RefusedError) as caught:
        WAYS.find(Request("PUT", path))
    assert caught.value.answer.status == status


async def test_path_query_and_body_are_one_value() -> None:
    request = Request("POST", "/x?tag=a&tag=b&order.note=n", {"content-type": "application/json"}, b'{"total": 1.50}')
    assert await asked(request, {"order.id": "7"}, 100) == {
        "total": Decimal("1.50"),
        "tag": ["a", "b"],
        "order": {"note": "n", "id": "7"},
    }


async def test_a_form_is_a_value_too() -> None:
    body = (
        b'--b\r\ncontent-disposition: form-data; name="order.id"\r\n\r\n7\r\n'
        b'--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nabc\r\n--b--\r\n'
    )
    request = Request("POST", "/x", {"content-type": "multipart/form-data; boundary=b"}, body)
    assert await asked(request, {}, 1000) == {"order": {"id": "7"}, "file": "YWJj"}
    broken = Request("POST", "/x", {"content-type": "multipart/form-data; boundary=b"}, body[:50])
    with pytest.raises(RefusedError):
        await asked(broken, {}, 1000)


async def test_a_request_without_a_body_has_none() -> None:
    assert await asked(Request("GET", "/x", (), b"{"), {}, 100) == {}
    assert await asked(Request("POST", "/x"), {}, 100) == {}
