import pytest

from crossway.dialects.kong.health import HealthChecks, seconds


def policies(**said: object) -> dict[str, object]:
    return HealthChecks.model_validate(said).policies()


def test_nothing_is_checked_by_default():
    assert policies() == {}
    assert policies(active={"http_path": "/x"}, passive={"unhealthy": {"http_failures": 0}}) == {}


def test_targets_are_probed():
    active = {
        "http_path": "/x",
        "timeout": 0.5,
        "headers": {"x-a": ["1", "2"]},
        "unhealthy": {"interval": 3, "timeouts": 4},
    }
    assert policies(active=active)["health_check"] == {
        "path": "/x",
        "expected_statuses": [200, 302],
        "interval": "3s",
        "timeout": "500ms",
        "unhealthy_after": 4,
        "headers": {"x-a": "1, 2"},
    }


@pytest.mark.parametrize(("kind", "check"), [("tcp", "tcp"), ("grpc", "grpc"), ("grpcs", "grpc")])
def test_probes_need_no_http(kind: str, check: str):
    found = policies(active={"type": kind, "healthy": {"interval": 1}})["health_check"]
    assert found == {check: {}, "interval": "1s", "timeout": "1s"}


def test_requests_tell_of_targets():
    said = {"http_failures": 3, "http_statuses": [502, 503]}
    assert policies(passive={"unhealthy": said})["outlier_detection"] == {
        "consecutive_errors": None,
        "consecutive_gateway_errors": 3,
        "max_ejected": 100,
    }
    said = {"tcp_failures": 2, "timeouts": 1}
    assert policies(passive={"unhealthy": said})["outlier_detection"] == {
        "consecutive_errors": None,
        "consecutive_connection_errors": 1,
        "max_ejected": 100,
    }


def test_a_threshold_cannot_be_said():
    with pytest.raises(ValueError, match="as long as one endpoint is healthy"):
        policies(threshold=50)


def test_seconds_are_written_as_people_do():
    assert [seconds(1), seconds(0.25), seconds(60.0)] == ["1s", "250ms", "60s"]
