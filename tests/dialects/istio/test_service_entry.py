import pytest

from dialects.istio.scene import read, written


@pytest.mark.parametrize(
    ("spec", "endpoints"),
    [
        ("resolution: DNS", [{"address": "a.test:80"}]),
        ("resolution: STATIC, endpoints: [{address: 10.0.0.1}]", [{"address": "10.0.0.1:80"}]),
        ("resolution: STATIC, endpoints: [{address: '2001:db8::1'}]", [{"address": "[2001:db8::1]:80"}]),
        ("endpoints: [{address: 'unix:///run/a.sock'}]", [{"address": "unix:/run/a.sock"}]),
        (
            "endpoints: [{address: b.test, ports: {http: 81}, weight: 2, locality: eu/a/b}]",
            [{"address": "b.test:81", "weight": 2, "zone": "a"}],
        ),
        ("workloadSelector: {labels: {app: a}}", [{"address": "10.0.0.2:8080"}]),
    ],
)
def test_endpoints(spec, endpoints):
    port = "{number: 80, name: http, protocol: HTTP" + (", targetPort: 8080}" if "Selector" in spec else "}")
    entry = written("ServiceEntry", f"hosts: [a.test], ports: [{port}], {spec}")
    workload = written("WorkloadEntry", "address: 10.0.0.2, labels: {app: a, version: v1}")
    other = written("WorkloadEntry", "address: 10.0.0.3, labels: {app: b}", name="b")
    assert read(entry, workload, other).one("services")["endpoints"] == endpoints


def test_a_wildcard_is_told():
    assert read(written("ServiceEntry", "hosts: ['*.a.test'], ports: [{number: 443}]")).codes == ["istio.wildcard_host"]


def test_what_is_spoken():
    entry = written("ServiceEntry", "hosts: [a.test], ports: [{number: 80, protocol: GRPC}], resolution: DNS")
    assert read(entry).one("services")["protocol"] == "http2"
