from harness.applied import STEPS, applied


def test_rollback(crossway, stand_in):
    stand_in.answers["POST /v1/revisions/40/rollback"] = [*STEPS, {"applied": applied("live", revision=43)}]
    outcome = crossway("rollback", "40", "-m", "oops", "--timeout", "5s", "--admin", stand_in.address)
    assert (outcome.status, outcome.out) == (0, "live on 12/12 proxies at revision 43\n")
    assert stand_in.asked[0].body == {"message": "oops", "dry_run": False, "wait": True, "timeout": "5s"}
