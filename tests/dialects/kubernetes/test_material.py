import base64
from typing import Any

import pytest

from crossway.dialects.contract import Key, Made, Object
from crossway.dialects.kubernetes.material import ConfigMap, SecretObject, authorities, certificate
from crossway.dialects.source import Piece, Source
from crossway.model import Finding

HEAD = {"apiVersion": "v1", "metadata": {"name": "web", "namespace": "shop"}}
PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
WORD = "-----BEGIN " + "PRIVATE KEY-----\nAA==\n"


def found(kind: str, **fields: Any) -> Object[Any]:
    schema = SecretObject if kind == "Secret" else ConfigMap
    value = schema.model_validate({**HEAD, "kind": kind, **fields})
    return Object(Key(f"/{kind}", "shop", "web"), value, Source(Piece("a.yaml", ""), (0,)))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_tls_secret_is_a_certificate():
    made = certificate(found("Secret", data={"tls.crt": encoded(PEM), "tls.key": encoded(WORD)}))
    assert isinstance(made, Made)
    assert str(made.ref) == "certificates.shop/web"
    assert made.settings == {"certificate": PEM, "key": WORD}


def test_text_needs_no_encoding():
    made = certificate(found("Secret", stringData={"tls.crt": PEM, "tls.key": WORD, "ca.crt": PEM}))
    assert isinstance(made, Made)
    assert made.settings == {"certificate": PEM, "key": WORD, "ca": PEM}


@pytest.mark.parametrize(
    "data", [{}, {"tls.crt": encoded(PEM)}, {"tls.crt": "%%%", "tls.key": "%%%"}, {"tls.crt": PEM, "tls.key": WORD}]
)
def test_what_is_no_certificate_is_said(data: dict[str, str]):
    finding = certificate(found("Secret", data=data))
    assert isinstance(finding, Finding)
    assert finding.code == "certificate.unreadable"


def test_authorities_stand_in_a_config_map_or_a_secret():
    for one in (found("ConfigMap", data={"ca.crt": PEM}), found("Secret", data={"ca.crt": encoded(PEM)})):
        made = authorities(one)
        assert isinstance(made, Made)
        assert made.settings == {"ca": PEM}


@pytest.mark.parametrize("data", [{}, {"ca.crt": "none"}])
def test_a_config_map_without_authorities_is_said(data: dict[str, str]):
    assert isinstance(authorities(found("ConfigMap", data=data)), Finding)


def test_secrets_are_shown_to_nobody():
    assert encoded(WORD) not in repr(found("Secret", data={"tls.key": encoded(WORD)}).value)
