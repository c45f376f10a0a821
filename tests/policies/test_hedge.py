import json

import pytest

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document
from crossway.policies.hedge import Hedge


@pytest.mark.parametrize(
    "settings",
    [
        {},
        0,
        "500us",
        "1500us",
        {"after": "50ms", "attempts": 0},
        {"after": "50ms", "attempts": 11},
        {"after": "50ms", "methods": []},
        {"after": "50ms", "methods": ["GET'"]},
        {"after": "50ms", "additional_request_chance": 10},
    ],
)
def test_hedges_that_never_happen_are_refused(settings):
    with pytest.raises(ValueError):
        Hedge.model_validate(settings)


def test_it_stands_beside_retries_and_timeouts():
    pipeline = Pipeline(load_policies())
    policies = {"hedge": "50ms", "retry": {"attempts": 3, "on": ["5xx"]}, "timeout": {"request": "2s", "backend": "1s"}}
    configuration = {
        "gateways": {"edge": {"listeners": {"http": 8080}}},
        "services": {"orders": "http://127.0.0.1:9001"},
        "routes": {"orders": {"to": "orders", "policies": policies}},
    }
    pipeline.adopt(pipeline.read([Document("crossway.yaml", json.dumps(configuration))]))
    assert pipeline.findings() == ()
