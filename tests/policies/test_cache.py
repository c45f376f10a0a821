"""The policy `cache`: what the runtime is told."""

import pytest

from crossway.compile.contract import Site
from crossway.daemon.registry import load_policies
from crossway.model import Ref
from crossway.model.caching import Cache
from crossway.policies.cache import POLICY, compile_cache
from crossway.policies.jwt import POLICY as JWT

ROUTE = Ref("routes", "orders")
TOKENS = JWT.spec.model_validate({"issuer": "https://id.example", "jwks": {"uri": "https://id.example/jwks"}})


def told(settings: object, **beside: object) -> Cache:
    fragment = compile_cache(Cache.model_validate(settings), Site(ROUTE, "default", beside=beside))
    (step,) = fragment.steps
    assert step.kind == "cache"
    return Cache.model_validate_json(bytes(step.settings))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        "60s",
        {"negative": {404: "30s", 410: "1h"}, "by": "consumer", "key": {"query": {"ignore": ["utm_*"]}}},
        {"shared": True, "stale_if_error": "1d", "stale_while_revalidate": "30s", "coalesce": False},
    ],
)
def test_the_runtime_reads_what_a_person_wrote(settings):
    assert told(settings) == Cache.model_validate(settings)


def test_where_somebody_is_recognised_every_request_counts_as_authorised():
    assert told("60s").authorized is False
    assert told("60s", jwt=TOKENS).authorized is True
    assert told({"by": "consumer"}, jwt=TOKENS).by == "consumer"


def test_it_is_found_by_its_name():
    assert load_policies()["cache"] is POLICY
