import pytest

from dialects.istio.scene import read, written


@pytest.mark.parametrize(
    ("kind", "spec", "codes"),
    [
        ("Sidecar", "egress: [{hosts: ['./*']}]", ["mesh.not_in_force"]),
        ("ProxyConfig", "concurrency: 2", []),
        ("WorkloadGroup", "template: {serviceAccount: a}", []),
        ("Sidecar", "colour: red", ["field.unknown", "mesh.not_in_force"]),
    ],
)
def test_it_changes_nothing(kind, spec, codes):
    reading = read(written(kind, spec))
    assert (reading.settings, reading.codes) == ({}, codes)
