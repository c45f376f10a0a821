import pytest
from litestar.exceptions import MethodNotAllowedException, ValidationException

from crossway.admin.problems import FieldError, Problem, invalid, problem_of
from crossway.errors import Bug, Conflict, NotFound, RemoteError, Unavailable, UserError


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (Conflict("what changed"), 412, {}),
        (NotFound("no such thing"), 404, {}),
        (UserError("not here"), 409, {}),
        (Unavailable("the database is away"), 503, {"Retry-After": "2"}),
        (RemoteError("it broke off"), 503, {"Retry-After": "2"}),
    ],
)
def test_what_is_said_is_passed_on(error, status, headers):
    problem, sent = problem_of(error)
    assert (problem.status, problem.detail, sent) == (status, str(error), headers)


@pytest.mark.parametrize("error", [Bug("a secret"), ValueError("a secret"), KeyError("a secret"), RecursionError()])
def test_what_nobody_expected_says_nothing(error):
    problem, _ = problem_of(error)
    assert problem == Problem("Internal Server Error", 500, "Crossway itself failed on this request; its log says more")


def test_headers_of_an_answer_are_kept():
    assert problem_of(MethodNotAllowedException(headers={"allow": "GET"}))[1] == {"allow": "GET"}


def test_each_mistake_is_named_once():
    said = [{"key": "limit", "message": "Expected `int`, got `str`"}, {"message": "no"}, {"message": "no"}]
    problem, _ = problem_of(ValidationException("x", extra=said))
    assert problem.errors == (FieldError("limit", "Expected `int`, got `str`", "`int`"), FieldError("", "no"))
    assert problem_of(invalid("a", "b", "c"))[0].errors == (FieldError("a", "b", "c"),)
