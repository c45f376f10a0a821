import pytest

from crossway.memo import Memo, Read
from crossway.model import Certificate, Finding, Ref, Secret
from crossway.plan.certificate import certificate_trouble
from crossway.plan.tables import RESOURCES, UNUSABLE

ABOUT, PAIR, ROOTS = Ref("gateways", "g"), Ref("certificates", "pair"), Ref("certificates", "roots")
CERTIFICATES = {PAIR: Certificate(certificate="c.pem", key=Secret("k.pem")), ROOTS: Certificate(ca="ca.pem")}


def trouble(field: str, named: Ref, unusable: dict[Ref, str]) -> str | None:
    memo = Memo()
    memo.replace(RESOURCES, CERTIFICATES)
    memo.replace(UNUSABLE, unusable)

    def ask(read: Read) -> Finding | None:
        return certificate_trouble(read, ABOUT, ("tls", field), named)

    finding = memo.get(ask)
    return f"{finding.code} {finding.field}" if finding else None


@pytest.mark.parametrize(("field", "named"), [("certificate", PAIR), ("ca", ROOTS)])
def test_a_certificate_that_has_what_it_is_named_for(field, named):
    assert trouble(field, named, {}) is None
    assert trouble(field, named, {named: "certificate.unreadable"}) == f"reference.unusable gateways.g.tls.{field}"


@pytest.mark.parametrize(("field", "named"), [("certificate", ROOTS), ("ca", PAIR)])
def test_a_certificate_that_lacks_it(field, named):
    assert trouble(field, named, {}) == f"reference.unusable gateways.g.tls.{field}"


def test_a_certificate_that_is_not_there():
    assert trouble("ca", Ref("certificates", "nobody"), {}) == "reference.dangling gateways.g.tls.ca"
