import pytest

from crossway.model import Ref


async def test_a_request_is_explained(admin):
    question = {"method": "GET", "url": "http://a.example/x", "headers": [["x-a", "b"]], "client_ip": "192.0.2.1"}
    answer = await admin.ask("/v1/explain", "POST", question)
    assert answer.json == {"method": "GET", "url": "http://a.example/x", "who": "token:first"}


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"method": ""}, "method"),
        ({"method": "A B"}, "method"),
        ({"headers": [["a"]]}, "headers[0]"),
        ({"headers": {"a": "b"}}, "headers"),
        ({"revision": -1}, "revision"),
        ({"url": None}, "url"),
    ],
)
async def test_a_question_that_makes_no_sense(admin, changed, path):
    answer = await admin.ask("/v1/explain", "POST", {"method": "GET", "url": "http://a.example"} | changed)
    assert answer.status == 400
    assert [error["path"] for error in answer.json["errors"]] == [path]


async def test_what_holds(admin):
    admin.desk.put(Ref("routes", "hello"), "hello: {to: x}\n")
    answer = await admin.ask("/v1/effective/routes/default/hello")
    assert answer.json == {"items": [{"policy": "retry", "of": "routes.hello"}]}
    for path in ("routes/default/missing", "nothing/default/hello"):
        assert (await admin.ask(f"/v1/effective/{path}")).status == 404
