from crossway.daemon.registry import load_policies
from crossway.dialects.native import Native
from crossway.dialects.native.writer import write_native
from crossway.model import Document, Ref

SETTINGS = {
    Ref("routes", "all", "shop"): {"to": "web"},
    Ref("services", "web", "shop"): {"endpoints": ["127.0.0.1:9001"]},
    Ref("gateways", "edge"): {"listeners": {"http": 8080}},
    Ref("namespaces", "shop"): {"policies": {"timeout": "5s"}},
    Ref("namespaces", "bare"): {},
}


def test_what_is_written_is_read_back():
    text = write_native(SETTINGS)
    loaded = Native(load_policies()).read([Document("a.yaml", text)])
    assert loaded.findings == ()
    assert set(loaded.resources) == set(SETTINGS)


def test_namespaces_hold_what_is_in_them():
    assert write_native(SETTINGS).startswith("gateways:\n  edge:\n")
    assert "\nnamespaces:\n  bare: {}\n  shop:\n    policies:\n" in write_native(SETTINGS)
