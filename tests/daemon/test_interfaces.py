"""What services say of themselves reaches the routes whose policies read it."""

from pathlib import Path

import pytest

from crossway.daemon.definitions import Definitions
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Asked, Document, Finding, Ref, Severity, Silent
from crossway.model.definition import Trust

CONFIG = """
gateways: {edge: {listeners: {http: 8080}}}
services:
  orders: {endpoints: ["127.0.0.1:9001", "127.0.0.1:9002"], protocol: http2, tls: {ca: ours, sni: orders.example}}
  soap: {endpoints: ["127.0.0.1:9003"]}
certificates: {ours: {ca: ca.pem}}
definitions: {orders: {reflection: orders}, wsdl: {fetch: {service: soap, path: "/orders?wsdl"}}, text: {text: a}}
routes: {orders: {to: orders, policies: {grpc_json: {definition: orders}}}}
"""
ORDERS = Asked(
    "orders", ("127.0.0.1:9001", "127.0.0.1:9002"), "", Trust("orders.example", (Ref("certificates", "ours"),))
)
WSDL = Asked("soap", ("127.0.0.1:9003",), "/orders?wsdl")
SHOP = (Path(__file__).parents[1] / "data/shop.pb").read_bytes()


@pytest.fixture
def pipeline() -> Pipeline:
    pipeline = Pipeline(load_policies(), define=Definitions().read)
    pipeline.adopt(pipeline.read([Document("gateway.yaml", CONFIG)]))
    return pipeline


def of_route(pipeline: Pipeline) -> list[Finding]:
    return [finding for finding in pipeline.findings() if finding.about == Ref("routes", "orders")]


def test_who_is_asked_is_where_its_service_says(pipeline: Pipeline) -> None:
    assert pipeline.asked() == {ORDERS, WSDL}


def test_a_route_waits_for_what_its_service_says(pipeline: Pipeline) -> None:
    (finding,) = of_route(pipeline)
    assert (finding.code, finding.severity) == ("definition.unfetched", Severity.WARNING)
    pipeline.serve_answers({ORDERS: Silent("nobody answers")})
    (finding,) = of_route(pipeline)
    assert finding.message == "definition orders is not here: nobody answers"
    pipeline.serve_answers({ORDERS: SHOP})
    assert of_route(pipeline) == []


def test_what_is_said_may_be_none(pipeline: Pipeline) -> None:
    pipeline.serve_answers({ORDERS: b"syntax = proto3;"})
    (finding,) = of_route(pipeline)
    assert finding.code == "grpc.descriptor_set"


def test_the_key_of_what_is_kept_is_no_address() -> None:
    assert ORDERS.key == ORDERS._replace(addresses=()).key
    assert ORDERS.key != ORDERS._replace(path="/").key != WSDL.key


@pytest.mark.parametrize("service", ["nobody", "elsewhere/orders"])
def test_a_service_that_there_is_not_is_told(service: str) -> None:
    pipeline = Pipeline(load_policies(), define=Definitions().read)
    text = CONFIG.replace("reflection: orders", f"reflection: {service}")
    pipeline.adopt(pipeline.read([Document("a.yaml", text)]))
    assert pipeline.asked() == {WSDL}
    (finding,) = of_route(pipeline)
    assert (finding.code, finding.message) == (
        "definition.broken",
        f"definition orders: there is no service '{service}'",
    )
