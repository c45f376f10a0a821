import pytest

from crossway.compile.contract import Fragment, Site
from crossway.compile.envoy.merge import merge
from crossway.model import Ref
from crossway.policies.retry import Condition, Retry, compile_retry
from crossway.policies.timeout import Timeout, compile_timeout
from crossway.protos.envoy.config.route import v3 as route_v3

SITE = Site(Ref("routes", "orders"), "default")


def route(fragment: Fragment) -> route_v3.Route:
    assert fragment.route is not None
    return fragment.route


def guards(settings: dict[str, object]) -> list[str]:
    policy = route(compile_retry(Retry.model_validate(settings), SITE)).route.retry_policy
    return [matcher.string_match.exact or matcher.string_match.prefix for matcher in policy.retriable_request_headers]


def test_retry_and_timeout_write_different_fields():
    whole = route(compile_retry(Retry(attempts=1), SITE))
    conflict = merge(whole, route(compile_timeout(Timeout.model_validate({"request": "2s", "backend": "1s"}), SITE)))
    assert conflict is None
    assert whole.route.retry_policy.per_try_timeout.seconds == 1
    assert whole.route.retry_policy.num_retries.value == 1


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"on": ["connect_failure"]}, []),
        ({"on": ["connect_failure", 503]}, ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]),
        ({"on": ["unavailable"]}, ["application/grpc", "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]),
        ({"on": ["5xx"], "methods": []}, []),
        ({"on": ["connect_failure"], "methods": ["post"]}, ["POST"]),
    ],
)
def test_which_requests_are_repeated(settings, expected):
    assert guards(settings) == expected


@pytest.mark.parametrize("condition", [*Condition, 409, "503"])
def test_every_condition_is_read_from_its_name(condition):
    (read,) = Retry.model_validate({"on": [str(condition)]}).on
    assert str(read) == str(condition)
