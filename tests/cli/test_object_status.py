import json

import pytest
import yaml

from crossway.cli.object_status import show
from crossway.daemon.registry import load_dialects
from crossway.dialects.statuses import statuses
from crossway.dialects.translator import Translator
from crossway.model import Document

CLASS = """\
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: crossway, generation: 2}
spec: {controllerName: crossway.dev/gateway-controller}
"""
GATEWAY = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: crossway
  listeners:
  - {name: http, port: 8080, protocol: HTTP}
  - {name: same, port: 8080, protocol: HTTP}
  - {name: other, port: 8081, protocol: HTTP}
"""
ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: infra}
spec:
  parentRefs: [{name: edge, sectionName: other}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
"""


def told(*texts):
    translator = Translator(load_dialects())
    translator.read([Document("a.yaml", "---\n".join(texts))])
    return translator.ask(statuses)


@pytest.mark.parametrize(("style", "read"), [("json", json.loads), ("yaml", lambda text: [yaml.safe_load(text)])])
def test_a_status_is_written_as_it_stands_in_its_object(capsys, style, read):
    assert show(told(CLASS), style)
    (written,) = read(capsys.readouterr().out)
    status = written.pop("status")
    assert written == {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": "crossway"},
    }
    assert status["conditions"][0] == {
        "type": "Accepted",
        "status": "True",
        "reason": "Accepted",
        "message": "",
        "observedGeneration": 2,
    }


def test_objects_stand_in_a_stream_of_documents(capsys):
    show(told(CLASS, GATEWAY), "yaml")
    names = [item["metadata"]["name"] for item in yaml.safe_load_all(capsys.readouterr().out)]
    assert names == ["edge", "crossway"]


def test_people_are_told_what_is_out_of_order(capsys):
    assert not show(told(GATEWAY, ROUTE), "text")
    why = "the listener {} has the same port and hostname"
    assert capsys.readouterr().out.splitlines() == [
        "Gateway infra/edge",
        "  Accepted, Programmed, ResolvedRefs",
        *(
            line
            for name, other in (("http", "same"), ("same", "http"))
            for line in (
                f"  listener {name}: ResolvedRefs",
                f"  listener {name}: Accepted is False (HostnameConflict): {why.format(other)}",
                f"  listener {name}: Programmed is False (HostnameConflict): {why.format(other)}",
                f"  listener {name}: Conflicted is True (HostnameConflict): {why.format(other)}",
            )
        ),
        "  listener other: Accepted, Programmed, ResolvedRefs",
        "HTTPRoute infra/shop",
        "  Gateway edge/other: Accepted",
        "  Gateway edge/other: ResolvedRefs is False (BackendNotFound): there is no Service infra/web",
    ]
