import pytest
import yaml

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document

GATEWAY = {"edge": {"listeners": {"http": 8080}}}
SERVICES = {"echo": "http://127.0.0.1:9001", "other": {"endpoints": ["127.0.0.1:9002"], "subsets": {"v2": {"v": "2"}}}}


def rows(**routes):
    pipeline = Pipeline(load_policies())
    text = yaml.safe_dump({"gateways": GATEWAY, "services": SERVICES, "routes": routes})
    pipeline.adopt(pipeline.read([Document("crossway.yaml", text)]))
    return pipeline.routes()


def test_rows_stand_in_the_order_in_which_they_are_tried():
    tried = rows(
        all={"to": "echo"},
        below={"matches": [{"path": "/a/*"}], "to": "echo"},
        exact={"matches": [{"path": "/a"}], "to": "echo"},
    )
    assert [row.path for row in tried] == ["/a", "/a/*", "/*"]


def test_a_row_for_each_match_and_host():
    tried = rows(a={"hostnames": ["a.example", "b.example"], "matches": [{"path": "/a"}, {"path": "/b"}], "to": "echo"})
    assert {(row.hostname, row.path) for row in tried} == {
        (host, path) for host in ("a.example", "b.example") for path in ("/a", "/b")
    }


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ({"to": "echo"}, "echo"),
        ({"to": {"service": "other", "subset": "v2"}}, "other:v2"),
        ({"to": [{"service": "echo", "weight": 9}, "other"]}, "echo (9), other (1)"),
        ({"redirect": {"path": "/b"}}, "redirect 302"),
        ({"respond": {"status": 410}}, "respond 410"),
    ],
)
def test_the_action_in_words(action, told):
    (row,) = rows(a=action)
    assert row.action == told


def test_conditions_in_words():
    match = {"methods": ["GET", "POST"], "headers": {"x-a": "1", "x-b": {"prefix": "b"}}, "source_ips": ["10.0.0.0/8"]}
    (row,) = rows(a={"matches": [match], "to": "echo"})
    assert row.conditions == "GET|POST, header x-a = 1, header x-b prefix b, from 10.0.0.0/8"


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ({"to": "nowhere"}, "reference.dangling"),
        ({"to": "echo", "policies": {"retri": 2}}, "policy.unknown"),
        ({"to": "echo", "policies": {"retry": "many"}}, "field.invalid"),
        (
            {"to": "echo", "matches": [{"path": "~/a"}], "policies": {"rewrite": {"path_prefix": "/"}}},
            "rewrite.needs_prefix",
        ),
    ],
)
def test_a_closed_route_says_why(route, code):
    (row,) = rows(a=route)
    assert row.state == f"closed: {code}"
