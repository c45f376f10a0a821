from typing import Any

import pytest

from crossway.dialects.kubernetes import DIALECT
from crossway.dialects.kubernetes.service import service_name, service_ref
from crossway.dialects.translator import Translator
from crossway.model import Document

SLICE = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv6
ports: [{name: http, port: 8080}]
endpoints: [{addresses: ["::1"]}]
"""


def made(spec: str, *others: str) -> dict[str, Any]:
    """Return the services that one with this *spec* becomes, by name."""
    text = f"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {spec}\n"
    result = Translator([DIALECT]).read([Document("a.yaml", "---\n".join((text, *others)))])
    assert result.findings == ()
    return {one.about.name: one.settings for one in result.documents if one.about is not None}


@pytest.mark.parametrize(
    ("spec", "endpoint"),
    [
        ("{ports: [{port: 80}]}", "web.default.svc.cluster.local:80"),
        ("{clusterIP: 10.0.0.7, ports: [{port: 80}]}", "10.0.0.7:80"),
        ('{clusterIP: "fd00::7", ports: [{port: 80}]}', "[fd00::7]:80"),
        ("{clusterIP: None, ports: [{port: 80, targetPort: 8080}]}", "web.default.svc.cluster.local:8080"),
        ("{type: ExternalName, externalName: a.example, ports: [{port: 443}]}", "a.example:443"),
    ],
)
def test_a_service_without_slices_is_asked_for_by_its_address(spec: str, endpoint: str):
    ((_, settings),) = made(spec).items()
    assert settings["endpoints"] == [endpoint]


def test_slices_say_the_endpoints_of_their_port():
    services = made("{ports: [{name: http, port: 80}, {name: admin, port: 81}]}", SLICE)
    assert services["web_80"]["endpoints"] == ["[::1]:8080"]
    assert services["web_81"]["endpoints"] == []


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        ("kubernetes.io/h2c", {"protocol": "http2"}),
        ("kubernetes.io/ws", {}),
        ("kubernetes.io/wss", {"tls": {}}),
        ("https", {"tls": {}}),
        ("grpc", {"protocol": "http2"}),
        ("example.com/own", {}),
    ],
)
def test_a_port_says_what_it_speaks(spoken: str, said: dict[str, Any]):
    settings = made(f"{{ports: [{{port: 80, appProtocol: {spoken}}}]}}")["web_80"]
    assert {key: value for key, value in settings.items() if key != "endpoints"} == said


def test_clients_stay_with_an_endpoint_where_the_service_says_so():
    settings = made("{sessionAffinity: ClientIP, ports: [{port: 80}]}")["web_80"]
    assert settings["policies"] == {"load_balancing": {"hash_by": "source_ip"}}


def test_services_elsewhere_are_named_with_their_namespace():
    ref = service_ref("shop", "web", 80)
    assert service_name(ref, "shop") == "web_80"
    assert service_name(ref, "default") == "shop/web_80"
