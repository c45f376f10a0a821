import pytest

from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.google import protobuf
from crossway.simulation.passed_on import REQUEST_ID, passed_on
from crossway.simulation.request import Request

EDGE = hcm_v3.HttpConnectionManager(use_remote_address=protobuf.BoolValue(value=True))
BEHIND = hcm_v3.HttpConnectionManager(use_remote_address=protobuf.BoolValue(value=True), xff_num_trusted_hops=1)


def sent(manager: hcm_v3.HttpConnectionManager, **headers: str) -> dict[str, str]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return passed_on(manager, Request(host="a.test", peer_ip="10.0.0.1"), given)


def test_what_the_gateway_writes_itself():
    assert sent(EDGE) == {"x-forwarded-for": "10.0.0.1", "x-forwarded-proto": "http", "x-request-id": REQUEST_ID}


@pytest.mark.parametrize("name", ["connection", "upgrade", "x_envoy_retry_on", "x_forwarded_client_cert"])
def test_what_ends_here(name):
    assert name.replace("_", "-") not in sent(EDGE, **{name: "1"})


def test_trailers_may_be_asked_for_and_nothing_else():
    assert sent(EDGE, te="gzip, trailers")["te"] == "trailers"
    assert "te" not in sent(EDGE, te="gzip")


def test_only_a_trusted_proxy_says_what_the_client_spoke():
    assert sent(EDGE, x_forwarded_proto="https")["x-forwarded-proto"] == "http"
    assert sent(BEHIND, x_forwarded_proto="https")["x-forwarded-proto"] == "https"


def test_a_peer_on_the_loopback_stands_there_by_another_address():
    request = Request(host="a.test", peer_ip="127.0.0.1")
    assert (
        passed_on(EDGE, request, {"x-forwarded-for": "1.2.3.4"})["x-forwarded-for"] == "1.2.3.4,<address of the proxy>"
    )
