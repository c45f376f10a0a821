import pytest
from pydantic import ValidationError

from crossway.compile.contract import Site
from crossway.compile.otlp import Otlp
from crossway.model import Ref, named_resources

SITE = Site(Ref("gateways", "edge", "shop"), "shop")


def test_one_word_is_the_service_spoken_to_over_grpc():
    otlp = Otlp.model_validate("collector")
    service = otlp.over_grpc(SITE)
    assert service is not None
    assert (service.envoy_grpc.cluster_name, service.envoy_grpc.authority) == ("shop/collector", "collector")
    assert otlp.over_http(SITE, "/v1/logs") is None
    assert otlp.reporter(SITE) == "shop/edge"
    assert list(named_resources(otlp, "shop")) == [(("service",), Ref("services", "collector", "shop"))]


@pytest.mark.parametrize(("settings", "path"), [({}, "/v1/logs"), ({"path": "/otlp/logs"}, "/otlp/logs")])
def test_over_http_it_has_the_path_of_the_specification_or_another(settings, path):
    otlp = Otlp.model_validate({"service": "other/collector", "protocol": "http", "service_name": "me"} | settings)
    service = otlp.over_http(SITE, "/v1/logs")
    assert service is not None
    assert service.http_uri.uri == f"http://collector{path}"
    assert service.http_uri.cluster == "other/collector"
    assert (otlp.over_grpc(SITE), otlp.reporter(SITE)) == (None, "me")


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_a_collector_may_be_asked_for_under_its_own_name(protocol):
    otlp = Otlp.model_validate({"service": "collector", "protocol": protocol, "host": "otlp.example.org"})
    grpc, http = otlp.over_grpc(SITE), otlp.over_http(SITE, "/v1/logs")
    assert (grpc.envoy_grpc.authority if grpc else http and http.http_uri.uri) in {
        "otlp.example.org",
        "http://otlp.example.org/v1/logs",
    }


def test_grpc_has_a_path_of_its_own():
    with pytest.raises(ValidationError, match="path needs protocol: http"):
        Otlp.model_validate({"service": "collector", "path": "/v1/logs"})
