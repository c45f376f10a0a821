import pytest

from crossway.model import PathMatch
from crossway.model.endpoint import Endpoint
from crossway.runtime.endpoints import Endpoints
from crossway.sdk.http import Request, Response


def endpoints(path: str = "/api/*", **paths: str) -> Endpoints:
    parts = {name: text.split(" ") for name, text in paths.items()}
    return Endpoints(
        {name: Endpoint(method=method, path=place) for name, (method, place) in parts.items()},
        PathMatch.model_validate(path),
    )


SHOP = endpoints(
    root="GET /",
    all="GET /orders",
    one="GET /orders/{id}",
    new="GET /orders/new",
    add="POST /orders",
    item="GET /orders/{order}/items/{item}",
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api", ("root", {})),
        ("/api/", ("root", {})),
        ("/api/orders", ("all", {})),
        ("/api/orders/", ("all", {})),
        ("/api/orders/7", ("one", {"id": "7"})),
        ("/api/orders/a%2Fb%20c", ("one", {"id": "a/b c"})),
        ("/api/orders/new", ("new", {})),
        ("/api/orders/new/items/3", ("item", {"order": "new", "item": "3"})),
    ],
)
def test_text_is_tried_before_variables(path: str, expected: object):
    assert SHOP.find("GET", path) == expected


def test_a_method_chooses():
    assert SHOP.find("POST", "/api/orders") == ("add", {})


@pytest.mark.parametrize("path", ["/api/nothing", "/api/orders/7/items", "/api/orders//items/3"])
def test_what_is_not_there_is_404(path: str):
    answer = SHOP.find("GET", path)
    assert isinstance(answer, Response)
    assert answer.status == 404


def test_another_method_is_405_with_those_that_are_there():
    answer = SHOP.find("PUT", "/api/orders")
    assert isinstance(answer, Response)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


def test_below_a_path_that_differs_from_request_to_request_they_stand_as_they_are():
    assert endpoints("~/v[0-9]/.*", one="GET /v1/{id}").find("GET", "/v1/7") == ("one", {"id": "7"})


async def test_what_expressions_see_has_the_variables_of_the_path():
    asked = await SHOP.asked(Request("GET", "/api/orders/7?a=b"), 10, "toy")
    assert not isinstance(asked, Response)
    name, context = asked
    assert (name, context["path"], context["query"]) == ("one", {"id": "7"}, {"a": "b"})


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (Request("GET", "/api/nothing"), 404, "endpoint.unknown"),
        (Request("POST", "/api/orders", (), b"x" * 11), 413, "toy.request_too_large"),
    ],
)
async def test_what_cannot_be_asked_is_the_answer(request_: Request, status: int, code: str):
    answer = await SHOP.asked(request_, 10, "toy")
    assert isinstance(answer, Response)
    assert (answer.status, answer.json()["code"]) == (status, code)
