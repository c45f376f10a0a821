import pytest

from crossway.compile import identity
from crossway.policies.ext_authz import ExtAuthz, OnFailure, Protocol


@pytest.mark.parametrize(
    "settings",
    [
        True,
        "opa",
        {"service": "opa", "protocol": "GRPC"},
        {"service": "opa", "timeout": 0},
        {"service": "opa", "on_failure": "maybe"},
        {"service": "opa", "path": "no/slash"},
        {"service": "opa", "path": "/with space"},
        {"service": "opa", "protocol": "grpc", "headers_to_client": ["x-reason"]},
        {"service": "opa", "body": 0},
        {"service": "opa", "body": "many"},
        {"service": "opa", "context": {"Team": "shop"}},
        {"service": "opa", "context": {"team": "shop\nx-user: root"}},
        {"service": "opa", "headers_to_backend": ["x user"]},
        *({"service": "opa", "headers_to_backend": [name.title()]} for name in identity.HEADERS),
    ],
)
def test_what_cannot_hold_is_refused(settings):
    with pytest.raises(ValueError):
        ExtAuthz.model_validate(settings)


def test_it_fails_closed_unless_told_otherwise():
    spec = ExtAuthz.model_validate({"service": "opa"})
    assert (spec.on_failure, spec.protocol) == (OnFailure.DENY, Protocol.HTTP)
