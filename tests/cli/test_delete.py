import pytest

from harness.applied import applied


@pytest.fixture
def delete(crossway, stand_in):
    def run(*words, said=applied("live"), status=200):  # noqa: B008
        kind = "application/json" if "state" in said else "application/problem+json"
        stand_in.answers["DELETE /v1/resources/routes/team-a/orders"] = (status, kind, said)
        return crossway("delete", *words, "--admin", stand_in.address)

    return run


def test_one_resource(delete, stand_in):
    outcome = delete("route", "team-a/orders", "--if-match", "abc", "-m", "no more")
    assert (outcome.status, outcome.out) == (0, "live on 12/12 proxies at revision 41\n")
    (asked,) = stand_in.asked
    assert asked.headers["If-Match"] == '"abc"'
    assert asked.path.endswith("?message=no+more&dry_run=false&timeout=60s")


@pytest.mark.parametrize(("state", "status"), [("refused", 422), ("rolled_back", 409)])
def test_refused_and_rolled_back(delete, state, status):
    assert delete("routes", "team-a/orders", said=applied(state), status=status).status == 1


def test_it_has_been_changed(delete):
    outcome = delete("routes", "team-a/orders", said={"detail": "routes.team-a/orders was changed"}, status=412)
    assert (outcome.status, outcome.err) == (1, "crossway: routes.team-a/orders was changed\n")


def test_where_files_are_the_source(delete):
    outcome = delete("routes", "team-a/orders", said={"detail": "this one follows files"}, status=409)
    assert (outcome.status, outcome.err) == (2, "crossway: this one follows files\n")
