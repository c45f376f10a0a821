import pytest

from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.view import View
from crossway.daemon.snapshots import ALL, opened, view_of, view_snapshot
from crossway.model import Ref
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from plan.planning import pipeline

TEXT = """
gateways: {edge: {listeners: {secure: {port: 8443, tls: {certificates: [web]}}}}, inner: {listeners: {http: 81}}}
certificates: {web: {certificate: a, key: b}}
"""


@pytest.mark.parametrize(
    ("name", "gateways"),
    [
        (ALL, None),
        ("edge", {Ref("gateways", "edge")}),
        ("edge, shop/inner", {Ref("gateways", "edge"), Ref("gateways", "inner", "shop")}),
    ],
)
def test_a_view_by_its_name(name, gateways):
    assert view_of(name) == View(frozenset(gateways) if gateways is not None else None)


def test_a_snapshot_has_the_secrets_that_its_view_needs():
    message = tls_v3.Secret(name="certificate/web")
    secret = Resource.of("certificate/web", message, Ref("certificates", "web"))
    secrets = {secret.name: secret}
    made = pipeline(TEXT)
    assert view_snapshot(made, view_of("edge"), secrets).of_type(secret.type_url) == secrets
    assert view_snapshot(made, view_of("inner"), secrets).of_type(secret.type_url) == {}
    assert opened(secret) == message
