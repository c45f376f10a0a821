import json

import pytest

from crossway.sdk.context import UNDER_WAY, Scene, Store, current
from crossway.sdk.http import Request, Response

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Nothing(Store):
    """A store that nobody asks."""


@pytest.fixture
def called() -> list[tuple[str, Request]]:
    return []


@pytest.fixture(autouse=True)
def _request(called: list[tuple[str, Request]]):
    async def call(service: str, request: Request) -> Response:
        called.append((service, request))
        return Response(204)

    scene = Scene("routes.orders", "stamp", "team", Nothing(), call)
    token = UNDER_WAY.set((scene, Request("GET", "/orders", {"x-request-id": "7", "traceparent": TRACE})))
    yield
    UNDER_WAY.reset(token)


def test_the_context_says_where_a_request_is() -> None:
    context = current()
    assert (context.route, context.id, context.trace) == ("routes.orders", "7", TRACE)


@pytest.mark.parametrize(
    ("service", "cluster"), [("users", "team/users"), ("other/users", "other/users"), ("default/users", "users")]
)
async def test_a_service_is_called_by_its_name_as_part_of_the_trace(called, service: str, cluster: str) -> None:
    assert (await current().call(service, Request("GET", "/users/1"))).status == 204
    ((name, request),) = called
    assert name == cluster
    assert request.headers.items() == [("x-request-id", "7"), ("traceparent", TRACE)]


async def test_a_header_that_a_call_has_itself_stays(called) -> None:
    await current().call("users", Request("GET", "/", {"x-request-id": "own"}))
    assert called[0][1].headers.get_all("x-request-id") == ["own"]


def test_a_line_of_the_log_is_json_with_the_id_of_the_request(capsys) -> None:
    current().log("seen\nit", page=2)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line) == {
        "message": "seen\nit",
        "route": "routes.orders",
        "plugin": "stamp",
        "request_id": "7",
        "page": 2,
    }


def test_outside_of_a_request_there_is_no_context() -> None:
    token = UNDER_WAY.set(UNDER_WAY.get())
    UNDER_WAY.reset(token)
    import contextvars

    with pytest.raises(LookupError, match="no request is under way here"):
        contextvars.Context().run(current)
