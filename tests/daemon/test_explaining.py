"""Explaining: what the simulation says of a configuration that a control plane has, or had, as plain data."""

import json
from collections.abc import Mapping

import pytest

from crossway.admin.desk import Question
from crossway.daemon.explaining import effective_policies, explain_request, origin_in, past_pipeline
from crossway.daemon.registry import load_policies
from crossway.dialects.native.rows import split
from crossway.errors import NotFound, UserError
from crossway.model import Document, Ref
from crossway.model.access import Identity, Role
from plan.planning import pipeline

TEXT = """\
gateways:
  edge: {listeners: {http: 8080, https: {port: 8443, tls: {certificates: [web]}}}, policies: {timeout: {request: 9s}}}
certificates:
  web: {certificate: /no/such.pem, key: /no/such.key}
namespaces:
  blue:
    services: {api: "http://127.0.0.1:1"}
    routes:
      api: {gateways: [default/edge], hostnames: [blue.test], to: api, policies: {retry: {attempts: 2}}}
  red:
    services: {api: "http://127.0.0.1:2"}
    routes:
      hidden: {gateways: [default/edge], hostnames: [red.test], to: api}
"""
ADA = Identity("local:ada", Role.ADMIN)
BLUE = Identity("token:blue", Role.VIEWER, frozenset({"blue"}))
API = Ref("routes", "api", "blue")


def explained(url: str, who: Identity = ADA, **more: object) -> Mapping[str, object]:
    said = explain_request(pipeline(TEXT), Question("GET", url, **more), who)
    json.dumps(said)
    return said


def test_an_explanation_is_plain_data_with_its_places() -> None:
    said = explained("http://blue.test:8080/a")
    assert said["summary"] == "route blue/api forwards it to blue/api"
    assert said["taken"]["origin"] == "c.yaml:9:7"
    written = {policy["policy"]: policy["attached"] for policy in said["policies"] if policy["attached"] != "default"}
    assert written == {"timeout": "gateways.edge", "retry": "routes.blue/api"}


def test_a_request_knows_its_headers_its_client_and_its_listener() -> None:
    assert explained("https://blue.test/", listener="edge/https")["door"]["listener"] == "https"
    assert explained("http://blue.test:8080/", client_ip="10.1.2.3")["client_ip"] == "10.1.2.3"


@pytest.mark.parametrize("url", ["", "/a", "ftp://blue.test/", "http://"])
def test_a_url_that_is_none_is_said(url: str) -> None:
    with pytest.raises(UserError, match="is no URL; write one like"):
        explained(url)


def test_who_is_bound_is_told_nothing_of_others() -> None:
    said = explained("http://red.test:8080/", BLUE)
    assert said["summary"] == "a route of another namespace takes it"
    assert not any(word in json.dumps(said) for word in ("hidden", "127.0.0.1:2", "8443"))


def test_the_policies_of_a_resource_at_each_of_its_sites() -> None:
    sites = effective_policies(pipeline(TEXT), API, ADA)
    json.dumps(sites)
    assert [site["where"] for site in sites] == [
        "routes.blue/api at gateways.edge.listeners.http",
        "routes.blue/api at gateways.edge.listeners.https",
    ]
    held = {policy["policy"]: policy["attached"] for policy in sites[0]["policies"]}
    assert (held["retry"], held["timeout"]) == ("routes.blue/api", "gateways.edge")


@pytest.mark.parametrize(
    ("ref", "who"),
    [(Ref("routes", "nothing"), ADA), (Ref("routes", "hidden", "red"), BLUE)],
    ids=["it is not there", "it does not exist for who asks"],
)
def test_what_is_not_there_has_no_policies(ref: Ref, who: Identity) -> None:
    with pytest.raises(NotFound, match=str(ref)):
        effective_policies(pipeline(TEXT), ref, who)


def test_a_field_is_found_where_it_is_written_and_one_that_nobody_wrote_nowhere() -> None:
    one = pipeline(TEXT)
    assert str(origin_in(one, API, ("policies", "retry", "attempts"))) == "c.yaml:9:101"
    assert origin_in(one, Ref("routes", "nothing"), ()) is None


def test_the_past_has_its_certificates_and_its_places() -> None:
    rows, findings = split([Document("then.yaml", TEXT)])
    assert findings == ()
    past = past_pipeline(load_policies(), rows)
    said = explain_request(past, Question("GET", "https://blue.test:8443/"), ADA)
    assert said["door"]["listener"] == "https"
    assert said["taken"]["origin"].startswith("then.yaml:9:")
