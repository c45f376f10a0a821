import json

from crossway.dialects.closing import closed, contained
from crossway.model import Finding

WHY = Finding("toy.reason", "no")


def test_a_route_keeps_its_requests_and_answers_503():
    settings = {"hostnames": ["a.example"], "matches": [{"path": "/a"}], "to": "a", "policies": {"cors": {}}}
    left = closed("routes", settings, WHY)
    assert left is not None
    respond = left.pop("respond")
    assert left == {"hostnames": ["a.example"], "matches": [{"path": "/a"}]}
    assert isinstance(respond, dict)
    assert respond["status"] == 503
    assert json.loads(respond["body"])["code"] == "toy.reason"


def test_a_service_loses_its_endpoints():
    assert closed("services", {"endpoints": ["127.0.0.1:1"], "tls": {}}, WHY) == {"endpoints": []}


def test_everything_else_is_left_out():
    assert closed("consumers", {}, WHY) is None
    assert closed("gateways", {"listeners": {}}, WHY) is None


def test_workloads_let_nobody_in():
    left = closed("workloads", {"labels": {"app": "a"}, "mtls": "strict", "policies": {"cors": {}}}, WHY)
    assert left == {"labels": {"app": "a"}, "policies": {"authorize": {"deny": [{"paths": ["/*"]}]}}}


def test_a_condition_that_is_wrong_goes_and_the_others_stay_closed():
    wrong = (Finding("field.invalid", "no", path=("matches", 0, "path")),)
    left = contained("routes", {"matches": [{"path": "a"}, {"path": "/b"}], "to": "x"}, wrong)
    assert left is not None
    assert left["matches"] == [{"path": "/b"}]
    assert "to" not in left


def test_a_route_without_a_condition_left_is_left_out():
    wrong = (Finding("field.invalid", "no", path=("matches", 0, "path")),)
    assert contained("routes", {"matches": [{"path": "a"}], "to": "x"}, wrong) is None
