"""What a request says, and answers about it."""

import json

from crossway.authn.verdict import Answer, Request

REQUEST = Request("GET", "http", "h", "/", (("a", "1"), ("b", "2"), ("a", "3"), ("x-request-id", "r")))


def test_lines_of_one_header():
    assert REQUEST.values("a") == ["1", "3"]
    assert REQUEST.value("a") == "1, 3"
    assert REQUEST.value("c") is None


def test_a_problem():
    answer = Answer.problem(401, "no", REQUEST, (("b", "c"),))
    assert answer.headers == (("content-type", "application/problem+json"), ("b", "c"))
    told = {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "no", "request_id": "r"}
    assert json.loads(answer.body) == told
