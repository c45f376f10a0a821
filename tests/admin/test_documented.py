from crossway.admin.answers import Applied
from crossway.admin.documented import problems
from crossway.admin.problems import Problem


def test_everything_can_be_turned_away():
    assert set(problems()) == {400, 401, 403, 414, 429, 500, 503}
    assert {spec.data_container for spec in problems().values()} == {Problem}


def test_what_becomes_of_a_change_is_no_problem():
    found = problems(404, 409, applied=(202, 409, 422), unchanged=True)
    assert {status for status, spec in found.items() if spec.data_container is Applied} == {202, 409, 422}
    assert found[404].data_container is Problem
    assert found[304].data_container is None
