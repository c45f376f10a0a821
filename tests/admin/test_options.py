from datetime import timedelta

import pytest

from crossway.admin.desk import Guard

PATH = "/v1/resources/routes/default/hello"


async def test_options_of_a_query(admin):
    query = "message=why%0Anot&wait=false&timeout=90s&strict=true&guard_errors=0.5%25&guard_window=3m"
    assert (await admin.ask(f"{PATH}?{query}", "PUT", {"to": "x"})).status == 202
    (request,) = admin.desk.applied
    assert (request.message, request.dry_run, request.wait, request.strict) == ("why\nnot", False, False, True)
    assert request.timeout == timedelta(seconds=90)
    assert request.guard == Guard(0.5, timedelta(minutes=3))


async def test_options_of_a_body(admin):
    body = {"message": "why", "wait": False, "timeout": "90s", "strict": True, "guard": {"errors": "2%"}}
    assert (await admin.ask("/v1/changesets", "POST", body)).status == 200
    (request,) = admin.desk.applied
    assert (request.message, request.wait, request.timeout, request.strict) == (
        "why",
        False,
        timedelta(seconds=90),
        True,
    )
    assert request.guard == Guard(2.0, timedelta(minutes=2))


async def test_what_is_there_without_options(admin):
    await admin.ask("/v1/changesets", "POST", {})
    await admin.ask(PATH, "PUT", {"to": "x"})
    one, other = admin.desk.applied
    assert (one.message, one.dry_run, one.wait, one.timeout, one.strict, one.guard) == (
        *("", False, True, timedelta(seconds=60), False),
        None,
    )
    assert (one.timeout, one.guard) == (other.timeout, other.guard)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("timeout=1", "timeout"),
        ("timeout=2h", "timeout"),
        ("guard_errors=101%25", "guard_errors"),
        ("guard_errors=1%25&guard_window=x", "guard_window"),
        ("dry_run=perhaps", "dry_run"),
        ("message=%07", "message"),
        ("message=" + "a" * 1025, "message"),
    ],
)
async def test_options_that_make_no_sense(admin, query, path):
    answer = await admin.ask(f"{PATH}?{query}", "PUT", {"to": "x"})
    assert answer.status == 400
    assert [error["path"] for error in answer.json["errors"]] == [path]
    assert admin.desk.applied == []
