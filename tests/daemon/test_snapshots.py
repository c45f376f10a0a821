import pytest

from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.view import View
from crossway.daemon.snapshots import ALL, joined_authorities, opened, view_of, view_snapshot
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


ROOTS, PARTNERS = Ref("certificates", "roots"), Ref("certificates", "partners", "shop")


def authorities(ref: Ref, pem: bytes, revoked: bytes = b"") -> Resource:
    message = tls_v3.Secret(name=names.authorities(ref))
    message.validation_context.trusted_ca.inline_bytes = pem
    if revoked:
        message.validation_context.crl.inline_bytes = revoked
    return Resource.of(message.name, message, ref)


def test_authorities_that_are_named_together_are_one_secret():
    listeners = "{secure: {port: 8443, tls: {certificates: [web], client: {ca: [roots, shop/partners]}}}}"
    text = (
        f"gateways: {{edge: {{listeners: {listeners}}}}}\n"
        """
certificates: {web: {certificate: a, key: b}, roots: {ca: c}}
namespaces: {shop: {certificates: {partners: {ca: d}}}}
"""
    )
    made = pipeline(text, ["certificate/web", "authorities/roots", "authorities/shop/partners"])
    secrets = {item.name: item for item in (authorities(ROOTS, b"R"), authorities(PARTNERS, b"P", b"L"))}
    snapshot = view_snapshot(made, view_of(ALL), secrets)
    joined = opened(snapshot.of_type(authorities(ROOTS, b"").type_url)["authorities/roots+shop/partners"])
    assert isinstance(joined, tls_v3.Secret)
    assert joined.validation_context.trusted_ca.inline_bytes == b"R\nP"
    assert joined.validation_context.crl.inline_bytes == b"L"


def test_of_authorities_that_are_named_together_the_known_ones_are_served():
    found = joined_authorities({"authorities/roots": authorities(ROOTS, b"R")}, (ROOTS, PARTNERS))
    assert found is not None
    message = opened(found)
    assert isinstance(message, tls_v3.Secret)
    assert message.validation_context.trusted_ca.inline_bytes == b"R"
    assert joined_authorities({}, (ROOTS, PARTNERS)) is None
