import json

import pytest

from crossway.cli.explanation import WIDTH, render
from crossway.simulation.explain import explain
from crossway.simulation.request import Aspect, Request
from simulation.simulated import Locate, simulated


def rendered(request: Request) -> str:
    pipeline = simulated()
    plain = explain(pipeline.ask, Locate(pipeline), request).as_dict()
    return render(json.loads(json.dumps(plain)))


def test_a_404_says_why_at_once():
    assert (
        rendered(Request.to("http://api.example.org/orders/7", "DELETE"))
        == """\
DELETE http://api.example.org/orders/7
  404: host api.example.org has 5 matches, and none takes DELETE /orders/7

listener    edge/http on 0.0.0.0:8080
client      127.0.0.1
host        api.example.org
            passed over *.example.org: less specific, where old would take it

near misses
  orders  /orders/*                                               shop.yaml:27:9
    wants method GET or POST, got DELETE
  page  /orders                                                  shop.yaml:37:15
    is exact; /orders/* would also take what is below"""
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org/orders/7?x=1",
        "http://api.example.org/orders",
        "http://api.example.org/broken",
        "http://api.example.com/orders",
        "http://api.example.org/a%2Fb",
        "https://api.example.org/",
    ],
)
def test_everything_fits_and_nothing_is_coloured_for_a_file(url):
    text = rendered(Request.to(url))
    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert "\x1b" not in text


def test_what_somebody_wrote_is_told_with_its_place():
    text = rendered(Request.to("http://api.example.org/orders/7"))
    assert "  headers  from routes.orders\n    request.set.x-region = eu" in text
    assert "shop.yaml:3:52" in text
    assert "  GET /v2/7\n  host: api.example.org" in text
    assert "service     orders:v2, 90% of the requests\n            round robin among 1 endpoint" in text


def test_what_it_depends_on():
    request = Request(host="api.example.org", path="/orders/7/items", method="PUT", unknown=frozenset({Aspect.HEADERS}))
    assert "depends on  header x-beta = 1" in rendered(request)
