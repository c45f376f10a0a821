import pytest

from crossway.runtime.problem import problem


def test_a_problem_says_what_is_wrong_in_the_form_of_rfc_9457():
    answer = problem(502, "python.no_answer", "The backend gave no answer.", step="cart")
    assert answer.status == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:crossway:problem:python.no_answer",
        "title": "Bad Gateway",
        "status": 502,
        "code": "python.no_answer",
        "detail": "The backend gave no answer.",
        "step": "cart",
    }


def test_it_names_the_request_that_it_is_about():
    answer = problem(500, "python.failed", "Python failed.")
    answer.headers["allow"] = "POST"
    named = answer.of("r-1")
    assert named.headers["allow"] == "POST"
    assert named.json() == answer.json() | {"request_id": "r-1"}
    assert named.headers["content-length"] == str(len(named.body))
    assert "request_id" not in answer.json()


@pytest.mark.parametrize("status", [400, 413, 422, 500, 502, 503, 504])
def test_every_status_has_its_title(status):
    assert problem(status, "a.b", "A sentence.").json()["title"]
